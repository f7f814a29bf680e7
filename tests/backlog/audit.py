"""What both sides say of every event: how often it was sent, and in which order it came."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec

from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.outbox import Place, Span
from tests.backlog.receivers import Heard, name_of

_PAGE = 1_000


class _Requests(msgspec.Struct):
    requests: int
    events: int


async def by_requests(database: Database, since: int) -> dict[int, int]:
    """How many events were sent so many times, by the record of attempts since `since`."""
    sql = """select requests, count(*) as events from (
                 select count(*) as requests from attempt
                 where kind = $1 and started_at >= $2 and coalesce(error, '') <> 'not_sent'
                 group by key, seq
             ) as counted group by requests order by requests"""
    rows = await database.read(_Requests, sql, WEBHOOKS, since)
    return {row.requests: row.events for row in rows}


class Kept(msgspec.Struct, frozen=True):
    """An event given up, and what it says."""

    key: str
    seq: int
    lane: str
    payload: str


async def listed(database: Database, span: Span) -> list[Kept]:
    """Every event given up, page by page."""
    payloads = await _payloads(database, span)
    found, place = list[Kept](), Place()
    while True:
        part = await outbox.exhausted.exhausted(database, span, place, _PAGE)
        found += [
            Kept(one.key, one.seq, one.lane, payloads[one.key, one.seq]) for one in part.entries
        ]
        if part.reached is None:
            return found
        place = part.reached


async def _payloads(database: Database, span: Span) -> dict[tuple[str, int], str]:
    sql = "select key, seq, '' as lane, payload from entry where kind = $1 and created_at >= $2"
    rows = await database.read(Kept, sql, span.kind, span.since)
    return {(row.key, row.seq): row.payload for row in rows}


def refused_otherwise(given_up: list[Kept], answering: set[str], heard: Heard) -> int:
    """Events of the shops that answer 503 which were not answered so four times."""
    return sum(
        heard.refused.get(name_of(one.payload.encode()), 0) != 4
        for one in given_up
        if one.lane in answering
    )


def came_otherwise(given_up: list[Kept], taken: list[tuple[str, float]]) -> Mapping[str, int]:
    """How many came never, more than once, or before an earlier one of their order."""
    event = {name_of(one.payload.encode()): (one.key, one.seq) for one in given_up}
    came = Counter(name for name, _ in taken if name in event)
    wrong = Counter(never=len(event.keys() - came.keys()), again=sum(n > 1 for n in came.values()))
    last: defaultdict[str, int] = defaultdict(int)
    for name, _ in taken:
        if name in event:
            key, seq = event[name]
            wrong["out of order"] += seq < last[key]
            last[key] = seq
    return {what: n for what, n in wrong.items() if n}
