"""Events that were given up: kept, listed, and sent again, each once and in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import msgspec
import pytest

from smartcart import outbox
from smartcart.contract import parse_event
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.marketplace import app
from smartcart.marketplace.actions import merchants, operating, redelivering, resending
from smartcart.marketplace.actions.operating import cancelling, extending
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.order import Order
from smartcart.outbox import Place, Span
from smartcart.outbox.exhausted import Count, Part
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import PANEL_KEY, Caller, serving
from tests.support.marketplace import a_merchant, add_merchant, emptied, eventually, place, stored
from tests.support.sending import LIMITS, SETTINGS, sending

EVERYTHING = Span(kind=WEBHOOKS)


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        yield listening


@pytest.fixture
async def lost(database: Database, sink: HttpSink) -> dict[str, list[Order]]:
    """Shops were away: three orders of one, of two events each, and one of another are given up."""
    sink.answer(Reply(503))
    orders: dict[str, list[Order]] = {}
    for merchant, count in (("one", 3), ("two", 1)):
        await add_merchant(database, a_merchant(merchant, webhook_url=sink.url(f"/{merchant}")))
        orders[merchant] = [await place(database, merchant=merchant) for _ in range(count)]
        for order in orders[merchant]:
            await operating.operate(database, order.code, cancelling())
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    sink.requests.clear()
    sink.answer(Reply(200))
    return orders


async def _all_settled(database: Database) -> bool:
    return not await database.read(
        outbox.Place, "select 0 as at, key, 0 as seq from stream where due is not null"
    )


async def delivered(database: Database, sink: HttpSink) -> dict[str, list[str]]:
    """What every order's shop is told now, in order: the states."""
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    told: dict[str, list[str]] = {}
    for body in sink.bodies:
        event = parse_event(body)
        told.setdefault(event.order.code, []).append(event.order.state)
    sink.requests.clear()
    return told


async def waiting(database: Database, span: Span = EVERYTHING) -> list[tuple[str, int]]:
    found = await outbox.exhausted.exhausted(database, span, Place(), 100)
    assert found.reached is None
    assert await outbox.exhausted.count(database, span, 100) == Count(len(found.entries), True)
    return [(one.key.removeprefix("webhook/"), one.seq) for one in found.entries]


async def resend_all(database: Database, span: Span = EVERYTHING, limit: int = 3) -> int:
    """In batches, the way a command does it."""
    resent, after = 0, Place()
    while True:
        batch = await redelivering.redeliver(database, span, after, limit)
        resent += batch.resent
        if batch.reached is None:
            return resent
        after = batch.reached


async def test_what_was_given_up_is_kept_and_sent_again_once_in_order(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    codes = [order.code for orders in lost.values() for order in orders]
    assert sorted(await waiting(database)) == sorted((code, n) for code in codes for n in (1, 2))
    assert await resend_all(database) == 8
    assert await waiting(database) == []
    assert await delivered(database, sink) == {code: ["open", "cancelled"] for code in codes}
    assert await resend_all(database) == 0
    assert await delivered(database, sink) == {}
    for code in codes:
        old, new = await entries(database, code)
        assert old == new
        steps = [step for step in await journal.history(database, code) if step.what == "resent"]
        assert sorted(step.facts for step in steps) == ['{"event":1}', '{"event":2}']
        assert (await stored(database, code)).events == 4


async def entries(database: Database, code: str) -> tuple[list[str], list[str]]:
    """The payloads as they were first written, and as they were written again."""
    found = await outbox.entries(database, f"webhook/{code}")
    assert [entry.seq for entry in found] == [1, 2, 3, 4]
    payloads = [entry.payload for entry in found]
    return payloads[:2], payloads[2:]


async def test_two_who_ask_at_once_share_the_work(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    resent = await asyncio.gather(*(resend_all(database, limit=2) for _ in range(3)))
    assert sum(resent) == 8
    told = await delivered(database, sink)
    assert list(told.values()) == [["open", "cancelled"]] * 4


async def test_whoever_reads_first_and_writes_second_sends_nothing_twice(
    database: Database, lost: dict[str, list[Order]]
) -> None:
    """The interleaving is forced: what is to be sent was read before somebody else sent it."""
    both_read, other = asyncio.Barrier(2), EVERYTHING

    class Slow:
        """Waits, after the events are read, until the other has read them too."""

        def __init__(self) -> None:
            self.commit, self.now = database.commit, database.now
            self.wake_up, self.close = database.wake_up, database.close

        async def read(self, row: type[msgspec.Struct], sql: str, *params: object) -> object:
            found = await database.read(row, sql, *params)  # type: ignore[arg-type]  # as it came
            if issubclass(row, outbox.Exhausted):
                await both_read.wait()
            return found

    batches = await asyncio.gather(
        *(redelivering.redeliver(Slow(), other, Place(), 100) for _ in range(2))  # type: ignore[arg-type]
    )
    assert sum(batch.resent for batch in batches) == 8
    assert [batch.skipped for batch in batches] == [0, 0]
    for orders in lost.values():
        for order in orders:
            assert (await stored(database, order.code)).events == 4


async def test_whoever_stops_in_the_middle_goes_on_there(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    batch = await redelivering.redeliver(database, EVERYTHING, Place(), 3)
    assert (batch.resent, batch.skipped) == (3, 0)
    assert len(await waiting(database)) == 5
    assert await resend_all(database) == 5
    told = await delivered(database, sink)
    assert list(told.values()) == [["open", "cancelled"]] * 4


async def test_of_one_merchant_of_one_order_of_one_event(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    [two], [first, *_] = lost["two"], lost["one"]
    assert await resend_all(database, Span(kind=WEBHOOKS, lane="two")) == 2
    assert await delivered(database, sink) == {two.code: ["open", "cancelled"]}
    key = f"webhook/{first.code}"
    assert await resend_all(database, Span(kind=WEBHOOKS, key=key, seq=2)) == 1
    assert await delivered(database, sink) == {first.code: ["cancelled"]}
    assert await resend_all(database, Span(kind=WEBHOOKS, key=key)) == 1
    assert await delivered(database, sink) == {first.code: ["open"]}


async def test_of_a_period_by_when_it_happened(database: Database, sink: HttpSink) -> None:
    sink.answer(Reply(503))
    await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    begin = utc_now() - timedelta(hours=10)
    placed = [
        await place(database, clock=lambda hour=hour: begin + timedelta(hours=hour))  # type: ignore[misc]
        for hour in range(4)
    ]
    async with sending(database):
        await eventually(lambda: _all_settled(database))

    def span(since: int, until: int) -> Span:
        return Span(
            kind=WEBHOOKS,
            since=micros(begin + timedelta(hours=since)),
            until=micros(begin + timedelta(hours=until)),
        )

    codes = [order.code for order in placed]
    assert sorted(await waiting(database, span(1, 3))) == sorted([(codes[1], 1), (codes[2], 1)])
    assert await resend_all(database, span(1, 3)) == 2
    assert sorted(await waiting(database)) == sorted([(codes[0], 1), (codes[3], 1)])


async def test_what_is_given_up_again_is_found_again_in_the_place_of_the_old(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    sink.answer(Reply(503))
    [order] = lost["two"]
    only = Span(kind=WEBHOOKS, lane="two")
    assert await resend_all(database, only) == 2
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    assert await waiting(database, only) == [(order.code, 3), (order.code, 4)]
    sink.requests.clear()
    sink.answer(Reply(200))
    assert await resend_all(database, only) == 2
    assert await delivered(database, sink) == {order.code: ["open", "cancelled"]}


async def test_an_event_that_comes_meanwhile_keeps_its_own_place(
    database: Database, sink: HttpSink
) -> None:
    await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    sink.answer(*[Reply(503)] * 4, Reply(200))
    order = await place(database)
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    sink.requests.clear()
    await operating.operate(database, order.code, extending(timedelta(hours=1)))
    assert await resend_all(database) == 1
    await operating.operate(database, order.code, cancelling())
    async with sending(database, LIMITS):
        await eventually(lambda: _all_settled(database))
    events = [parse_event(body) for body in sink.bodies]
    assert [(event.event_type, event.order.state) for event in events] == [
        ("order_updated", "open"), ("new_order", "open"), ("order_updated", "cancelled"),
    ]  # fmt: skip


async def test_a_shop_that_is_told_nothing_any_more_is_skipped_and_its_events_kept(
    database: Database, lost: dict[str, list[Order]]
) -> None:
    off = a_merchant("two", webhook_url="https://kyma.example/hook", webhook_enabled=False)
    await merchants.change(database, off)
    batch = await redelivering.redeliver(database, EVERYTHING, Place(), 100)
    assert (batch.resent, batch.skipped, batch.reached) == (6, 2, None)
    [order] = lost["two"]
    assert await waiting(database) == [(order.code, 1), (order.code, 2)]


async def test_an_order_that_changes_meanwhile_is_sent_again_behind_its_change(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    """The interleaving is forced: one order changes between the look at it and the write."""
    [two] = lost["two"]

    class Overtaken:
        """Somebody else resends the order's latest event before the first write."""

        def __init__(self) -> None:
            self.read, self.now = database.read, database.now
            self.wake_up, self.close = database.wake_up, database.close
            self.sets = 0

        async def commit(self, write_set: WriteSet) -> None:
            if not self.sets:
                await resending.resend(database, two.code)
            self.sets += 1
            await database.commit(write_set)

    overtaken = Overtaken()
    batch = await redelivering.redeliver(overtaken, EVERYTHING, Place(), 100)
    assert (batch.resent, batch.skipped, batch.reached) == (8, 0, None)
    # All at once, then an order each, and the one that changed once more.
    assert overtaken.sets == 1 + 4 + 1
    assert await waiting(database) == []
    told = await delivered(database, sink)
    assert told.pop(two.code) == ["cancelled", "open", "cancelled"]
    assert list(told.values()) == [["open", "cancelled"]] * 3


async def test_what_was_given_up_of_many_keeps_no_other_shop_waiting(
    database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    """They wait in their own shop's lane, and the newest event of another is among the first."""
    sink.answer(Reply(503))
    for order in [await place(database, merchant="one") for _ in range(45)]:
        await operating.operate(database, order.code, cancelling())
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    sink.requests.clear()
    sink.answer(Reply(200))
    assert await resend_all(database, Span(kind=WEBHOOKS, lane="one"), 50) == 96
    new = await place(database, merchant="two")
    async with sending(database):
        await eventually(lambda: _all_settled(database))
    codes = [parse_event(body).order.code for body in sink.bodies]
    assert (len(codes), codes.count(new.code)) == (97, 1)
    assert codes.index(new.code) <= 2 * LIMITS.slots_per_lane


async def test_a_look_for_a_period_ends_and_is_gone_on_with(
    database: Database, lost: dict[str, list[Order]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was given up since a period one call looks at so many, found or not."""
    monkeypatch.setattr(outbox.exhausted, "_LOOKS", 2)
    monkeypatch.setattr(outbox.exhausted, "_MOST_LOOKED_AT", 4)
    past = Span(kind=WEBHOOKS, until=1)
    look = await outbox.exhausted.exhausted(database, past, Place(), 1)
    assert (look.entries, look.reached is None) == ((), False)
    assert look.reached is not None
    batch = await redelivering.redeliver(database, past, look.reached, 1)
    assert (batch.resent, batch.skipped) == (0, 0)
    assert batch.reached is not None
    last = await outbox.exhausted.exhausted(database, past, batch.reached, 1)
    assert last == Part((), None)


async def test_a_count_looks_at_so_many_and_says_so(
    database: Database, lost: dict[str, list[Order]]
) -> None:
    only = Span(kind=WEBHOOKS, lane="one")
    past = Span(kind=WEBHOOKS, until=1)
    count = outbox.exhausted.count
    assert await count(database, EVERYTHING, 7) == Count(7, is_all=False)
    assert await count(database, EVERYTHING, 8) == Count(8, is_all=True)
    assert await count(database, past, 7) == Count(0, is_all=False)
    assert await count(database, past, 8) == Count(0, is_all=True)
    assert await resend_all(database, only) == 6
    assert await count(database, only, 5) == Count(0, is_all=False)
    assert await count(database, EVERYTHING, 8) == Count(2, is_all=True)


async def test_when_the_first_and_the_last_were_given_up(
    database: Database, lost: dict[str, list[Order]]
) -> None:
    found = await outbox.exhausted.exhausted(database, EVERYTHING, Place(), 100)
    at = [one.at for one in found.entries if one.lane == "one"]
    only = Span(kind=WEBHOOKS, lane="one")
    assert await outbox.exhausted.moments(database, only) == (min(at), max(at))
    assert await outbox.exhausted.moments(database, Span(kind="other")) == (0, 0)


class Page(msgspec.Struct):
    exhausted: list[dict[str, object]]
    next: str | None
    count: int | None


class Resent(msgspec.Struct):
    resent: int
    skipped: int
    next: str | None


@pytest.fixture
async def panel(database: Database) -> AsyncIterator[Caller]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(app.web(SETTINGS, database)))
        yield await stack.enter_async_context(Caller(url, PANEL_KEY))


async def test_the_panel_lists_them_and_sends_them_again_batch_by_batch(
    panel: Caller, database: Database, sink: HttpSink, lost: dict[str, list[Order]]
) -> None:
    rows, following, counts = [], "", []
    while True:
        path = f"/panel/deliveries/exhausted?merchant=one&limit=4&after={following}"
        page = msgspec.json.decode((await panel.get(path)).body, type=Page)
        rows += page.exhausted
        counts.append(page.count)
        if page.next is None:
            break
        following = page.next
    assert counts == [6, None]
    assert [(row["order"], row["event"]) for row in rows] == await waiting(
        database, Span(kind=WEBHOOKS, lane="one")
    )
    assert {row["detail"] for row in rows} == {"503"}

    today = utc_now().date().isoformat()
    body = {"merchant": "one", "since": today}
    answer = await panel.post("/panel/deliveries/resend", body)
    assert msgspec.json.decode(answer.body, type=Resent) == Resent(6, 0, None)
    again = await panel.post("/panel/deliveries/resend", body)
    assert msgspec.json.decode(again.body, type=Resent) == Resent(0, 0, None)
    codes = [order.code for order in lost["one"]]
    assert await delivered(database, sink) == {code: ["open", "cancelled"] for code in codes}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "say which: give at least one of order, merchant, since"),
        ({"until": "2026-03-12"}, "say which: give at least one of order, merchant, since"),
        ({"since": "noon"}, "since: 'noon' is not a moment like 2026-03-12 or 2026-03-12T15:00"),
        ({"merchant": "a", "event": 1}, "event: say of which order"),
        ({"merchant": "a", "after": "5"}, "after: '5' is not the next of a batch"),
        ({"merchant": "a\0"}, "order, merchant: no name holds a NUL"),
        ({"shop": "a"}, "The body is not what is expected: Object contains unknown field `shop`"),
        (b"{", "The body is not what is expected: Input data was truncated"),
    ],
)
async def test_what_cannot_be_sent_again_is_named(
    panel: Caller, body: object, message: str
) -> None:
    status, _, told = (await panel.post("/panel/deliveries/resend", body)).refusal
    assert (status, told) == (422, message)
