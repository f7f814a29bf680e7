"""When the webhook tells of an order, what it says has changed, and when it is silent (§5)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from smartcart import outbox
from smartcart.contract import (
    OrderState,
    TrackingDetail,
    TrackingRequest,
    parse_order,
)
from smartcart.contract.examples import example
from smartcart.contract.vocabulary import LAST_MILE, ReturnReason
from smartcart.marketplace.actions import handing_over, operating, placing
from smartcart.marketplace.actions.changing import WORK, Act
from smartcart.marketplace.actions.express import Express
from smartcart.marketplace.domain.order import DeliveryNote, Order
from smartcart.marketplace.domain.placement import Terms
from smartcart.outbox import storage
from tests.contract.conftest import Market
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import work_off
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"state", "pickup_window", "number_of_parcels", "pickup_address"}
NOTE = DeliveryNote("ΔΑΠ0012408", "https://files.marketplace.example/n/dap-0012408.pdf")
AT_ONCE = Terms(express_after=timedelta(0))

Told = tuple[str, set[str] | None]
"""The type of an event, and the fields that it says have changed."""


class Event(msgspec.Struct):
    event_type: str
    order: dict[str, object]
    changes: dict[str, object] | None = None


async def events(shop: Shop, order: Order) -> list[Event]:
    entries = await outbox.entries(shop.database, f"webhook/{order.code}")
    return [msgspec.json.decode(entry.payload, type=Event) for entry in entries]


async def told(shop: Shop, order: Order) -> list[Told]:
    """Everything that was told of the order."""
    return [
        (event.event_type, None if event.changes is None else set(event.changes))
        for event in await events(shop, order)
    ]


async def after(shop: Shop, order: Order, act: Act) -> list[Told]:
    """What is told of `act`."""
    before = await told(shop, order)
    await operating.operate(shop.database, order.code, act)
    found = await told(shop, order)
    assert found[: len(before)] == before
    return found[len(before) :]


async def entered(
    shop: Shop, name: str, state: OrderState = OrderState.OPEN, terms: Terms = AT_ONCE
) -> Order:
    """A new order like our example of that name."""
    given = msgspec.structs.replace(parse_order(example(name)), state=state)
    return await placing.enter(shop.database, shop.merchant.id, given, terms)


@pytest_asyncio.fixture(loop_scope="module")
async def dispatched(shop: Shop) -> AsyncIterator[Order]:
    order = await shop.accepted()
    await operating.operate(shop.database, order.code, operating.dispatching())
    yield order


def updated(*fields: str) -> list[Told]:
    return [("order_updated", set(fields))]


@proves("moment.placed", "moment.accepted", "moment.voucher", "event.changes", "event.event_type")
async def test_the_life_of_an_order_that_is_accepted(shop: Shop) -> None:
    order = await shop.accepted()
    await work_off(shop.database)
    assert await told(shop, order) == [
        ("new_order", None),
        ("order_updated", ACCEPTED),
        ("order_updated", {"courier_voucher", "courier_tracking_codes"}),
    ]


@proves("moment.rejected", "moment.reissued")
async def test_a_rejected_order_and_the_one_for_what_is_available(shop: Shop) -> None:
    order = await shop.ordered({"A": 3})
    line = {"id": order.lines[0].id, "reason_id": 4, "available_quantity": 2}
    assert (await shop.reject(order, {"line_items": [line]})).body == SUCCESS
    assert await told(shop, order) == [("new_order", None), ("order_updated", {"state"})]
    await work_off(shop.database)
    following = msgspec.structs.replace(order, code=f"{order.code}-1")
    [event] = await events(shop, following)
    assert (event.event_type, event.order["state"]) == ("new_order", "open")
    assert [line.quantity for line in (await shop.shown(following.code)).line_items] == [2]


@proves("moment.cancelled", "moment.extended", "moment.expired", "moment.courier")
async def test_what_happens_to_an_open_order(shop: Shop) -> None:
    order = await shop.ordered()
    extending = operating.extending(timedelta(hours=5))
    assert await after(shop, order, extending) == updated("expires_at", "dispatch_until")
    assert await after(shop, order, operating.assigning("ACS", LAST_MILE)) == updated("courier")
    assert await after(shop, order, operating.cancelling()) == updated("state")
    overdue = await shop.ordered(hours=0)
    assert await after(shop, overdue, operating.expiring()) == updated("state")


@proves("moment.dispatched", "moment.rescheduled", "business.missed-pickup")
async def test_what_happens_to_an_accepted_order(shop: Shop) -> None:
    order = await shop.accepted()
    assert await after(shop, order, operating.rescheduling()) == updated("pickup_window")
    [*_, event] = await events(shop, order)
    moved = (await shop.kept(order)).acceptance
    assert moved is not None
    assert order.acceptance is not None
    assert moved.window is not None
    assert order.acceptance.window is not None
    assert moved.window.start.date() > order.acceptance.window.start.date()
    assert event.order["state"] == "accepted"
    assert await after(shop, order, operating.dispatching()) == updated("state")


@proves("moment.rejected", "business.not-dispatched")
async def test_an_order_that_is_not_dispatched_is_rejected_by_the_marketplace(shop: Shop) -> None:
    order = await shop.accepted()
    rejecting = operating.rejecting_undispatched("Δεν παραδόθηκε εγκαίρως")
    assert await after(shop, order, rejecting) == updated("state")
    info = (await shop.shown(order.code)).rejection_info
    assert info is not None
    assert (info.actor, info.reason) == ("skroutz", "Δεν παραδόθηκε εγκαίρως")


@proves("moment.dispatched-fbs")
async def test_an_order_from_the_warehouse_goes_with_a_delivery_note(shop: Shop) -> None:
    order = await entered(shop, "order_fbs", OrderState.ACCEPTED)
    assert await after(shop, order, operating.dispatching(NOTE)) == updated(
        "state", "fbs_delivery_note", "fbs_delivery_note_url"
    )


@proves("moment.cancelled", "business.cancelled-at-any-stage")
async def test_an_order_is_cancelled_at_any_stage(shop: Shop, dispatched: Order) -> None:
    for order in (await shop.ordered(), await shop.accepted(), dispatched):
        assert await after(shop, order, operating.cancelling()) == updated("state")


@proves("silent.delivered", "silent.for_return", "moment.returned", "moment.partially_returned")
async def test_a_return_is_told_and_not_what_leads_to_it(shop: Shop, dispatched: Order) -> None:
    first, second = dispatched.lines
    assert await after(shop, dispatched, operating.delivering()) == []
    assert await after(shop, dispatched, operating.starting_return()) == []
    one = operating.taking_back((first.id,), ReturnReason.FAULTY)
    assert await after(shop, dispatched, one) == updated("state")
    assert (await shop.kept(dispatched)).state == "partially_returned"
    other = operating.taking_back((second.id,), ReturnReason.FAULTY)
    assert await after(shop, dispatched, other) == updated("state")
    assert (await shop.kept(dispatched)).state == "returned"


@proves("silent.partially_delivered")
async def test_a_delivery_in_part_is_not_told(shop: Shop, dispatched: Order) -> None:
    assert await after(shop, dispatched, operating.delivering(partially=True)) == []


@proves("silent.tracking_details")
async def test_tracking_details_are_not_told(shop: Shop) -> None:
    order = await entered(shop, "order_fbm", OrderState.ACCEPTED)
    details = (TrackingDetail(courier="acs", tracking_code="7712345678"),)
    tracking = handing_over.tracking(TrackingRequest(tracking_details=details))
    assert await after(shop, order, tracking) == []
    assert (await shop.shown(order.code)).courier_tracking_codes == ("7712345678",)


@proves("moment.ready", "moment.ready-moved")
async def test_readiness_is_told_with_the_pickup_if_that_moves(shop: Shop) -> None:
    ready, not_ready = handing_over.marking_ready(), handing_over.marking_not_ready()
    staying, moving = await shop.accepted(), await shop.ordered()
    assert (await shop.accept_with(moving, pickup_window=5)).body == SUCCESS
    for order, fields in (
        (staying, ["is_ready_for_dispatch"]),
        (moving, ["is_ready_for_dispatch", "pickup_window"]),
    ):
        assert await after(shop, order, ready) == updated(*fields)
        assert await after(shop, order, not_ready) == updated(*fields)


@proves("moment.express", "business.express", "accept.express", "reject.express")
async def test_an_express_order_is_accepted_by_the_marketplace_itself(shop: Shop) -> None:
    order = await entered(shop, "order_express")
    [event] = await events(shop, order)
    assert (event.event_type, event.order["state"], event.changes) == ("new_order", "open", None)
    assert event.order.keys() & {"accept_options", "reject_options"} == set()
    express = (422, "order_status", "Order is express")
    assert (await shop.accept(order)).refusal == express
    assert (await shop.reject(order, {"rejection_reason_other": "όχι"})).refusal == express
    await _work_off_express(shop, order)
    assert await told(shop, order) == [("new_order", None), ("order_updated", ACCEPTED)]
    assert (await shop.shown(order.code)).state == "accepted"


async def _work_off_express(shop: Shop, order: Order) -> None:
    now = await shop.database.now()
    found = await storage.heads(shop.database, WORK, {shop.merchant.id: 9}, now)
    [candidate] = [one for one in found if one.key == f"express/{order.code}"]
    await shop.database.commit(storage.claim(candidate, "lease", now, now))
    outcome = await Express(shop.database).accept(storage.claimed(candidate, "lease", now))
    await shop.database.commit(outcome.also)


@proves("tools.independent")
async def test_without_the_orders_api_the_webhook_goes_on(market: Market) -> None:
    async with market.shop(orders_api_enabled=False) as shop:
        order = await shop.ordered()
        assert (await shop.get(order.code)).status == 403
        assert await told(shop, order) == [("new_order", None)]
