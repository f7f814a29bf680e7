"""The stock's source: what was taken over from it, and why it is not relied on."""

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.merchant.domain.counts import Doubt, Stand
from smartcart.merchant.storage import SOURCE_RANK

_READ = Statement(
    """insert into stock_source (name, fingerprint, as_of, products, unsettled, place, number)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (name) do update set fingerprint = excluded.fingerprint,
           as_of = excluded.as_of, products = excluded.products, unsettled = excluded.unsettled,
           doubt = '', why = '', refused = '', trusted = ''""",
    rank=SOURCE_RANK,
)
_DOUBT = Statement(
    """insert into stock_source
           (name, fingerprint, as_of, products, doubt, why, refused, told_at, place, number)
       values ($1, '', 0, 0, $2, $3, $4, $5, $7, $8)
       on conflict (name) do update set doubt = excluded.doubt, why = excluded.why,
           refused = excluded.refused, told_at = excluded.told_at
       where stock_source.doubt <> excluded.doubt or stock_source.why <> excluded.why
           or stock_source.refused <> excluded.refused or stock_source.told_at <= $6""",
    rank=SOURCE_RANK,
)
_RECOVER = Statement(
    """update stock_source set doubt = '', why = '', refused = '', trusted = '', unsettled = 1
       where name = $1 and doubt > ''""",
    rank=SOURCE_RANK,
)
_CONFIRM = Statement(
    "update stock_source set as_of = $2 where name = $1 and as_of < $2", rank=SOURCE_RANK
)
_SETTLE = Statement("update stock_source set unsettled = 0 where name = $1", rank=SOURCE_RANK)
_TRUST = Statement(
    "update stock_source set trusted = refused where name = $1 and refused = $2 and refused > ''",
    rank=SOURCE_RANK,
)
_RETIRE = Statement("delete from stock_source where name = $1", rank=SOURCE_RANK)
_STAND = Statement(
    """insert into stock_source (name, fingerprint, as_of, products, place, number)
       values ($1, '', 0, 0, $2, $3)
       on conflict (name) do update set place = excluded.place, number = excluded.number""",
    rank=SOURCE_RANK,
)
_READ_AGAIN = Statement(
    "update stock_source set fingerprint = '' where place = $1 and name <> $2", rank=SOURCE_RANK
)
_SELECT = """select name, fingerprint, as_of, products, doubt, why, refused, trusted, unsettled,
        place, number
    from stock_source"""


class SourceRow(msgspec.Struct, frozen=True):
    """A stock source as it was last taken over, `as_of` then (microseconds; 0 for never).

    With a `doubt`, `why` says more of it. `refused` is the fingerprint of a count that was not
    taken over for its doubt, `trusted` of one that is to be nevertheless. `unsettled` says that
    orders on hold must be decided again.
    """

    name: str
    fingerprint: str
    as_of: int
    products: int
    doubt: str
    why: str
    refused: str
    trusted: str
    unsettled: bool
    place: str
    number: int

    @property
    def was_waited_for(self) -> bool:
        """Whether orders may be on hold because of it."""
        return bool(self.doubt or self.unsettled or not self.as_of)

    @property
    def stand(self) -> Stand:
        return Stand(self.place, self.number)


def read(
    name: str, stand: Stand, fingerprint: str, products: int, as_of: int, *, unsettled: bool
) -> Effect:
    """What it said, `as_of` then, was taken over, and is not in doubt."""
    return _READ.effect(
        name, name, fingerprint, as_of, products, int(unsettled), stand.place, stand.number
    )


def doubted(
    name: str, stand: Stand, doubt: Doubt, why: str, refused: str, now: int, told_before: int
) -> Guard:
    """It is not relied on; a conflict when just that is known, and was told after `told_before`."""
    row = (name, doubt, why, refused, now, told_before, stand.place, stand.number)
    return _DOUBT.guard(name, *row)


def recovered(name: str) -> Guard:
    """What was last taken over is relied on again; a conflict when it is."""
    return _RECOVER.guard(name, name)


def confirmed(name: str, as_of: int) -> Effect:
    """What was taken over was still so at `as_of`."""
    return _CONFIRM.effect(name, name, as_of)


def settled(name: str) -> Effect:
    """The orders on hold were decided again."""
    return _SETTLE.effect(name, name)


def trusted(row: SourceRow) -> Guard:
    """The count that was refused is to be taken over; a conflict when it is no longer that one."""
    return _TRUST.guard(row.name, row.name, row.refused)


def retired(name: str) -> Effect:
    """It is none of the shop's any more."""
    return _RETIRE.effect(name, name)


def stands(name: str, stand: Stand) -> Effect:
    """It is one of the shop's, from now on of this place."""
    return _STAND.effect(name, name, stand.place, stand.number)


def to_be_read_again(place: str, but: str = "") -> Effect:
    """What the sources of a place said is taken over anew at their next look."""
    return _READ_AGAIN.effect(place, place, but)


async def all_of(database: Database) -> list[SourceRow]:
    """The shop's sources in their order."""
    return await database.read(SourceRow, f"{_SELECT} order by number, name")


async def find(database: Database, name: str) -> SourceRow | None:
    rows = await database.read(SourceRow, f"{_SELECT} where name = $1", name)
    return rows[0] if rows else None


async def in_doubt(database: Database) -> list[SourceRow]:
    return await database.read(SourceRow, f"{_SELECT} where doubt > '' order by doubt, name")
