"""Both clients read the journal, the list of orders and the webhook's standing at our server."""

from datetime import datetime, timedelta

import pytest

from smartcart import outbox
from smartcart.client import Gone, NotFound, OrdersClient, Unprocessable
from smartcart.contract import parse_event
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Statement, WriteSet
from smartcart.marketplace.actions import operating
from tests.support.market_shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_events_come_with_their_bytes_and_typed(shop: Shop, client: OrdersClient) -> None:
    start = await client.newest_event()
    order = await shop.ordered()
    await operating.cancel(shop.database, order.code)
    written = [e.payload.encode() for e in await outbox.entries(shop.database, _stream(order.code))]
    first = await client.events(after=start, limit=1)
    assert (first.bodies, first.more) == ((written[0],), True)
    assert first.events == (parse_event(written[0]),)
    rest = await client.events(after=first.next)
    assert (rest.bodies, rest.more) == ((written[1],), False)
    assert (await client.events()).bodies == tuple(written)
    assert await client.newest_event() == rest.next


async def test_orders_come_as_they_are_now(shop: Shop, client: OrdersClient) -> None:
    gone, here = await shop.ordered(), await shop.ordered()
    since = utc_now()
    await operating.cancel(shop.database, gone.code)
    listed = await client.orders(limit=1)
    assert ([order.code for order in listed.orders], listed.more) == ([here.code], True)
    rest = await client.orders(cursor=listed.next)
    assert ([order.code for order in rest.orders], rest.more) == ([gone.code], False)
    cancelled = await client.orders(state="cancelled", updated_after=since)
    assert cancelled.orders == ((await client.get(gone.code)).order,)
    later = since + timedelta(hours=1)
    assert (await client.orders(updated_after=later)).orders == ()


async def test_what_will_not_do_is_named(shop: Shop, client: OrdersClient) -> None:
    with pytest.raises(Unprocessable, match="after: This is no cursor"):
        await client.events(after="anything & nothing")
    with pytest.raises(Unprocessable, match="state: Give one of"):
        await client.orders(state="κλειστή")
    with pytest.raises(ValueError, match=r"updated_after: .* has no offset"):
        await client.orders(updated_after=datetime(2026, 3, 12))
    with pytest.raises(NotFound):
        await client.get("newest")


async def test_a_cursor_behind_which_not_everything_is_kept_is_gone(
    shop: Shop, client: OrdersClient
) -> None:
    start = await client.newest_event()
    order = await shop.ordered()
    forget = Statement("delete from entry where key = $1", 80)
    effect = forget.effect("", _stream(order.code))
    await shop.database.commit(WriteSet(effects=(effect,)))
    with pytest.raises(Gone):
        await client.events(after=start)


async def test_how_the_webhook_fares_comes_typed(shop: Shop, client: OrdersClient) -> None:
    before = await client.webhook()
    await shop.ordered()
    after = await client.webhook()
    assert (after.url, after.enabled) == (shop.merchant.webhook_url, True)
    assert after.waiting == before.waiting + 1


def _stream(code: str) -> str:
    return f"webhook/{code}"
