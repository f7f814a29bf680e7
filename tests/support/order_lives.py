"""Orders of every kind, brought through their life by what really changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from smartcart import contract, outbox
from smartcart.cli.samples import SAMPLES
from smartcart.contract import AcceptRequest, RejectRequest, TrackingDetail, TrackingRequest
from smartcart.contract.vocabulary import ReturnReason
from smartcart.kit.database import Database
from smartcart.marketplace.actions import operating, placing
from smartcart.marketplace.actions.answering import accepting, rejecting
from smartcart.marketplace.actions.changing import Act
from smartcart.marketplace.actions.handing_over import marking_not_ready, marking_ready, tracking
from smartcart.marketplace.actions.invoicing import uploading
from smartcart.marketplace.domain.invoice import InvoiceFile
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import DeliveryNote, Order
from tests.support.marketplace import MERCHANT, NOW, TERMS, stored, work_off

Json = dict[str, object]

KINDS = {
    "core": "sizes",
    "express": "express",
    "fbm": "fbm",
    "fbs": "fbs",
    "store": "store-pickup",
}
"""A sample for each kind of order that lives differently."""

NOTE = DeliveryNote("ΔΑΠ0012408", "https://files.example/dap.pdf")

_BEFORE = {
    "open": (),
    "accepted": ("accept",),
    "rejected": ("accept", "reject_undispatched"),
    "cancelled": ("cancel",),
    "expired": ("expire",),
    "dispatched": ("accept", "dispatch"),
    "delivered": ("accept", "dispatch", "deliver"),
    "partially_delivered": ("accept", "dispatch", "deliver_partially"),
    "for_return": ("accept", "dispatch", "deliver", "start_return"),
    "partially_returned": ("accept", "dispatch", "deliver", "return_partially"),
    "returned": ("accept", "dispatch", "deliver", "return"),
}
_NOT_NEEDED = {"fbs": ("accept",), "store": ("dispatch",)}


def exists(kind: str, state: str) -> bool:
    """Whether an order of the kind is ever in the state."""
    never = {"fbs": ("open", "expired"), "store": ("dispatched",)}
    return state not in never.get(kind, ())


@dataclass(frozen=True)
class Lives:
    """Orders of the merchant of `tests.support.marketplace`, kept in `database`."""

    database: Database

    async def begin(self, kind: str) -> Order:
        """A new order of three lines, placed at `NOW`."""
        given = SAMPLES[KINDS[kind]].order()
        given = replace(given, line_items=SAMPLES["sizes"].order().line_items)
        return await self.enter(given)

    async def enter(self, given: contract.Order) -> Order:
        placed = await placing.enter(self.database, MERCHANT, given, TERMS, lambda: NOW)
        return await stored(self.database, placed.code)

    async def reach(self, kind: str, state: str) -> Order:
        """An order of the kind in the state, brought there as the kind is."""
        order = await self.begin(kind)
        for verb in _BEFORE[state]:
            if verb not in _NOT_NEEDED.get(kind, ()):
                express = kind == "express" and verb == "accept"
                order = await self.do(order, Verb.ACCEPT_EXPRESS if express else Verb(verb))
        assert order.state == state
        return order

    async def do(self, order: Order, verb: Verb) -> Order:
        """Do it with ordinary values; raises `Refused`. The order after it."""
        if verb in (Verb.ACCEPT_EXPRESS, Verb.ISSUE_VOUCHER):
            await work_off(self.database, clock=lambda: NOW)
        elif verb is Verb.REPLACE:
            await self.enter(replace(SAMPLES["replacement"].order(), replaced=order.code))
        else:
            moment = _moment(order, verb)
            await operating.operate(self.database, order.code, act(order, verb), lambda: moment)
        return await stored(self.database, order.code)

    async def told(self, order: Order) -> list[Json]:
        """Every event written for the order, as the bodies of their requests."""
        entries = await outbox.entries(self.database, f"webhook/{order.code}")
        return [msgspec.json.decode(entry.payload, type=Json) for entry in entries]


def act(order: Order, verb: Verb) -> Act:
    """What the verb is with ordinary values."""
    first = order.lines[0].id
    following = next((line.id for line in order.lines if not line.return_reason), first)
    parcels = TrackingDetail(courier="geniki_taxydromiki", tracking_code="GT1")
    acts: Mapping[Verb, Act] = {
        Verb.ACCEPT: accepting(
            AcceptRequest(
                pickup_location=order.locations[0].id,
                pickup_window=order.windows[0].id if order.windows else None,
                number_of_parcels=order.parcels[-1],
            )
        ),
        Verb.REJECT: rejecting(RejectRequest(rejection_reason_other="δεν γίνεται")),
        Verb.CANCEL: operating.cancelling(),
        Verb.EXTEND: operating.extending(timedelta(hours=8)),
        Verb.EXPIRE: operating.expiring(),
        Verb.ASSIGN_COURIER: operating.assigning("Speedex", TERMS.courier),
        Verb.MARK_READY: marking_ready(),
        Verb.MARK_NOT_READY: marking_not_ready(),
        Verb.RESCHEDULE: operating.rescheduling(),
        Verb.TRACK: tracking(TrackingRequest(tracking_details=(parcels,))),
        Verb.UPLOAD_INVOICE: uploading(InvoiceFile("application/pdf", b"%PDF-1.7"), "https://x"),
        Verb.REJECT_UNDISPATCHED: operating.rejecting_undispatched("δεν παραδόθηκε"),
        Verb.DISPATCH: operating.dispatching(NOTE if order.fulfilment == "fbs" else None),
        Verb.DELIVER: operating.delivering(),
        Verb.DELIVER_PARTIALLY: operating.delivering(partially=True),
        Verb.START_RETURN: operating.starting_return(),
        Verb.RETURN_PARTIALLY: operating.taking_back((following,), ReturnReason.WITHDRAWAL),
        Verb.RETURN: operating.taking_back((), ReturnReason.WITHDRAWAL),
        Verb.RECORD_SERIAL_NUMBERS: operating.recording_serial_numbers(first, ("SN-1", "SN-2")),
    }
    return acts[verb]


def _moment(order: Order, verb: Verb) -> datetime:
    return order.expires_at if verb is Verb.EXPIRE else NOW
