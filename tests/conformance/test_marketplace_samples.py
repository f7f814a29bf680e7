"""Every kind of order, from the document it is entered as to what its merchant reads."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import msgspec
import pytest
from msgspec.structs import replace

from smartcart import contract
from smartcart.cli.samples import SAMPLES
from smartcart.contract.examples import example
from smartcart.kit import journal
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import placing
from smartcart.marketplace.domain.order import Order
from tests.support.market_server import ORDERS, Caller, serving, settings
from tests.support.marketplace import (
    MERCHANT,
    TERMS,
    a_merchant,
    add_merchant,
    emptied,
    stored,
    work_off,
)
from tests.support.order_lives import Json, Lives
from tests.support.proving import proves

DECIDED = {
    "code", "created_at", "expires_at", "dispatch_until", "set_as_ready_required",
    "accept_options", "reject_options", "pickup_window", "pickup_address", "number_of_parcels",
    "courier_voucher",
}  # fmt: skip
"""What the marketplace says anew of an order that is entered."""
CHOSEN = {"pickup_window", "pickup_address", "number_of_parcels"}
OPTIONS = {"accept_options", "reject_options"}
OPENED = {"state": "open", "courier_tracking_codes": []}


@dataclass(frozen=True)
class Market:
    """A marketplace with one merchant, and that merchant calling it."""

    database: Database
    shop: Caller

    async def enter(self, given: contract.Order) -> Order:
        placed = await placing.enter(self.database, MERCHANT, given, TERMS)
        return await stored(self.database, placed.code)

    async def get(self, code: str) -> Json:
        answer = await self.shop.get(f"{ORDERS}/{code}")
        assert answer.status == 200
        return msgspec.json.decode(answer.body, type=dict[str, Json])["order"]


@pytest.fixture
async def market(market_url: str) -> AsyncIterator[Market]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(emptied(market_url))
        token = await add_merchant(database)
        program = app.web(settings("unused"), database)
        url = await stack.enter_async_context(serving(program))
        yield Market(database, await stack.enter_async_context(Caller(url, token)))


def kept(order: Json) -> Json:
    """The fields of an order that are not ours to say."""
    left = {name: value for name, value in order.items() if name not in DECIDED}
    lines = msgspec.convert(order["line_items"], list[Json])
    left["line_items"] = [{name: line[name] for name in line if name != "id"} for line in lines]
    return left


def expected(name: str) -> Json:
    """What of the sample's document is to survive."""
    sample = SAMPLES[name]
    document = msgspec.json.decode(example(sample.document), type=dict[str, Json])["order"]
    if name == "fbm":
        document |= {"courier": None}  # the merchant has not said yet which
    return kept(document | OPENED if sample.opens else document)


@proves(
    "order.customer", "order.invoice", "order.invoice_document", "order.invoice_details",
    "order.comments", "order.courier", "order.line_items", "order.express", "order.gift_wrap",
    "order.fulfilled_by_skroutz", "order.store_pickup", "order.shipping_cost", "order.commission",
    "order.fees", "order.replaced", "order.custom", "order.payment_method", "order.paid_by_user",
    "customer.phone", "customer.mobile", "customer.no-email", "writer.documented-shape",
)  # fmt: skip
@pytest.mark.parametrize("name", SAMPLES)
async def test_what_was_entered_is_what_is_told_and_read(market: Market, name: str) -> None:
    order = await market.enter(SAMPLES[name].order())
    read = await market.get(order.code)
    [told] = await Lives(market.database).told(order)
    assert told["order"] == read
    assert kept(read) == expected(name) | {"is_ready_for_dispatch": False}


@proves("get.options-while-actable", "order.accept_options", "order.dispatch_until")
@pytest.mark.parametrize("name", SAMPLES)
async def test_what_is_decided_is_there_where_it_applies(market: Market, name: str) -> None:
    order = await market.enter(SAMPLES[name].order())
    read = await market.get(order.code)
    chosen = CHOSEN if name in ("accepted", "replacement") else set()
    actable = set() if name in ("express", "fbs", "fbm-accepted") or chosen else OPTIONS
    assert read.keys() & (CHOSEN | OPTIONS) == chosen | actable
    assert (read["dispatch_until"] is None) is (name == "store-pickup")
    assert read["courier_voucher"] is None
    given = {line.id for line in SAMPLES[name].order().line_items}
    assert given.isdisjoint(line.id for line in order.lines)


@proves("order.replacements", "order.replaced", "replacements.code", "replacements.type")
async def test_an_order_and_the_one_that_replaces_it_name_each_other(market: Market) -> None:
    original = await market.enter(SAMPLES["plain"].order())
    sample = replace(SAMPLES["replacement"].order(), replaced=original.code)
    first = await market.enter(sample)
    second = await market.enter(replace(sample, custom="[RETURN-AS-IS]"))
    third = await market.enter(replace(sample, custom=None))
    assert (await market.get(original.code))["replacements"] == [
        {"code": first.code, "type": "from_service"},
        {"code": second.code, "type": "as_is_return"},
        {"code": third.code},
    ]
    assert (await market.get(second.code))["replaced"] == original.code
    assert len(await Lives(market.database).told(original)) == 1
    steps = await journal.history(market.database, original.code)
    assert [step.what for step in steps] == ["placed", "replaced", "replaced", "replaced"]


async def test_the_name_of_an_order_that_is_not_its_merchants_is_only_carried(
    market: Market,
) -> None:
    await add_merchant(market.database, a_merchant("other"))
    others = await placing.enter(market.database, "other", SAMPLES["plain"].order(), TERMS)
    for code in (others.code, "260101-0000001", "nothing like a code"):
        entered = await market.enter(replace(SAMPLES["replacement"].order(), replaced=code))
        assert (await market.get(entered.code))["replaced"] == code
    assert (await stored(market.database, others.code)).replacements is None


async def test_every_voucher_that_is_wanted_is_drawn(market: Market) -> None:
    """The label has room for every recipient there is."""
    wanted = []
    for name in ("accepted", "replacement"):
        wanted.append(await market.enter(SAMPLES[name].order()))
    for name in ("cyprus", "collection-point", "cash-on-delivery", "invoice"):
        given = replace(SAMPLES[name].order(), state="accepted")
        wanted.append(await market.enter(given))
    await work_off(market.database)
    for order in wanted:
        assert (await market.get(order.code))["courier_voucher"]


@proves("ready.download-marks", "ready.download-does-not-mark", "moment.ready")
@pytest.mark.parametrize("required", [False, True])
async def test_downloading_the_voucher_marks_the_order_ready_unless_the_shop_does(
    market: Market, required: bool
) -> None:
    shop = a_merchant("asked", set_as_ready_required=required)
    await add_merchant(market.database, shop)
    sample = SAMPLES["replacement"].order()
    order = await placing.enter(market.database, "asked", sample, TERMS)
    await work_off(market.database, base_url="")
    voucher = (await stored(market.database, order.code)).voucher
    assert voucher is not None
    for _ in range(2):
        answer = await market.shop.get(voucher.url, {})
        assert (answer.status, answer.body[:4]) == (200, b"%PDF")
    told = (await Lives(market.database).told(order))[2:]
    ready = {"is_ready_for_dispatch": {"old": False, "new": True}}
    assert [event["changes"] for event in told] == ([] if required else [ready])
    assert (await stored(market.database, order.code)).is_ready is not required
