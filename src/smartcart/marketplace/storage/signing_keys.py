"""The keys that merchants' webhook requests are signed with; sealed, for the database to keep."""

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.marketplace.storage import SIGNING_RANK

_INSERT = Statement(
    """insert into signing_key (merchant_id, number, created_at, sealed) values ($1, $2, $3, $4)
       on conflict (merchant_id, number) do nothing""",
    rank=SIGNING_RANK,
)
_DELETE_BEFORE = Statement(
    "delete from signing_key where merchant_id = $1 and number < $2", rank=SIGNING_RANK
)


class SealedKey(msgspec.Struct, frozen=True):
    """`created_at` is microseconds; a later key has a higher `number`."""

    number: int
    created_at: int
    sealed: str


def inserted(merchant_id: str, key: SealedKey) -> Guard:
    """A new key; a number that is taken is a conflict."""
    return _INSERT.guard(
        f"{merchant_id}/{key.number}", merchant_id, key.number, key.created_at, key.sealed
    )


def deleted_before(merchant_id: str, number: int) -> Effect:
    return _DELETE_BEFORE.effect(f"{merchant_id}/{number}", merchant_id, number)


async def of_merchant(database: Database, merchant_id: str) -> list[SealedKey]:
    """The newest first."""
    return await database.read(
        SealedKey,
        """select number, created_at, sealed from signing_key where merchant_id = $1
           order by number desc""",
        merchant_id,
    )
