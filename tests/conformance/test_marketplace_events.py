"""A merchant is told of every documented moment exactly what changed, and of no other (§5).

Every row of the lifecycle's table, for every kind of order, on every engine.
"""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest

from smartcart.cli.samples import SAMPLES
from smartcart.contract import ATHENS, AcceptRequest, RejectedLine, RejectRequest, encode
from smartcart.kit.database import Database
from smartcart.marketplace.actions import operating, placing
from smartcart.marketplace.actions.answering import accepting, rejecting
from smartcart.marketplace.actions.handing_over import marking_not_ready, marking_ready
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.lifecycle import TABLE, Verb
from smartcart.marketplace.domain.order import Order, PickupWindow
from smartcart.marketplace.domain.refusal import Refused
from tests.support.marketplace import (
    NOW,
    TERMS,
    a_merchant,
    add_merchant,
    emptied,
    stored,
    work_off,
)
from tests.support.order_lives import KINDS, Json, Lives, exists
from tests.support.proving import proves

Change = dict[str, object]


class Not:
    """The act is refused for this kind of order."""


REFUSED = Not()
SILENT: list[Change] = []
Expected = list[Change] | Not


def state(old: str, new: str) -> Change:
    return {"state": {"old": old, "new": new}}


PICKUP = {"from": "2026-03-12T12:00:00+02:00", "to": "2026-03-12T15:00:00+02:00"}
CHOSEN: Change = {
    "state": {"old": "open", "new": "accepted"},
    "pickup_window": {"old": None, "new": PICKUP},
    "number_of_parcels": {"old": None, "new": 3},
    "pickup_address": {"old": None, "new": "Ερμού 12, Τ.Κ. 10563, Αθήνα, Αττική"},
}
WITHOUT_WINDOW = {field: change for field, change in CHOSEN.items() if field != "pickup_window"}
AT_THE_STORE = {**WITHOUT_WINDOW, "number_of_parcels": {"old": None, "new": 1}}
BY_ITSELF = {**CHOSEN, "number_of_parcels": {"old": None, "new": 1}}
LATER: Change = {
    "expires_at": {"old": "2026-03-13T09:41:07+02:00", "new": "2026-03-13T17:41:07+02:00"},
    "dispatch_until": {"old": "2026-03-16T18:00:00+02:00", "new": "2026-03-17T02:00:00+02:00"},
}
COURIER: Change = {"courier": {"old": "Skroutz Last Mile", "new": "Speedex"}}
READY: Change = {"is_ready_for_dispatch": {"old": False, "new": True}}
NOT_READY: Change = {"is_ready_for_dispatch": {"old": True, "new": False}}
TOMORROW: Change = {
    "pickup_window": {
        "old": PICKUP,
        "new": {"from": "2026-03-13T10:00:00+02:00", "to": "2026-03-13T12:00:00+02:00"},
    }
}
WITH_NOTE: Change = {
    "state": {"old": "accepted", "new": "dispatched"},
    "fbs_delivery_note": {"old": None, "new": "ΔΑΠ0012408"},
    "fbs_delivery_note_url": {"old": None, "new": "https://files.example/dap.pdf"},
}


def voucher(parcels: int) -> Change:
    """With what is random in it left out, see `comparable`."""
    return {
        "courier_voucher": {"old": None, "new": "URL"},
        "courier_tracking_codes": {"old": [], "new": ["CODE"] * parcels},
    }


EVERY = "core express fbm fbs store"
SHIPPED = "core fbm fbs"
ANSWERED = "core fbm fbs store"


def rows(*moments: tuple[str, str, str, Expected]) -> dict[tuple[str, str], dict[str, Expected]]:
    """States, verb, kinds and what is told; a later line counts more than one before it."""
    table: dict[tuple[str, str], dict[str, Expected]] = {}
    for states, verb, kinds, expected in moments:
        for one in states.split():
            for kind in kinds.split():
                if exists(kind, one):
                    table.setdefault((one, verb), {})[kind] = expected
    return table


ENDED = "rejected cancelled expired"
RETURNABLE = "delivered partially_delivered for_return partially_returned"
TAKEN = f"accepted dispatched {RETURNABLE} returned"

MOMENTS = rows(
    ("open", "accept", "core", [CHOSEN]),
    ("open", "accept", "fbm", [WITHOUT_WINDOW]),
    ("open", "accept", "store", [AT_THE_STORE]),
    ("open", "accept", "express", REFUSED),
    ("open", "accept_express", "core fbm store", SILENT),
    ("open", "accept_express", "express", [BY_ITSELF, voucher(1)]),
    ("open", "reject", "core fbm store", [state("open", "rejected")]),
    ("open", "reject", "express", REFUSED),
    ("open", "cancel", EVERY, [state("open", "cancelled")]),
    ("open", "extend", EVERY, [LATER]),
    ("open", "extend", "store", [{"expires_at": LATER["expires_at"]}]),
    ("open", "expire", EVERY, [state("open", "expired")]),
    ("open accepted", "assign_courier", EVERY, REFUSED),
    ("open", "assign_courier", "core express", [COURIER]),
    ("accepted", "assign_courier", "core", [COURIER]),
    ("accepted", "cancel", EVERY, [state("accepted", "cancelled")]),
    ("accepted", "issue_voucher", "core", [voucher(3)]),
    ("accepted", "issue_voucher", "express fbm fbs store", SILENT),
    ("accepted", "mark_ready", EVERY, REFUSED),
    ("accepted", "mark_ready", "core express", [READY]),
    ("accepted", "mark_not_ready", EVERY, REFUSED),
    ("accepted", "reschedule", EVERY, REFUSED),
    ("accepted", "reschedule", "core express", [TOMORROW]),
    ("accepted", "reject_undispatched", EVERY, [state("accepted", "rejected")]),
    ("accepted", "dispatch", EVERY, [state("accepted", "dispatched")]),
    ("accepted", "dispatch", "fbs", [WITH_NOTE]),
    ("accepted", "dispatch", "store", REFUSED),
    ("accepted", "deliver", EVERY, REFUSED),
    ("accepted", "deliver", "store", SILENT),
    ("accepted", "deliver_partially", EVERY, REFUSED),
    ("accepted", "deliver_partially", "store", SILENT),
    ("accepted dispatched", "track", EVERY, REFUSED),
    ("accepted dispatched", "track", "fbm", SILENT),
    ("dispatched", "cancel", EVERY, [state("dispatched", "cancelled")]),
    ("dispatched", "deliver", EVERY, SILENT),
    ("dispatched", "deliver_partially", EVERY, SILENT),
    ("dispatched", "start_return", EVERY, SILENT),
    (RETURNABLE, "start_return", EVERY, SILENT),
    ("delivered", "return_partially", EVERY, [state("delivered", "partially_returned")]),
    (
        "partially_delivered",
        "return_partially",
        EVERY,
        [state("partially_delivered", "partially_returned")],
    ),
    ("for_return", "return_partially", EVERY, [state("for_return", "partially_returned")]),
    ("partially_returned", "return_partially", EVERY, SILENT),
    ("delivered", "return", EVERY, [state("delivered", "returned")]),
    ("partially_delivered", "return", EVERY, [state("partially_delivered", "returned")]),
    ("for_return", "return", EVERY, [state("for_return", "returned")]),
    ("partially_returned", "return", EVERY, [state("partially_returned", "returned")]),
    (TAKEN, "upload_invoice", EVERY, SILENT),
    (TAKEN, "record_serial_numbers", EVERY, SILENT),
    (f"open {TAKEN} {ENDED}", "replace", EVERY, SILENT),
)


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        await add_merchant(opened_database)
        yield opened_database


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


def comparable(told: list[Json]) -> list[Change]:
    """The changes of these updates, with the random parts of a voucher checked and left out."""
    for event in told:
        assert event["event_type"] == "order_updated"
    changes = [event["changes"] for event in told]
    text = encode_json(changes)
    text = re.sub(r'"https://market\.example/vouchers/[\w-]{43}\.pdf"', '"URL"', text)
    text = re.sub(r'"SC\d{12}"', '"CODE"', text)
    return msgspec.json.decode(text, type=list[Change])


def encode_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def test_every_row_of_the_table_is_looked_at() -> None:
    assert {(start.value, verb.value) for start, verb in TABLE if start} == set(MOMENTS)


@proves(
    "moment.accepted",
    "moment.rejected",
    "moment.cancelled",
    "moment.expired",
    "moment.extended",
    "moment.voucher",
    "moment.dispatched",
    "moment.dispatched-fbs",
    "moment.partially_returned",
    "moment.returned",
    "moment.courier",
    "moment.rescheduled",
    "moment.ready",
    "moment.express",
    "silent.delivered",
    "silent.partially_delivered",
    "silent.for_return",
    "silent.invoice",
    "silent.tracking_details",
    "silent.refused",
    "event.changes",
    "event.changes-fields",
    "event.order",
    "order.state",
)
@pytest.mark.parametrize("row", MOMENTS, ids=" ".join)
async def test_a_merchant_is_told_exactly_this(lives: Lives, row: tuple[str, str]) -> None:
    start, verb = row
    for kind, expected in MOMENTS[row].items():
        order = await lives.reach(kind, start)
        before = await lives.told(order)
        if isinstance(expected, Not):
            with pytest.raises(Refused):
                await lives.do(order, Verb(verb))
            assert await stored(lives.database, order.code) == order
            assert await lives.told(order) == before
            continue
        after = await lives.do(order, Verb(verb))
        told = (await lives.told(order))[len(before) :]
        assert comparable(told) == expected, kind
        if told:
            assert told[-1]["order"] == written(after)


def written(order: Order) -> Json:
    """The order as `GET /:code` answers it."""
    return msgspec.json.decode(encode(document(order, NOW)), type=Json)


@proves("moment.ready", "moment.ready-moved", "not-ready.pickup-back")
async def test_a_pickup_that_moves_with_readiness_is_told_with_it(lives: Lives) -> None:
    order = await lives.begin("core")
    late, early = order.windows[4], order.windows[0]
    chosen = AcceptRequest(pickup_location=order.locations[0].id, pickup_window=late.id)
    code, database = order.code, lives.database
    for act in (accepting(chosen), marking_ready(), marking_not_ready()):
        await operating.operate(database, code, act, lambda: NOW)
    moved = {"old": interval(late), "new": interval(early)}
    back = {"old": moved["new"], "new": moved["old"]}
    *_, ready, not_ready = await lives.told(order)
    assert comparable([ready, not_ready]) == [
        {**READY, "pickup_window": moved},
        {**NOT_READY, "pickup_window": back},
    ]


def interval(window: PickupWindow) -> Json:
    start, end = window.start.astimezone(ATHENS), window.end.astimezone(ATHENS)
    return {"from": start.isoformat(), "to": end.isoformat()}


@proves("moment.placed", "moment.placed-accepted", "get.options-while-actable", "event.event_type")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_new_order_is_told_once_and_without_changes(lives: Lives, kind: str) -> None:
    order = await lives.begin(kind)
    [event] = await lives.told(order)
    assert event == {
        "event_type": "new_order",
        "event_time": "2026-03-12T09:41:07+02:00",
        "order": written(order),
    }
    told = msgspec.convert(event["order"], Json)
    assert told["state"] == ("accepted" if kind == "fbs" else "open")
    actable = kind in ("core", "fbm", "store")
    assert ("accept_options" in told, "reject_options" in told) == (actable, actable)


@proves("moment.express", "business.express", "accept.express", "reject.express")
async def test_an_express_order_is_accepted_by_the_marketplace_and_by_nobody_else(
    lives: Lives,
) -> None:
    order = await lives.begin("express")
    for verb in (Verb.ACCEPT, Verb.REJECT):
        with pytest.raises(Refused, match=r"^Order is express$"):
            await lives.do(order, verb)
    await work_off(lives.database, clock=lambda: NOW)
    placed, accepted, with_voucher = await lives.told(order)
    assert comparable([accepted, with_voucher]) == [BY_ITSELF, voucher(1)]
    assert msgspec.convert(placed["order"], Json)["state"] == "open"


@proves("moment.voucher", "flow.accept")
@pytest.mark.parametrize("sample", ["accepted", "replacement"])
async def test_an_order_accepted_from_the_start_gets_its_voucher(lives: Lives, sample: str) -> None:
    order = await lives.enter(SAMPLES[sample].order())
    await work_off(lives.database, clock=lambda: NOW)
    placed, made = await lives.told(order)
    told = msgspec.convert(placed["order"], Json)
    assert (told["state"], told["pickup_window"]) == ("accepted", PICKUP)
    assert comparable([made]) == [voucher(1)]


@proves("moment.reissued", "flow.reject")
async def test_what_is_available_of_a_rejected_order_is_told_as_a_new_one(lives: Lives) -> None:
    order = await lives.begin("core")
    first = RejectedLine(id=order.lines[0].id, reason_id=4, available_quantity=1)
    rejecting_one = rejecting(RejectRequest(line_items=(first,)))
    await operating.operate(lives.database, order.code, rejecting_one, lambda: NOW)
    await work_off(lives.database, clock=lambda: NOW)
    following = await stored(lives.database, f"{order.code}-1")
    [event] = await lives.told(following)
    assert (event["event_type"], event.get("changes")) == ("new_order", None)
    assert [line.quantity for line in following.lines] == [1, 1, 2]
    assert event["order"] == written(following)


async def test_giving_it_the_courier_it_has_is_no_news(lives: Lives) -> None:
    order = await lives.begin("core")
    same = operating.assigning("Skroutz Last Mile", "Skroutz Last Mile")
    await operating.operate(lives.database, order.code, same, lambda: NOW)
    assert len(await lives.told(order)) == 1


@proves("tools.independent")
async def test_a_merchant_without_the_webhook_is_told_nothing(lives: Lives) -> None:
    off = a_merchant("off", webhook_enabled=False)
    await add_merchant(lives.database, off)
    placed = await placing.enter(
        lives.database, "off", SAMPLES["plain"].order(), TERMS, lambda: NOW
    )
    order = await stored(lives.database, placed.code)
    await lives.do(order, Verb.ACCEPT)
    assert await lives.told(order) == []
