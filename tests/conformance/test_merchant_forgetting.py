"""Customers are forgotten, wherever they were told of; the figures and the decisions stay."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from smartcart import outbox
from smartcart.kit.clock import utc_now
from smartcart.kit.database import WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.alarming import Alarming
from smartcart.merchant.actions.forgetting import Forgetting
from smartcart.merchant.actions.reading import to_be_read
from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.actions.replaying import history
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.policy import Holds
from smartcart.merchant.forgetter import Forgetter
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.storage import inbox, orders
from tests.support.order_documents import Json, event, line, order, without_options
from tests.support.orders_api import Answer, OrdersApi
from tests.support.policies import ALWAYS_OPEN
from tests.support.searching import kept, written
from tests.support.shop import Shop, open_shop

CODE, OTHER = "260501-0000001", "260501-0000002"
PERSONAL: Json = {
    "customer": {
        "id": "customer-77001",
        "first_name": "Ευτέρπη",
        "last_name": "Μαυρομιχάλη",
        "phone": "2105550142",
        "mobile": "(+30) 6955501423",
        "email": "efterpi@post.example",
        "address": {
            "street_name": "Λυκαβηττού",
            "street_number": "14-β",
            "zip": "847 13",
            "city": "Καμάρι",
            "region": "Κυκλάδες",
            "country_code": "GR",
            "collection_point_address": "Περίπτερο Γωνία",
            "comments": "Σκύλος στην αυλή",
            "floor": "Ημιώροφος",
        },
    },
    "comments": "Χτυπήστε δυνατά",
    "invoice": True,
    "invoice_document": "invoice",
    "uploaded_invoice_file": "https://files.example/i/inv-zq-zz",
    "invoice_details": {
        "company": "Μαυρομιχάλη ΙΚΕ",
        "profession": "Φυσικοθεραπεία",
        "vat_number": "099887766",
        "doy": "Θήρας",
        "address": {"street_name": "Ιφιγενείας", "zip": "847 01"},
        "vat_exclusion_requested": False,
        "vat_exclusion_documents": ["https://files.example/vat/qx-77-zz"],
        "vat_exclusion_representative": {"id_number": "31-337", "otp": "90-44-17"},
    },
    "courier_tracking_codes": ["SLM4433221100"],
    "rejection_info": {"reason": "Η Ευτέρπη το μετάνιωσε", "actor": "skroutz"},
    "returns": [{"return_uuid": "ret-1", "tracking_ids": ["RET9988"]}],
    "custom": "[GIFT-WRAP] για την Ευτέρπη",
    "delivery_to": "Δίπλα στον φούρνο",
}
"""What a marketplace may tell of a customer, and a field that nobody knows of yet."""
WORDS = (
    "Ευτέρπη", "Μαυρομιχάλη", "2105550142", "6955501423", "efterpi", "Λυκαβηττού", "14-β",
    "847 13", "Καμάρι", "Κυκλάδες", "Περίπτερο", "Σκύλος", "Ημιώροφος", "Χτυπήστε",
    "Φυσικοθεραπεία", "099887766", "Θήρας", "Ιφιγενείας", "847 01", "qx-77-zz", "31-337",
    "90-44-17", "SLM4433221100", "RET9988", "inv-zq-zz", "μετάνιωσε", "φούρνο", "customer-77001",
    "voucher-of-efterpi", "Σφαίρωμα", "SN-555-0101",
)  # fmt: skip
LINES = (
    line("1001", 2) | {"extra_info": "Σφαίρωμα -2.75", "serial_numbers": "SN-555-0101"},
    line("1002", 1),
)
POLICY = replace(ALWAYS_OPEN, hold=Holds(zips=("84",), comments=False))


@dataclass(frozen=True)
class Told:
    """A shop that was told of customers, and where it is kept."""

    shop: Shop
    api: OrdersApi
    url: str
    log: pytest.LogCaptureFixture

    @property
    def forgetting(self) -> Forgetting:
        return Forgetting(self.shop.database, PrintFolder(self.shop.prints))

    async def sweep(self, kept_for: timedelta | None = timedelta(0)) -> int:
        return await Forgetter(self.forgetting, kept_for).sweep(asyncio.Event())

    async def kept(self) -> dict[str, set[str]]:
        return await kept(self.url, WORDS)

    def logged(self) -> str:
        """By the program; the marketplace of these tests logs, too."""
        records = [vars(one) for one in self.log.records if one.name.startswith("smartcart")]
        return json.dumps(records, default=str, ensure_ascii=False)

    async def document(self, code: str) -> Any:
        newest = (await self.shop.order(code)).newest
        body = await inbox.body(self.shop.database, newest)
        assert body is not None
        return msgspec.json.decode(body)["order"]


@pytest.fixture
async def told(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Told]:
    with caplog.at_level(logging.DEBUG):
        async with (
            OrdersApi() as api,
            open_shop(database_url, api, tmp_path, policy=POLICY) as shop,
        ):
            await shop.stock(p1001=50, p1002=50)
            yield Told(shop, api, database_url, caplog)


def personal(code: str, **fields: Any) -> Json:
    return order(code, *LINES) | PERSONAL | fields


async def held(told: Told, code: str) -> Json:
    """An order that is on hold for where it goes, and of which somebody is called."""
    document = personal(code)
    told.api.orders[code] = document
    await told.shop.told(document, 0, "new_order")
    await told.shop.settle()
    await alarmed(told)
    return document


async def alarmed(told: Told) -> None:
    points, hours = (240,), timedelta(hours=24)
    alarming = Alarming(told.shop.database, ("channel",), points, hours, hours)
    await alarming.look()


async def sold(told: Told, code: str) -> Json:
    """One that a person accepts, and that is printed, read again and handed over.

    A read goes wrong in every way that quotes something.
    """
    document = await held(told, code)
    url = told.api.voucher(f"{code}-voucher-of-efterpi.pdf")
    accepted = without_options(document, "accepted", courier_voucher=url)
    changes = {"courier_voucher": {"old": None, "new": url}}
    at = told.shop.start + timedelta(seconds=1)
    await receive(told.shop.database, event(accepted, at, changes=changes))
    await told.shop.settle()
    quoting = json.dumps({"errors": [], "order": PERSONAL}, ensure_ascii=False).encode()
    told.api.get_faults.extend([Answer(500, quoting), Answer(200, quoting)])
    told.api.orders[code] = accepted | {"note": "changed"}
    await read(told, code)
    dispatched = without_options(accepted, "dispatched")
    told.api.orders[code] = dispatched
    await told.shop.told(dispatched, 2)  # which may be older than what was read: it is read again
    await told.shop.settle()
    await alarmed(told)
    return dispatched


async def read(told: Told, code: str) -> None:
    await told.shop.database.commit(await to_be_read(told.shop.database, code))
    await told.shop.settle()


async def figures(told: Told) -> list[Any]:
    """What must be the same after as before."""
    rows = await orders.page(told.shop.database, status="", before=2**62, limit=100)
    events = await inbox.of_order(told.shop.database, work.events_of(CODE), 100)
    attempts = [
        (one.key, one.seq, one.n, one.outcome, one.started_at)
        for key in (work.events_of(CODE), *work.effects_of(CODE))
        for one in await outbox.attempts(told.shop.database, key)
    ]
    return [
        [(row.code, row.status, row.created_at, row.updated_at, row.order().decided)
         for row in rows],
        [(one.seq, one.event_type, one.event_time, one.received_at, one.verdict)
         for one in events],
        attempts,
        await told.shop.steps(CODE),
        await told.shop.shelf(),
    ]  # fmt: skip


async def test_nothing_of_the_customer_is_left_in_any_table(told: Told, tmp_path: Path) -> None:
    await sold(told, CODE)
    everywhere = await told.kept()
    assert set(everywhere) == set(WORDS)
    assert set().union(*everywhere.values()) == {
        "document.body", "shop_order.document", "print.url", "entry.payload", "attempt.detail",
    }  # fmt: skip
    assert len(told.shop.printed()) == 1
    before = await figures(told)

    assert await told.forgetting.forget(CODE)

    assert await told.kept() == {}
    assert await figures(told) == before
    assert told.shop.printed() == []
    assert not [word for word in WORDS if word in told.logged()]
    if not told.url.startswith("postgres"):
        await told.shop.database.close()
        assert written(Path(told.url.removeprefix("sqlite:///")), WORDS) == set()


async def test_what_is_left_says_what_was_sold_and_not_to_whom(told: Told) -> None:
    document = await sold(told, CODE)
    await told.forgetting.forget(CODE)
    left = await told.document(CODE)
    assert left["customer"] == {
        "id": "",
        "first_name": "",
        "last_name": "",
        "address": {
            "street_name": "",
            "street_number": "",
            "zip": "84700",
            "city": "",
            "region": "",
            "country_code": "GR",
            "pickup_from_collection_point": False,
            "comments": "…",
        },
    }
    for field in ("code", "payment_method", "created_at", "expires_at", "dispatch_until"):
        assert left.get(field) == document.get(field)
    for sold_line, left_line in zip(document["line_items"], left["line_items"], strict=True):
        for field in ("id", "shop_uid", "quantity", "unit_price", "total_price", "commission"):
            assert left_line[field] == sold_line[field]


async def test_a_policy_is_tested_on_the_history_as_before(told: Told) -> None:
    await told.shop.told(order(OTHER, *LINES, comments="Μετά τις 5"), 0, "new_order")
    await sold(told, CODE)
    for code, state in ((OTHER, "cancelled"), (CODE, "returned")):
        await told.shop.told(order(code, *LINES, state=state), 10)
    await told.shop.settle()
    policies = [
        POLICY,
        ALWAYS_OPEN,
        replace(POLICY, hold=Holds(zips=("84700-84799",), comments=True)),
        replace(POLICY, hold=Holds(pieces_over=1, gift_wrap=True)),
    ]
    before = [[one async for one in history(told.shop.database, each)] for each in policies]

    assert await told.sweep() == 2

    after = [[one async for one in history(told.shop.database, each)] for each in policies]
    assert None not in before[0]
    assert after == before
    assert {one.code: one.differs for one in before[1] if one} == {CODE: True, OTHER: False}


@pytest.mark.parametrize(
    ("state", "status"),
    [("open", Status.HELD), ("accepted", Status.ACCEPTED)],
)
async def test_an_order_that_is_not_finished_is_never_emptied(
    told: Told, state: str, status: Status
) -> None:
    document = await held(told, CODE)
    if state != "open":
        await told.shop.told(without_options(document, state), 1)
        await told.shop.settle()
    before = await told.kept()

    assert not await told.forgetting.forget(CODE)
    assert await told.sweep() == 0

    assert (await told.shop.order(CODE)).status is status
    assert await told.kept() == before
    assert "1 orders are that old and not finished" in told.log.text


async def test_time_decides(told: Told) -> None:
    await sold(told, CODE)
    assert await told.sweep(timedelta(hours=1)) == 0
    assert await told.sweep(None) == 0
    assert "document.body" in (await told.kept())["Ευτέρπη"]
    assert await told.sweep(timedelta(0)) == 1
    assert await told.kept() == {}
    assert await told.sweep(timedelta(0)) == 0


@pytest.mark.parametrize("kind", ["order_updated", "unheard_of", "the same again", "older"])
async def test_a_late_event_does_not_bring_the_customer_back(told: Told, kind: str) -> None:
    handed_over = without_options(await sold(told, CODE), "dispatched")
    await told.sweep()
    if kind == "the same again":
        await told.shop.told(handed_over, 2)
    elif kind == "older":
        await told.shop.told(handed_over | {"gift_wrap": True}, 1)
    else:
        await told.shop.told(handed_over | {"state": "returned"}, 30, kind)
    await told.shop.settle()
    assert "document.body" in (await told.kept())["Ευτέρπη"]

    assert await told.sweep() == 1

    assert await told.kept() == {}


async def test_one_who_asked_is_forgotten_again_however_long_others_are_kept(told: Told) -> None:
    document = await held(told, CODE)
    await told.shop.database.commit(WriteSet(guards=(orders.asked_to_forget(CODE),)))
    assert await told.sweep(None) == 0
    await told.shop.told(without_options(document, "cancelled"), 1)
    await told.shop.settle()
    assert await told.sweep(None) == 1
    assert await told.kept() == {}

    told.api.orders[CODE] = without_options(document, "cancelled")
    await read(told, CODE)
    assert "document.body" in (await told.kept())["Ευτέρπη"]
    assert await told.sweep(None) == 1
    assert await told.kept() == {}


async def test_events_of_no_order_go_by_their_own_time(told: Told) -> None:
    strange = {"event_type": "merchant_return_created", "return": PERSONAL}
    await receive(told.shop.database, json.dumps(strange, ensure_ascii=False).encode())
    named = event({"code": OTHER, **PERSONAL}, utc_now(), "unheard_of")
    await receive(told.shop.database, named)
    await told.shop.settle()
    assert len((await told.kept())["Ευτέρπη"]) == 1

    await told.sweep(timedelta(hours=1))
    assert "Ευτέρπη" in await told.kept()
    await told.sweep(timedelta(0))

    assert await told.kept() == {}


async def test_an_order_of_many_documents_is_emptied_whole(told: Told) -> None:
    document = without_options(personal(CODE), "cancelled")
    await told.shop.told(document, 60)
    for second in range(50):
        await told.shop.told(document | {"n": second}, second)
    await told.shop.settle()
    assert await told.forgetting.forget(CODE)
    assert await told.kept() == {}


async def test_what_is_told_while_it_is_forgotten_is_neither_lost_nor_kept(told: Told) -> None:
    """Everything at once, again and again: in the end the state told last, and nobody's name."""
    document = without_options(personal(CODE), "cancelled")
    await told.shop.told(document, 0)
    await told.shop.settle()
    stop = asyncio.Event()

    async def forget() -> None:
        while not stop.is_set():
            await told.forgetting.forget(CODE)

    forgetting = [asyncio.create_task(forget()) for _ in range(2)]
    for second in range(1, 15):
        state = "returned" if second == 14 else "dispatched"
        await asyncio.gather(
            told.shop.told(document | {"state": state}, second),
            told.shop.told(document | {"late": second}, -second),
        )
        await told.shop.settle()
    stop.set()
    await asyncio.gather(*forgetting)

    await told.sweep()
    assert (await told.shop.order(CODE)).state == "returned"
    assert await told.kept() == {}


async def test_a_voucher_that_cannot_be_removed_keeps_its_order_for_the_next_time(
    told: Told,
) -> None:
    await sold(told, CODE)
    [name] = told.shop.printed()
    (told.shop.prints / name).unlink()
    (told.shop.prints / name / "in the way").mkdir(parents=True)
    assert await told.sweep() == 0
    assert "a printed voucher stays" in told.log.text
    (told.shop.prints / name / "in the way").rmdir()
    (told.shop.prints / name).rmdir()
    assert await told.sweep() == 1
    assert await told.kept() == {}


async def test_work_goes_on_while_many_are_forgotten(told: Told) -> None:
    for number in range(150):
        document = without_options(personal(f"C{number}"), "cancelled")
        await told.shop.told(document, 0)
    await told.shop.settle(queues=(work.EVENTS,))
    sweeping = asyncio.create_task(told.sweep())
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()
    document = order(OTHER, *LINES)
    told.api.orders[OTHER] = document
    await told.shop.told(document, 0, "new_order")
    await told.shop.settle()
    took = asyncio.get_running_loop().time() - began
    assert not sweeping.done()
    assert told.api.accepts == [OTHER]
    assert await sweeping == 150
    assert took < 2
