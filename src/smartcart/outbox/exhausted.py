"""Entries that were given up: kept, and found again until each is written once more (`again`).

What is found, and what is counted, is bounded by how many entries are looked at for it: those given
up since the span begins, of which not all need be of the span.
"""

from dataclasses import dataclass

import msgspec

from smartcart.kit.database import Database, Value

_CLOCKS_DIFFER = 60_000_000
_ANY = 2**62
_LOOKS, _MOST_LOOKED_AT = 200, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which entries of a kind: written at `since` or later and before `until`; empty is any.

    Moments are microseconds. With a `key`, `seq` may name one entry.
    """

    kind: str
    key: str = ""
    seq: int = 0
    lane: str = ""
    since: int = 0
    until: int = 0


class Place(msgspec.Struct, frozen=True):
    """Behind this entry, in the order in which entries were given up; before all of them."""

    at: int = 0
    key: str = ""
    seq: int = 0


class Exhausted(msgspec.Struct, frozen=True):
    """An entry given up at `at` and not written again since; `detail` says why."""

    key: str
    seq: int
    lane: str
    at: int
    created_at: int
    detail: str

    @property
    def place(self) -> Place:
        return Place(self.at, self.key, self.seq)


class Part(msgspec.Struct, frozen=True):
    """Some entries, of a stream in order; `reached` is where the next part begins, if there is one.

    A part may be empty and not be the last: a period ended long ago, and much was given up since.
    """

    entries: tuple[Exhausted, ...]
    reached: Place | None


class Count(msgspec.Struct, frozen=True):
    """So many entries; more than these unless `is_all`."""

    entries: int
    is_all: bool


class _LookedAt(Exhausted, frozen=True):
    is_wanted: bool


class _Sums(msgspec.Struct):
    looked_at: int
    entries: int


class _Moments(msgspec.Struct):
    oldest: int | None
    newest: int | None


async def exhausted(database: Database, span: Span, after: Place, limit: int) -> Part:
    """At most `limit` of the entries given up, behind `after`."""
    found: list[Exhausted] = []
    looked_at, at_once = 0, max(limit, _LOOKS)
    while looked_at < _MOST_LOOKED_AT:
        some = await _look(database, span, after, at_once)
        found += [one for one in some if one.is_wanted][: limit - len(found)]
        if len(found) == limit:
            return Part(tuple(found), found[-1].place)
        if len(some) < at_once:
            return Part(tuple(found), None)
        after = some[-1].place
        looked_at += at_once
    return Part(tuple(found), after)


async def count(database: Database, span: Span, most: int) -> Count:
    """How many there are among the `most` that were given up last; with an `until`, first."""
    where, given = _where(span, 7)
    some = _some(where, "" if span.until else "desc")
    [row] = await database.read(
        _Sums,
        f"""select count(*) as looked_at, coalesce(sum({_IS_WANTED}), 0) as entries
            from ({some}) as a
                 left join entry e on e.key = a.key and e.seq = a.seq""",  # noqa: S608 - $1, $2 …
        *_bounds(span, Place(), most + 1),
        *given,
    )
    return Count(min(row.entries, most), is_all=row.looked_at <= most)


async def moments(database: Database, span: Span) -> tuple[int, int]:
    """When the first and the last were given up that a search of `span` looks at; 0 for none."""
    where, given = _where(span, 2)
    of = f"from attempt where {where} and {_GIVEN_UP} and started_at >= $1"
    [row] = await database.read(
        _Moments,
        f"""select (select min(started_at) {of}) as oldest,
                   (select max(started_at) {of}) as newest""",
        _first(span),
        *given,
    )
    return row.oldest or 0, row.newest or 0


async def _look(database: Database, span: Span, after: Place, limit: int) -> list[_LookedAt]:
    """The next that were given up, whether they are of the span's period or not."""
    where, given = _where(span, 7)
    return await database.read(
        _LookedAt,
        f"""select a.key as key, a.seq as seq, a.lane as lane, a.started_at as at,
                   coalesce(e.created_at, 0) as created_at, a.detail as detail,
                   {_IS_WANTED} as is_wanted
            from ({_some(where)}) as a
                 left join entry e on e.key = a.key and e.seq = a.seq
            order by a.started_at, a.key, a.seq""",  # noqa: S608 - $1, $2 …
        *_bounds(span, after, limit),
        *given,
    )


# That it was not delivered is said for the sake of the small indexes.
_GIVEN_UP = "outcome = 'exhausted' and outcome <> 'delivered'"
# Limited before anything is joined to it: else it is up to the planner's guess of how many there
# are whether all of them are sorted for each page.
_SOME = f"""select key, seq, lane, started_at, detail from attempt
            where :where and {_GIVEN_UP} and started_at >= $1
                  and (started_at, key, seq) > ($1, $2, $3)
            order by started_at :order, key :order, seq :order limit $4"""  # noqa: S608 - constants
_IS_WANTED = """case when e.created_at >= $5 and e.created_at < $6 and not exists (
                         select 1 from resend r where r.key = a.key and r.seq = a.seq)
                     then 1 else 0 end"""


def _some(where: str, order: str = "") -> str:
    return _SOME.replace(":where", where).replace(":order", order)


def _bounds(span: Span, after: Place, limit: int) -> tuple[Value, ...]:
    """The parameters $1 to $6."""
    start = max(after, Place(_first(span)), key=lambda place: place.at)
    return start.at, start.key, start.seq, limit, span.since, span.until or _ANY


def _first(span: Span) -> int:
    """Given up after it was written, but for what clocks differ by: spares looking at others."""
    return max(0, span.since - _CLOCKS_DIFFER)


def _where(span: Span, first: int) -> tuple[str, list[str | int]]:
    """Conditions from the parameter `first` on, and the parameters."""
    conditions: dict[str, str | int] = {
        "kind = ": "" if span.key else span.kind,
        "key = ": span.key,
        "seq = ": span.seq,
        "lane = ": span.lane,
    }
    given = {sql: value for sql, value in conditions.items() if value}
    asked = [f"{sql}${n}" for n, sql in enumerate(given, start=first)]
    return " and ".join(asked), list(given.values())
