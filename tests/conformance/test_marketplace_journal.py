"""The shop's journal of events and the list of its orders, on either engine: nothing is missed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from urllib.parse import quote

import msgspec
import pytest

from smartcart import outbox
from smartcart.contract import encode, parse_order
from smartcart.contract.examples import example
from smartcart.contract.vocabulary import WEBHOOK_STANDING_PATH
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, Statement, WriteSet
from smartcart.marketplace import app
from smartcart.marketplace.actions import answering, merchants, operating, placing, resending
from smartcart.marketplace.actions.telling import WEBHOOKS, change
from smartcart.marketplace.api import extensions
from smartcart.marketplace.api.errors import told
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import changes
from tests.support.half_written import half_written
from tests.support.market_server import ORDERS, Caller, serving, settings
from tests.support.market_shop import Shop
from tests.support.marketplace import (
    MERCHANT,
    a_merchant,
    acceptance_of,
    add_merchant,
    an_order,
    emptied,
    events,
    place,
    stored,
)

EVENTS = "/merchants/ecommerce/events"
OFF = a_merchant(webhook_enabled=False)


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """A page as it came; its documents byte for byte."""

    next: str
    more: bool = False
    events: list[msgspec.Raw] = []
    orders: list[msgspec.Raw] = []

    @property
    def codes(self) -> list[str]:
        documents = self.orders or [_order(bytes(each)) for each in self.events]
        return [parse_order(bytes(each)).code for each in documents]


class _Event(msgspec.Struct):
    order: msgspec.Raw


def _order(event: bytes) -> msgspec.Raw:
    return msgspec.json.decode(event, type=_Event).order


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def shop(market_url: str, database: Database) -> AsyncIterator[Shop]:
    token = await add_merchant(database)
    async with (
        serving(app.web(settings(market_url), database)) as url,
        Caller(url, token) as caller,
    ):
        yield Shop(database, a_merchant(), token, caller)


async def page(shop: Shop, path: str = EVENTS, **query: str) -> Page:
    written = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    answer = await shop.caller.get(f"{path}?{written}")
    assert answer.status == 200, answer
    return msgspec.json.decode(answer.body, type=Page)


async def pages(shop: Shop, path: str, cursor: str, **query: str) -> list[str]:
    """The codes on all pages, one after the other; `cursor` is what the parameter is called."""
    codes: list[str] = []
    while True:
        found = await page(shop, path, **query)
        codes += found.codes
        if not found.more:
            return codes
        query[cursor] = found.next


async def silently(database: Database, order: Order) -> None:
    """A change that no event tells of."""
    await operating.operate(database, order.code, operating.delivering())


async def dispatched(database: Database) -> Order:
    order = await place(database)
    await answering.accept(database, a_merchant(), order.code, acceptance_of(order))
    await operating.operate(database, order.code, operating.dispatching())
    return await stored(database, order.code)


async def test_events_are_the_bodies_of_the_webhook_oldest_first(shop: Shop) -> None:
    first, second = await place(shop.database), await place(shop.database)
    await operating.cancel(shop.database, first.code)
    found = await page(shop)
    [placed, cancelled] = await outbox.entries(shop.database, f"webhook/{first.code}")
    [other] = await outbox.entries(shop.database, f"webhook/{second.code}")
    bodies = [bytes(each).decode() for each in found.events]
    assert bodies == [placed.payload, other.payload, cancelled.payload]
    assert not found.more


async def test_pages_follow_each_other_and_the_last_cursor_waits_for_what_comes(
    shop: Shop,
) -> None:
    placed = [(await place(shop.database)).code for _ in range(5)]
    first = await page(shop, limit="2")
    assert (first.codes, first.more) == (placed[:2], True)
    second = await page(shop, limit="2", after=first.next)
    last = await page(shop, limit="2", after=second.next)
    assert (second.codes, last.codes, last.more) == (placed[2:4], placed[4:], False)
    nothing = await page(shop, after=last.next)
    assert (nothing.codes, nothing.next, nothing.more) == ([], last.next, False)
    later = await place(shop.database)
    assert (await page(shop, after=last.next)).codes == [later.code]
    assert await page(shop, limit="2", after=first.next) == second


async def test_from_the_newest_on_only_what_comes_later_is_told(shop: Shop) -> None:
    assert (await page(shop, after=(await page(shop, f"{EVENTS}/newest")).next)).codes == []
    await place(shop.database)
    newest = await page(shop, f"{EVENTS}/newest")
    later = await place(shop.database)
    assert (await page(shop, after=newest.next)).codes == [later.code]


async def test_another_shops_events_are_not_told(shop: Shop) -> None:
    await add_merchant(shop.database, a_merchant("other"))
    await place(shop.database, merchant="other")
    mine = await place(shop.database)
    assert (await page(shop)).codes == [mine.code]
    assert (await page(shop, ORDERS)).codes == [mine.code]


async def test_what_happened_while_the_webhook_was_off_is_in_the_journal(shop: Shop) -> None:
    """And does not stand in the way of what is sent when it is on again."""
    told = await place(shop.database)
    await merchants.change(shop.database, OFF)
    untold = await place(shop.database)
    await operating.cancel(shop.database, told.code)
    await merchants.change(shop.database, a_merchant())
    await operating.cancel(shop.database, untold.code)
    found = await page(shop)
    assert found.codes == [told.code, untold.code, told.code, untold.code]
    kept = [msgspec.json.decode(each)["event_type"] for each in found.events]
    assert kept == ["new_order", "new_order", "order_updated", "order_updated"]
    [sent] = await events(shop.database, untold.code)
    assert (sent.event_type, bytes(found.events[3])) == ("order_updated", encode(sent))


async def test_an_event_sent_again_is_one_event(shop: Shop) -> None:
    order = await place(shop.database)
    await resending.resend(shop.database, order.code)
    assert (await page(shop)).codes == [order.code]


async def test_what_begins_first_and_ends_last_is_not_passed_over(
    market_url: str, shop: Shop
) -> None:
    """Forced: one order is written and not committed while another is placed and read."""
    late = an_order(code="late", now=utc_now())
    start = (await page(shop, f"{EVENTS}/newest")).next
    write_set = change(None, late, a_merchant(), utc_now(), Verb.PLACE)
    async with half_written(market_url, write_set) as commit:
        quick = asyncio.create_task(place(shop.database))
        await asyncio.wait([quick], timeout=0.5)
        meanwhile = await page(shop, after=start)
        listed = await page(shop, ORDERS)
        newest = await page(shop, f"{EVENTS}/newest")
        await commit()
    code = (await quick).code
    rest = await page(shop, after=meanwhile.next)
    assert [*meanwhile.codes, *rest.codes] == ["late", code]
    others = await page(shop, ORDERS, cursor=listed.next)
    assert [*listed.codes, *others.codes] == ["late", code]
    assert "late" in (await page(shop, after=newest.next)).codes


async def test_a_shop_that_reads_beside_many_writers_gets_each_event_once(shop: Shop) -> None:
    async def read(count: int) -> list[str]:
        codes: list[str] = []
        after = ""
        while len(codes) < count:
            found = await page(shop, after=after, limit="7")
            codes += found.codes
            after = found.next
        return codes

    reading = asyncio.create_task(read(60))
    placed = await asyncio.gather(*(place(shop.database) for _ in range(60)))
    async with asyncio.timeout(20):
        assert sorted(await reading) == sorted(order.code for order in placed)


async def test_orders_are_listed_once_each_as_they_are_now(shop: Shop) -> None:
    first, second = await dispatched(shop.database), await place(shop.database)
    await silently(shop.database, first)
    found = await page(shop, ORDERS)
    now = [await stored(shop.database, code) for code in (second.code, first.code)]
    assert found.codes == [order.code for order in now]
    assert [bytes(each) for each in found.orders] == [
        encode(document(order, utc_now())) for order in now
    ]
    assert (await page(shop, ORDERS, cursor=found.next)).codes == []


async def test_an_order_that_was_sent_again_is_still_listed(shop: Shop) -> None:
    order = await place(shop.database)
    await resending.resend(shop.database, order.code)
    assert (await page(shop, ORDERS)).codes == [order.code]


async def test_orders_are_listed_by_state_and_time(shop: Shop) -> None:
    early = await place(shop.database, clock=lambda: utc_now() - timedelta(days=2))
    gone = await place(shop.database)
    since = utc_now()
    await operating.cancel(shop.database, gone.code)
    late = await place(shop.database)
    assert (await page(shop, ORDERS, state="open")).codes == [early.code, late.code]
    assert (await page(shop, ORDERS, state="cancelled")).codes == [gone.code]
    moment = since.isoformat()
    assert (await page(shop, ORDERS, updated_after=moment)).codes == [gone.code, late.code]
    both = await page(shop, ORDERS, updated_after=moment, state="open")
    assert both.codes == [late.code]
    assert (await page(shop, ORDERS, updated_after="2999-01-01T00:00:00Z")).codes == []


async def test_a_plus_that_was_not_encoded_is_meant_as_one(shop: Shop) -> None:
    order = await place(shop.database)
    answer = await shop.caller.get(f"{ORDERS}?updated_after=2020-01-01T00:00:00+02:00")
    assert msgspec.json.decode(answer.body, type=Page).codes == [order.code]


async def test_few_orders_among_many_changes_are_found_page_by_page(shop: Shop) -> None:
    """However few of the changes looked at matter, a page is answered, and says that more is."""
    wanted = [(await place(shop.database)).code for _ in range(3)]
    for _ in range(45):
        await operating.cancel(shop.database, (await place(shop.database)).code)
    wanted += [(await place(shop.database)).code for _ in range(2)]
    listing = {"state": "open", "limit": "1"}
    assert await pages(shop, ORDERS, "cursor", **listing) == wanted
    everything = await pages(shop, ORDERS, "cursor", limit="10")
    assert (len(everything), len(set(everything))) == (50, 50)


async def test_a_large_page_is_cut_where_it_has_enough(shop: Shop) -> None:
    small = parse_order(example("order_open"))
    line = msgspec.structs.replace(small.line_items[0], product_name="λ" * 2_000)
    given = msgspec.structs.replace(small, line_items=(line,) * 100)
    codes = [
        (await placing.enter(shop.database, MERCHANT, given, settings("").terms)).code
        for _ in range(4)
    ]
    found, listed = await page(shop), await page(shop, ORDERS)
    assert (found.codes, found.more) == (codes[:3], True)
    assert (listed.codes, listed.more) == (codes[:3], True)
    assert await pages(shop, EVENTS, "after") == await pages(shop, ORDERS, "cursor") == codes


REFUSED: Mapping[str, Exception] = {
    f"{EVENTS}?after=nonsense": extensions.not_a_cursor("after"),
    f"{EVENTS}?after=uBOP-CZmkwHNMDkr": extensions.not_a_cursor("after"),
    f"{EVENTS}?after=%CE%BB%00": extensions.not_a_cursor("after"),
    f"{EVENTS}?limit=0": extensions.not_a_limit(500),
    f"{EVENTS}?limit=501": extensions.not_a_limit(500),
    f"{EVENTS}?limit=": extensions.not_a_limit(500),
    f"{ORDERS}?cursor=nonsense": extensions.not_a_cursor("cursor"),
    f"{ORDERS}?limit=101": extensions.not_a_limit(100),
    f"{ORDERS}?state=opened": extensions.NOT_A_STATE,
    f"{ORDERS}?updated_after=yesterday": extensions.NOT_A_MOMENT,
    f"{ORDERS}?updated_after=2026-03-12T09:41:07": extensions.NOT_A_MOMENT,
}


@pytest.mark.parametrize("path", REFUSED)
async def test_what_cannot_be_read_is_named(shop: Shop, path: str) -> None:
    assert (await shop.caller.get(path)).refusal == told(REFUSED[path])


async def test_another_shops_cursor_is_none(shop: Shop) -> None:
    token = await add_merchant(shop.database, a_merchant("other"))
    cursor = (await page(shop, f"{EVENTS}/newest")).next
    async with Caller(shop.caller.url, token) as other:
        answer = await other.get(f"{EVENTS}?after={cursor}")
    assert answer.refusal == told(extensions.not_a_cursor("after"))


@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/newest", ORDERS, WEBHOOK_STANDING_PATH])
async def test_who_may_not_use_the_orders_api_may_not_use_these(shop: Shop, path: str) -> None:
    async with Caller(shop.caller.url, "no") as stranger:
        assert (await stranger.get(path)).status == 401
    async with Caller(shop.caller.url, shop.token, "text/html") as browser:
        assert (await browser.get(path)).status == 406
    await merchants.change(shop.database, a_merchant(orders_api_enabled=False))
    assert (await shop.caller.get(path)).status == 403


async def test_events_that_are_no_longer_kept_are_not_passed_over_in_silence(shop: Shop) -> None:
    start = (await page(shop, f"{EVENTS}/newest")).next
    gone = await place(shop.database)
    behind_it = (await page(shop)).next
    kept = await place(shop.database)
    forget = Statement("delete from entry where key = $1", 80)
    await shop.database.commit(WriteSet(effects=(forget.effect("", f"webhook/{gone.code}"),)))
    assert (await shop.caller.get(f"{EVENTS}?after={start}")).refusal == told(extensions.GONE)
    assert (await page(shop, after=behind_it)).codes == [kept.code]
    assert (await page(shop)).codes == [kept.code]


async def test_the_whole_journal_is_read_past_what_is_no_longer_kept(shop: Shop) -> None:
    before = (await page(shop, f"{EVENTS}/newest")).next
    placed = [await place(shop.database) for _ in range(4)]
    for order in placed[1:3]:
        await operating.cancel(shop.database, order.code)
    await deliver(shop.database, *(f"webhook/{order.code}" for order in placed))
    first = await page(shop, limit="1")

    keep = outbox.Keep(settled=timedelta(0), exhausted=timedelta(0))
    assert await outbox.Retention(shop.database, keep).sweep(asyncio.Event()) == 6

    latest = [placed[n].code for n in (0, 3, 1, 2)]
    assert await pages(shop, EVENTS, "after", limit="1") == latest
    assert first.codes == latest[:1]
    assert await pages(shop, EVENTS, "after", limit="1", after=first.next) == latest[1:]
    refused = await shop.caller.get(f"{EVENTS}?after={before}")
    assert (refused.status, refused.refusal) == (410, told(extensions.GONE))
    end = (await page(shop)).next
    later = await place(shop.database)
    assert (await page(shop, after=end)).codes == [later.code]
    await resending.resend(shop.database, placed[1].code)
    [last, again] = await outbox.entries(shop.database, f"webhook/{placed[1].code}")
    assert (last.seq, again.seq, again.payload) == (2, 3, last.payload)


async def deliver(database: Database, *keys: str) -> None:
    async def take(_claim: outbox.Claim) -> outbox.Outcome:
        return outbox.Delivered()

    stop = asyncio.Event()
    sender = outbox.Worker(database, WEBHOOKS, {"webhook": take}, outbox.Limits())
    task = asyncio.create_task(sender.run(stop))
    async with asyncio.timeout(20):
        for key in keys:
            while await outbox.is_pending(database, key):
                await asyncio.sleep(0.01)
    stop.set()
    await task


async def test_in_another_server_old_cursors_are_refused_and_events_are_all_there(
    shop: Shop, market_url: str
) -> None:
    """A dump was brought to where transactions have lower numbers than those in it."""
    first = await place(shop.database)
    cursor = (await page(shop)).next
    assert not await changes.begin_anew(shop.database)
    if not market_url.startswith("postgres"):
        return
    far = Statement("update order_change set tx = tx + 1000000000", 1)
    await shop.database.commit(WriteSet(effects=(far.effect(""),)))
    assert await changes.begin_anew(shop.database)
    assert not await changes.begin_anew(shop.database)
    second = await place(shop.database)
    assert (await shop.caller.get(f"{EVENTS}?after={cursor}")).refusal == told(extensions.GONE)
    assert (await shop.caller.get(f"{ORDERS}?cursor={cursor}")).refusal == told(extensions.GONE)
    assert (await page(shop)).codes == [first.code, second.code]
