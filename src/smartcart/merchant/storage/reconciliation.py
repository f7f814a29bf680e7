"""How far a marketplace's journal was read."""

import msgspec

from smartcart.kit.database import Database, Effect, Statement
from smartcart.merchant.storage import RECONCILIATION_RANK

_UPSERT = Statement(
    """insert into reconciliation (api_url, next, listing, reached_at, quiet_until)
       values ($1, $2, $3, $4, $5)
       on conflict (api_url) do update set next = excluded.next, listing = excluded.listing,
           reached_at = excluded.reached_at, quiet_until = excluded.quiet_until""",
    rank=RECONCILIATION_RANK,
)


class Reconciliation(msgspec.Struct, frozen=True):
    """`next` is the cursor to go on from, empty for none yet.

    `listing` is that of a list of orders that comes before it, empty when that is read.
    `reached_at` is when the end was last reached, and `quiet_until` until when nothing is asked at
    all; both are microseconds, 0 for never.
    """

    next: str = ""
    listing: str = ""
    reached_at: int = 0
    quiet_until: int = 0


def saved(api_url: str, now: Reconciliation) -> Effect:
    return _UPSERT.effect(api_url, api_url, now.next, now.listing, now.reached_at, now.quiet_until)


async def find(database: Database, api_url: str) -> Reconciliation:
    rows = await database.read(
        Reconciliation,
        """select next, listing, reached_at, quiet_until from reconciliation
           where api_url = $1""",
        api_url,
    )
    return rows[0] if rows else Reconciliation()
