"""What our Orders API is measured against keeps to the same rules, and leaves the same behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from bench.peer.api import peer
from bench.peer.tables import Sessions
from smartcart import outbox
from smartcart.contract import Address, InvoiceDetails, OrderState, Replacement, Return, Size
from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import merchants
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import (
    Acceptance,
    DeliveryNote,
    Fees,
    Fulfilment,
    IssuedVoucher,
    LineRejection,
    Order,
)
from tests.support.market_server import ORDERS, VENDOR_TYPE, Answer, Caller, serving, settings
from tests.support.marketplace import (
    CUSTOMER,
    SHOP,
    a_line,
    a_merchant,
    acceptance_of,
    add_merchant,
    an_order,
    emptied,
    events,
    stored,
    work_off,
)

CODE = "260312-0000001"
PATH = f"{ORDERS}/{CODE}"
WITH_PHONES = replace(CUSTOMER, phone="2103812345", mobile="(+30) 6999999999")
INVOICE = InvoiceDetails(
    company="Κύμα ΟΕ", profession="Εμπόριο", vat_number="123456789", doy="Α' Αθηνών"
)
RICH_LINE = a_line(
    "line-2",
    size=Size(label="Νούμερο", value="42", shop_value="EU 42", shop_variation_uid="42"),
    shop_variation_uid="42",
    ean="5200000000017",
    mpn="KF",
    price_includes_vat=False,
    island_vat_discount_applied=True,
    readjusted_vat=True,
    vat_ratio=Decimal("0.17"),
    extra_info="Πρώτη\\nδεύτερη",
    serial_numbers="A1,B2",
    tags=("plus_deal",),
    return_reason="faulty",
)
KINDS: Mapping[str, Mapping[str, object]] = {
    "open": {},
    "rich line": {"lines": (a_line(), RICH_LINE)},
    "expired": {"expires_at": utc_now() - timedelta(hours=1)},
    "express": {"express": True, "gift_wrap": True},
    "accepted": {
        "state": OrderState.ACCEPTED,
        "acceptance": Acceptance(SHOP, None, 2),
        "voucher": IssuedVoucher("https://market.example/v/1", ("SC1", "SC2")),
        "is_ready": True,
    },
    "rejected as a whole": {"state": OrderState.REJECTED, "rejected_because": "Όχι"},
    "rejected by line": {
        "state": OrderState.REJECTED,
        "lines": (a_line(rejection=LineRejection(4, 1)),),
    },
    "shipped by the merchant": {
        "fulfilment": Fulfilment.FBM,
        "customer": WITH_PHONES,
        "shipping_cost_cents": 0,
        "tracking_codes": ("ACS1",),
        "courier": "ACS",
    },
    "with an invoice": {"customer": WITH_PHONES, "invoice_details": INVOICE},
    "without phones": {"customer": WITH_PHONES},
    "from the warehouse": {
        "state": OrderState.DISPATCHED,
        "fulfilment": Fulfilment.FBS,
        "fees": Fees(fbs=120, handling=5),
        "delivery_note": DeliveryNote("ΔΑΠ1", "https://files.example/1"),
    },
    "collected at the store": {
        "fulfilment": Fulfilment.STORE_PICKUP,
        "windows": (),
        "courier": None,
        "dispatch_until": None,
    },
    "at a collection point": {
        "customer": replace(
            CUSTOMER,
            address=Address(pickup_from_collection_point=True, collection_point_address="Ερμού 1"),
        )
    },
    "replaced and returned": {
        "replaced": "260312-0000009",
        "replacements": (Replacement(code="260312-0000008", type="as_is_return"),),
        "returns": (Return(return_uuid="r1", tracking_ids=("T1",)),),
    },
}


@dataclass(frozen=True, slots=True)
class Both:
    """One database, asked through our program and through the peer."""

    database: Database
    ours: Caller
    peer: Caller

    async def keep(self, order: Order) -> None:
        placed = change(None, order, a_merchant(), utc_now(), Verb.PLACE)
        await self.database.commit(placed)

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Answer, Answer]:
        """Both answers; `headers` are instead of proper ones."""
        ours = await self.ours.call(method, path, body, headers)
        return ours, await self.peer.call(method, path, body, headers)


@pytest.fixture
async def both(market_url: str) -> AsyncIterator[Both]:
    async with (
        emptied(market_url) as database,
        serving(app.web(settings(market_url), database)) as ours,
        _peer(market_url) as peer_url,
    ):
        token = await add_merchant(database)
        async with Caller(ours, token) as caller, Caller(peer_url, token) as peer_caller:
            yield Both(database, caller, peer_caller)


@asynccontextmanager
async def _peer(url: str) -> AsyncIterator[str]:
    sessions = Sessions.opened(url)
    try:
        async with serving(peer(sessions)) as served:
            yield served
    finally:
        await sessions.close()


def an_open_order(**changes: object) -> Order:
    """Placed now; its events are dated by their order alone, a while ahead."""
    now = utc_now()
    return replace(an_order(now=now, code=CODE, told_at=now + timedelta(hours=1)), **changes)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_of_every_kind_is_shown_alike(both: Both, kind: str) -> None:
    await both.keep(an_open_order(**KINDS[kind]))
    ours, theirs = await both.call("GET", PATH)
    assert (theirs.status, _exact(theirs)) == (200, _exact(ours))
    assert theirs.headers["content-type"] == ours.headers["content-type"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", PATH, {"Accept": VENDOR_TYPE}, 401),
        ("GET", PATH, {"Accept": VENDOR_TYPE, "Authorization": "Bearer wrong"}, 401),
        ("POST", f"{PATH}/accept", {"Accept": "text/html"}, 401),
        ("GET", f"{ORDERS}/unknown", None, 404),
        ("POST", f"{ORDERS}/unknown/accept", None, 404),
        ("GET", "/nowhere", None, 404),
        ("PUT", PATH, None, 405),
    ],
)
async def test_a_caller_is_refused_alike(
    both: Both, method: str, path: str, headers: Mapping[str, str] | None, status: int
) -> None:
    await both.keep(an_open_order())
    ours, theirs = await both.call(method, path, b"junk" if method == "POST" else None, headers)
    assert theirs.refusal == ours.refusal
    assert ours.refusal[0] == status


async def test_the_media_type_the_switch_and_the_shop_are_looked_at_alike(both: Both) -> None:
    await both.keep(an_open_order())
    stranger = a_merchant("stranger", orders_api_enabled=False)
    bearer = f"Bearer {await add_merchant(both.database, stranger)}"

    async def asked(accept: str) -> tuple[Answer, Answer]:
        return await both.call("GET", PATH, None, {"Authorization": bearer, "Accept": accept})

    refusals = [await asked("application/json"), await asked(VENDOR_TYPE)]
    await merchants.change(both.database, replace(stranger, orders_api_enabled=True))
    refusals.append(await asked(f"*/*, {VENDOR_TYPE}"))
    assert [theirs.refusal for _, theirs in refusals] == [ours.refusal for ours, _ in refusals]
    assert [ours.status for ours, _ in refusals] == [406, 403, 404]


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("open", {"pickup_location": "elsewhere", "pickup_window": 1}, "pickup_location"),
        ("open", {"pickup_location": SHOP.id}, "pickup_window"),
        ("open", {"pickup_location": SHOP.id, "pickup_window": 99}, "pickup_window"),
        (
            "open",
            {"pickup_location": SHOP.id, "pickup_window": "1", "number_of_parcels": 9},
            "number_of_parcels",
        ),
        ("accepted", {"pickup_location": "elsewhere"}, "order_status"),
        ("rejected as a whole", {"pickup_location": SHOP.id}, "order_status"),
        ("express", {"pickup_location": SHOP.id}, "order_status"),
        ("expired", {"pickup_location": SHOP.id}, "order_status"),
    ],
)
async def test_an_accept_is_refused_alike(
    both: Both, kind: str, body: dict[str, object], code: str
) -> None:
    await both.keep(an_open_order(**KINDS[kind]))
    ours, theirs = await both.call("POST", f"{PATH}/accept", msgspec.json.encode(body))
    assert theirs.refusal == ours.refusal
    assert ours.refusal[:2] == (422, code)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", (400, "body")),
        (b"junk", (400, "body")),
        (b"[]", (400, "body")),
        (b"{}", (422, "pickup_location")),
        (b'{"pickup_location": "x", "pickup_window": "soon"}', (422, "pickup_window")),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_alike(
    both: Both, body: bytes, refusal: tuple[int, str]
) -> None:
    """In words of their own."""
    await both.keep(an_open_order())
    ours, theirs = await both.call("POST", f"{PATH}/accept", body)
    assert ours.refusal[:2] == theirs.refusal[:2] == refusal


@pytest.mark.parametrize("kind", ["open", "rich line", "shipped by the merchant"])
async def test_an_accept_leaves_the_same_behind(both: Both, kind: str) -> None:
    other = CODE.replace("1", "2")
    template = an_open_order(**KINDS[kind])
    body = msgspec.json.encode({"pickup_location": SHOP.id, "pickup_window": "1"})
    left = []
    for caller, code in ((both.ours, CODE), (both.peer, other)):
        await both.keep(replace(template, code=code))
        answer = await caller.call("POST", f"{ORDERS}/{code}/accept", body, None)
        assert (answer.status, answer.body) == (200, b'{"success":true}')
        left.append(await _left(both.database, code))
    assert left[1] == left[0]
    await work_off(both.database)
    vouchers = [(await stored(both.database, code)).voucher for code in (CODE, other)]
    assert [voucher is not None for voucher in vouchers] == [kind != "shipped by the merchant"] * 2


async def test_a_merchant_that_is_not_told_is_not_told(both: Both) -> None:
    order = an_open_order()
    await both.keep(order)
    await merchants.change(both.database, a_merchant(webhook_enabled=False))
    body = msgspec.json.encode(acceptance_of(order))
    answer = await both.peer.call("POST", f"{PATH}/accept", body, None)
    assert answer.status == 200
    assert len(await events(both.database, CODE)) == 1


async def test_of_accepts_at_once_one_succeeds(both: Both) -> None:
    order = an_open_order()
    await both.keep(order)
    body = msgspec.json.encode(acceptance_of(order))
    answers = await asyncio.gather(*(both.peer.post(f"{PATH}/accept", body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 7
    assert len(await events(both.database, CODE)) == 2


def _exact(answer: Answer) -> object:
    """The body with amounts by value, however many places they are written with."""
    return json.loads(answer.body, parse_float=Decimal)


class _Stream(msgspec.Struct):
    queue: str
    lane: str
    head: int
    tail: int
    lease: str | None
    tries: int
    first_try: int | None


async def _left(database: Database, code: str) -> list[object]:
    """Every row of the order as a value, but for its code and the moments they were written at."""
    streams = [
        await database.read(
            _Stream,
            "select queue, lane, head, tail, lease, tries, first_try from stream where key = $1",
            f"{queue}/{code}",
        )
        for queue in ("webhook", "voucher")
    ]
    steps = [(step.what, step.facts) for step in await journal.history(database, code)]
    told = [
        replace(event, order=replace(event.order, code=""))
        for event in await events(database, code)
    ]
    work = [
        (entry.seq, entry.payload == code)
        for entry in await outbox.entries(database, f"voucher/{code}")
    ]
    return [replace(await stored(database, code), code=""), steps, told, work, streams]
