"""Somebody is called, once for each thing, by a real channel, whatever dies or fails meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, Value, WriteSet
from smartcart.merchant.actions.alarming import ALARM, ALARMS, Alarming, Notifying
from smartcart.merchant.alarms.apprise import channels
from smartcart.merchant.wording import LANGUAGES
from smartcart.outbox import Worker
from tests.support.http_sink import HttpSink, Reply
from tests.support.order_documents import order
from tests.support.shop import IMPATIENT, LIMITS, Shop, open_shop
from tests.support.smtp_sink import smtp_sink

T = TypeVar("T", bound=msgspec.Struct)

STOCK_TROUBLE: journal.Facts = {"source": "feed", "why": "no answer"}


@dataclass
class Watched:
    """A shop whose alarms go to sinks; it is `ahead` of the clock as far as a test sets it."""

    shop: Shop
    urls: Sequence[str]
    language: str = "en"
    ahead: timedelta = field(default_factory=timedelta)

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    async def look(self) -> None:
        await Alarming(
            self.shop.database,
            tuple(channels(self.urls)),
            points=(240, 60, 15),
            again_after=timedelta(hours=6),
            silent_after=timedelta(hours=24),
            clock=self.clock,
        ).look()

    async def step(self, what: str, facts: journal.Facts, code: str = "") -> None:
        effects = (journal.step(code, micros(self.clock()), what, facts),)
        await self.shop.database.commit(WriteSet(effects=effects))

    async def deliver(self, until: int) -> None:
        """Send what is to be sent, until so many messages have been taken."""
        notifying = Notifying(channels(self.urls), LANGUAGES[self.language], IMPATIENT)
        worker = Worker(self.shop.database, ALARMS, {ALARM: notifying.send}, LIMITS)
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        async with asyncio.timeout(30):
            while await delivered(self.shop.database) < until:
                await asyncio.sleep(0.01)
        stop.set()
        await running


async def delivered(database: Database) -> int:
    search = outbox.Search(kind=ALARM, outcome="delivered")
    return len(await outbox.search(database, search, outbox.Position(2**62), 100))


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(database_url, None, tmp_path) as opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as running:
        yield running


def json_url(sink: HttpSink, path: str = "/") -> str:
    return f"json://127.0.0.1:{sink.port}{path}"


def messages(sink: HttpSink) -> list[tuple[str, str]]:
    bodies: list[dict[str, Any]] = [json.loads(body) for body in sink.bodies]
    return [(body["title"], body["message"]) for body in bodies]


async def test_what_happened_before_the_first_start_rings_for_nobody(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)], ahead=-timedelta(days=1))
    await watched.step("stock_stale", STOCK_TROUBLE)
    watched.ahead = timedelta()
    await watched.look()
    await watched.look()
    assert [step.what for step in await journal.history(shop.database, "")] == ["stock_stale"]


async def test_an_order_on_hold_is_told_once_in_the_language_that_was_chosen(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)], "el")
    await watched.look()
    await shop.told(order("A-1"), kind="new_order")
    await shop.settle(queues=("events",))
    for _ in range(3):
        await watched.look()
    await watched.deliver(1)
    assert messages(sink) == [
        (
            "Μια παραγγελία σας περιμένει",
            "Η A-1 είναι σε αναμονή: το απόθεμα δεν γνωρίζει το 1001.",
        )
    ]
    assert await shop.facts("A-1", "alarm") == [{"about": "held"}]


async def test_a_trouble_that_goes_on_rings_again_after_its_time_and_not_before(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    for hours in (0, 1, 5, 7, 8, 14):
        watched.ahead = timedelta(hours=hours)
        await watched.step("stock_unreadable", STOCK_TROUBLE)
        await watched.look()
    await watched.deliver(3)
    told = ("The stock cannot be relied on", "feed: no answer. Orders that need it are held.")
    assert messages(sink) == [told] * 3


async def test_processes_that_look_at_once_ring_once(shop: Shop, sink: HttpSink) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    await watched.step("stock_stale", STOCK_TROUBLE)
    await asyncio.gather(*(watched.look() for _ in range(4)))
    await watched.deliver(1)
    assert len(messages(sink)) == 1


class Overtaken:
    """A database at which `meanwhile` happens once: after its read number `after`."""

    def __init__(
        self, database: Database, meanwhile: Callable[[], Awaitable[None]], after: int
    ) -> None:
        self.commit, self.now = database.commit, database.now
        self.wake_up, self.close = database.wake_up, database.close
        self.reads = 0
        self._database, self._meanwhile, self._after = database, meanwhile, after

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        found = await self._database.read(row, sql, *params)
        self.reads += 1
        if self.reads == self._after:
            await self._meanwhile()
        return found


async def test_whenever_another_process_overtakes_one_that_looks_it_rings_once(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    reads, turn = 1, 0
    while turn < reads:
        turn += 1
        await watched.step("stock_stale", {**STOCK_TROUBLE, "source": f"feed {turn}"})
        overtaken = Overtaken(shop.database, watched.look, after=turn)
        await replace(watched, shop=replace(shop, database=overtaken)).look()
        reads = overtaken.reads
        await watched.deliver(turn)
        assert len(messages(sink)) == turn
    assert reads > 5


async def test_a_channel_that_fails_is_tried_again_and_keeps_no_other_waiting(
    shop: Shop, sink: HttpSink
) -> None:
    sink.answer(Reply(500), Reply(500), Reply(200), path="/bad")
    watched = Watched(shop, [json_url(sink, "/bad"), json_url(sink, "/good")])
    await watched.look()
    await watched.step("stock_stale", STOCK_TROUBLE)
    await watched.look()
    await watched.deliver(2)
    paths = [request.path.rstrip("/") for request in sink.requests]
    assert (paths.count("/bad"), paths.count("/good")) == (3, 1)


async def test_an_order_near_its_end_rings_at_each_point(shop: Shop, sink: HttpSink) -> None:
    watched = Watched(shop, [json_url(sink)])
    expires = utc_now() + timedelta(hours=5)
    await shop.told(order("A-1", expires_at=expires.isoformat()))
    await shop.settle(queues=("events",))
    for minutes in (0, 70, 80, 245, 286, 299, 301):
        watched.ahead = timedelta(minutes=minutes)
        await watched.look()
    rung = [one for one in await shop.facts("A-1", "alarm") if one == {"about": "deadline"}]
    assert len(rung) == 3
    await watched.deliver(3)
    assert [title for title, _ in messages(sink)].count("An order is about to expire") == 3


async def test_each_order_in_danger_is_told_of_and_many_in_one_message(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    for minute in (0, 1, 2, 4, 5, 6):
        watched.ahead = timedelta(minutes=minute)
        await watched.step("read_failed", {"why": "500"}, f"A-{minute}")
        await watched.look()
    watched.ahead = timedelta(minutes=15)
    await watched.look()
    await watched.deliver(3)
    assert sorted(messages(sink)) == sorted(
        [
            ("An order could not be read", "A-0: 500."),
            ("An order could not be read (4)", "\n".join(f"A-{n}: 500." for n in (1, 2, 4, 5))),
            ("An order could not be read", "A-6: 500."),
        ]
    )


async def test_what_waits_to_be_told_of_is_told_by_the_next_program(
    shop: Shop, sink: HttpSink
) -> None:
    await Watched(shop, [json_url(sink)]).look()
    for code in ("A-1", "A-2"):
        watched = Watched(shop, [json_url(sink)])
        await watched.step("read_failed", {"why": "500"}, code)
        await watched.look()
    after = Watched(shop, [json_url(sink)], ahead=timedelta(minutes=6))
    await asyncio.gather(*(after.look() for _ in range(4)))
    await after.deliver(2)
    assert sorted(body for _, body in messages(sink)) == ["A-1: 500.", "A-2: 500."]


async def test_what_waited_and_was_done_meanwhile_is_told_nobody(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    for code in ("A-1", "A-2", "A-3"):
        await shop.told(order(code), kind="new_order")
        await shop.settle(queues=("events",))
        await watched.look()
    await shop.told(order("A-2", state="cancelled"), 1)
    await shop.settle(queues=("events",))
    watched.ahead = timedelta(minutes=5)
    await watched.look()
    await watched.deliver(2)
    assert sorted(messages(sink)) == [
        ("An order waits for you", f"{code} is on hold: the stock does not know 1001.")
        for code in ("A-1", "A-3")
    ]


async def test_a_second_order_that_the_token_keeps_from_its_answer_is_told_of(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    for minute, code in ((0, "A-1"), (20, "A-2"), (21, "A-1")):
        watched.ahead = timedelta(minutes=minute)
        await watched.step("send_failed", {"status": 401}, code)
        await watched.look()
    await watched.deliver(2)
    title = "The marketplace refuses the shop's token"
    first = "No order can be answered. Put the newest token into the settings."
    assert sorted(messages(sink)) == [
        (title, f"{first}\n{code} waits to be answered.") for code in ("A-1", "A-2")
    ]


async def test_deadlines_of_many_orders_are_told_together_with_the_minutes_left(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    start = utc_now()
    for number in range(3):
        expires = start + timedelta(minutes=240 + number)
        await shop.told(order(f"A-{number}", expires_at=expires.isoformat()))
    await shop.settle(queues=("events",))
    for minute in (0.5, 1.5, 2.5, 5.5):
        watched.ahead = timedelta(minutes=minute)
        await watched.look()
    told = [one for number in range(3) for one in await shop.facts(f"A-{number}", "alarm")]
    assert [one for one in told if one == {"about": "deadline"}] == [{"about": "deadline"}] * 3
    await watched.deliver(3)
    title = "An order is about to expire"
    late = "\n".join(
        f"A-{number} must be answered within {minutes} minutes."
        for number, minutes in ((1, 235), (2, 236))
    )
    found = [one for one in messages(sink) if one[0].startswith(title)]
    assert sorted(found) == [
        (title, "A-0 must be answered within 239 minutes."),
        (f"{title} (2)", late),
    ]


async def test_silence_rings_once_until_something_comes(shop: Shop, sink: HttpSink) -> None:
    watched = Watched(shop, [json_url(sink)])
    await shop.told(order("A-1", state="cancelled"))
    for hours in (1, 23, 25, 26):
        watched.ahead = timedelta(hours=hours)
        await watched.look()
    await watched.deliver(1)
    [(title, body)] = messages(sink)
    assert title == "No order for long"
    assert "25 hours" in body


async def test_a_deadline_comes_by_mail_in_greek(shop: Shop) -> None:
    async with smtp_sink() as sink:
        url = (
            f"mailto://127.0.0.1:{sink.port}"
            "?mode=insecure&from=shop@shop.example&to=boss@shop.example"
        )
        watched = Watched(shop, [url], "el")
        expires = utc_now() + timedelta(minutes=30)
        await shop.told(order("A-1", expires_at=expires.isoformat()))
        await shop.settle(queues=("events",))
        await watched.look()
        await watched.deliver(1)
    [mail] = sink.messages
    assert mail["Subject"] == "Μια παραγγελία κοντεύει να λήξει"
    assert "boss@shop.example" in mail["To"]
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert "Η A-1 πρέπει να απαντηθεί μέσα σε 30 λεπτά." in body.get_content()


async def test_a_channel_that_was_taken_out_of_the_settings_is_let_go(
    shop: Shop, sink: HttpSink
) -> None:
    watched = Watched(shop, [json_url(sink)])
    await watched.look()
    await watched.step("stock_stale", STOCK_TROUBLE)
    await watched.look()
    await Watched(shop, []).deliver(1)
    assert messages(sink) == []


def test_a_url_that_is_none_is_named_by_its_place_and_not_shown() -> None:
    with pytest.raises(ValueError, match="alarm_urls: URL 2 is none that apprise knows") as raised:
        channels(["json://127.0.0.1", "no-such-service://user:hidden@host"])
    assert "hidden" not in str(raised.value)
