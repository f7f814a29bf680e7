"""What both sides say of every event: how often it was sent, and in which order it came."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec

from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.outbox import Exhausted, Place, Span
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


async def listed(database: Database, span: Span) -> list[Exhausted]:
    """Every event given up, page by page."""
    found, place = list[Exhausted](), Place()
    while page := await outbox.exhausted.exhausted(database, span, place, _PAGE):
        found += page
        place = page[-1].place
    return found


def refused_otherwise(given_up: list[Exhausted], answering: set[str], heard: Heard) -> int:
    """Events of the shops that answer 503 which were not answered so four times."""
    return sum(
        heard.refused.get(name_of(one.payload.encode()), 0) != 4
        for one in given_up
        if one.lane in answering
    )


def came_otherwise(given_up: list[Exhausted], taken: list[tuple[str, float]]) -> Mapping[str, int]:
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
