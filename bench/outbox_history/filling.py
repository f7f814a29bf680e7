"""Fill an outbox in bulk with what 90 days of deliveries leave behind."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg

from smartcart.kit.clock import micros, utc_now
from tests.support.marketplace import a_merchant, add_merchant, opened

MERCHANTS = 200
ATTEMPTS_A_HUNDRED = 105
"""For a hundred events: one was tried four times, and two were tried twice."""
EVENTS_AN_ORDER = 3
DAYS = 90
_PAGE = 500_000

_NUMBERS = {
    "postgresql": "generate_series($1::bigint, $2::bigint - 1) as numbers (i)",
    "sqlite": """(with recursive n (i) as (select $1 union all select i + 1 from n where i < $2 - 1)
                 select i from n) as numbers""",
}
_ORDER = f"(i / {EVENTS_AN_ORDER})"
# As codes are: a day, and a number drawn within it.
_KEY = f"""'webhook/' || (260000 + i * {DAYS} / $3) || '-'
           || (1000000 + {_ORDER} * 7368787 % 8999993)"""
_SEQ = f"i % {EVENTS_AN_ORDER} + 1"
_LANE = f"'shop-' || ({_ORDER} * 31 % {MERCHANTS})"
# Of no merchant more than of another.
_DRAWN = "(i * 48271 % 2147483647 % 100)"
_TRIES = f"case when {_DRAWN} = 7 then 4 when {_DRAWN} in (13, 57) then 2 else 1 end"
_AT = f"$4 + i * ({DAYS} * 86400000000 / $3)"
_HOW = """case when tries.n < 4 and tries.n < t then 'failed'
               when tries.n = 4 then 'exhausted' else 'delivered' end"""

_STREAMS = f"""
insert into stream (key, queue, lane, head, tail, due, lease, tries, first_try, claimed_at)
select {_KEY}, 'webhook', {_LANE}, {EVENTS_AN_ORDER + 1}, {EVENTS_AN_ORDER}, null, null, 0, null,
       {_AT}
from :numbers where i % {EVENTS_AN_ORDER} = 0
"""
_ENTRIES = f"""
insert into entry (key, seq, kind, payload, created_at)
select {_KEY}, {_SEQ}, 'webhook', '{{"event_type":"order_updated","order":{{"state":"open"}}}}',
       {_AT}
from :numbers
"""
_ATTEMPTS = f"""
insert into attempt (key, seq, n, kind, lane, started_at, settled_at, outcome, detail, status,
                     milliseconds, peer, error, excerpt)
select {_KEY}, {_SEQ}, tries.n, 'webhook', {_LANE}, {_AT} + (tries.n - 1) * 60000000,
       {_AT} + (tries.n - 1) * 60000000 + 20000, {_HOW},
       case when {_HOW} = 'delivered' then '200' else '503' end,
       case when {_HOW} = 'delivered' then 200 else 503 end, 20, '203.0.113.7',
       case when {_HOW} = 'delivered' then null else 'status' end,
       case when {_HOW} = 'delivered' then null else 'Service Unavailable' end
from (select i, {_TRIES} as t from :numbers) as entries
     join (select 1 as n union all select 2 union all select 3 union all select 4) as tries
          on tries.n <= entries.t
"""
_ALL = (_STREAMS, _ENTRIES, _ATTEMPTS)


@dataclass(frozen=True, slots=True)
class Span:
    """What was filled in: `events` of them, evenly from `since` to `until` (microseconds)."""

    since: int
    until: int
    events: int

    def key(self, event: int) -> str:
        """That of the stream in which event number `event` is."""
        order, day = event // EVENTS_AN_ORDER, event * DAYS // self.events
        return f"webhook/{260000 + day}-{1000000 + order * 7368787 % 8999993}"

    def at(self, share: float) -> int:
        return self.since + int((self.until - self.since) * share)


async def fill(url: str, attempts: int) -> Span:
    """Make the tables at `url`, with merchants and so many attempts."""
    async with opened(url) as database:
        for number in range(MERCHANTS):
            await add_merchant(database, a_merchant(f"shop-{number}"))
    days = EVENTS_AN_ORDER * DAYS  # so that no order spans two
    events = max(1, attempts * 100 // ATTEMPTS_A_HUNDRED // days) * days
    until = micros(utc_now())
    span = Span(until - timedelta(days=DAYS) // timedelta(microseconds=1), until, events)
    if urlsplit(url).scheme == "postgresql":
        await _fill_postgres(url, span)
    else:
        await asyncio.to_thread(_fill_sqlite, url.removeprefix("sqlite:///"), span)
    return span


async def _fill_postgres(url: str, span: Span) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set synchronous_commit = off")
        for sql in _ALL:
            text = _written(sql, "postgresql", span)
            for first in range(0, span.events, _PAGE):
                await connection.execute(text, first, min(first + _PAGE, span.events), timeout=3600)
        await connection.execute("vacuum analyze", timeout=3600)
        await connection.execute("checkpoint", timeout=3600)
    finally:
        await connection.close()


def _fill_sqlite(path: str, span: Span) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma cache_size = -500000")
        connection.execute("pragma synchronous = off")
        for sql in _ALL:
            text = _written(sql, "sqlite", span).replace("$", "?")
            for first in range(0, span.events, _PAGE):
                connection.execute(text, (first, min(first + _PAGE, span.events)))
        connection.execute("analyze")
        connection.execute("pragma wal_checkpoint(truncate)")


def _written(sql: str, engine: str, span: Span) -> str:
    """With what is the same in every page written into it."""
    numbers = sql.replace(":numbers", _NUMBERS[engine])
    return numbers.replace("$3", str(span.events)).replace("$4", f"cast({span.since} as bigint)")
