"""`bench.outbox_history`: what is filled in is what an outbox leaves behind, on either engine."""

import msgspec

from bench.outbox_history.asking import QUESTIONS
from bench.outbox_history.filling import EVENTS_AN_ORDER, fill
from bench.outbox_history.sizes import sizes
from bench.outbox_history.working import worked
from smartcart import outbox
from smartcart.outbox.exhausted import Count
from tests.support.marketplace import opened


class Ended(msgspec.Struct):
    outcome: str
    attempts: int


async def test_what_is_filled_in_is_found_as_if_it_had_happened(database_url: str) -> None:
    span = await fill(database_url, 3_000)
    async with opened(database_url) as database:
        rows = await database.read(
            Ended, "select outcome, count(*) as attempts from attempt group by outcome"
        )
        ended = {row.outcome: row.attempts for row in rows}
        assert ended["delivered"] + ended["exhausted"] == span.events
        assert sum(ended.values()) in range(2_700, 3_100)
        for event in range(0, span.events, 97):
            entries = await outbox.entries(database, span.key(event))
            attempts = await outbox.attempts(database, span.key(event))
            assert [entry.seq for entry in entries] == [*range(1, EVENTS_AN_ORDER + 1)]
            assert {attempt.seq for attempt in attempts} == {entry.seq for entry in entries}
            assert not await outbox.is_pending(database, span.key(event))
        waits = outbox.Span(kind="webhook")
        counted = await outbox.exhausted.count(database, waits, span.events)
        assert counted == Count(ended["exhausted"], is_all=True)
        for ask in QUESTIONS.values():
            await ask(database, span, 1)
        rates = await worked(database, span)
        assert min(rate for rate, _ in rates.values()) > 0
        found = await sizes(database, database_url, 3_000)
        assert found["an attempt, with entry, stream and indexes"][0] > 100
