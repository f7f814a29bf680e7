"""What an operator may have done to an order: one table, which panel and command line both read.

An instruction's fields are the JSON body of `POST /panel/orders/{code}/{name}` and the options of
`smartcart orders {name}`; its docstring is what the command says of itself.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from smartcart.contract import Return
from smartcart.contract.patience import UNREADABLE
from smartcart.contract.vocabulary import ReturnReason
from smartcart.marketplace.actions import operating
from smartcart.marketplace.actions.changing import Act
from smartcart.marketplace.domain.order import DeliveryNote
from smartcart.marketplace.domain.placement import Terms
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

MOST_HOURS = 720

Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\0]*$")]


class Instruction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read from a body or from options; `act` says what it comes to, or raises `Refused`."""

    def act(self, _terms: Terms) -> Act:
        raise NotImplementedError


class Cancel(Instruction, frozen=True):
    """The customer or support calls the order off."""

    def act(self, _terms: Terms) -> Act:
        return operating.cancelling()


class Extend(Instruction, frozen=True):
    """Give the merchant more time to answer and to dispatch."""

    hours: Annotated[float, Meta(gt=0, le=MOST_HOURS, description="How much more, in hours.")]

    def act(self, _terms: Terms) -> Act:
        return operating.extending(timedelta(hours=self.hours))


class Expire(Instruction, frozen=True):
    """End an order that was not answered in time."""

    now: Annotated[bool, Meta(description="Also when there is time left.")] = False

    def act(self, _terms: Terms) -> Act:
        return operating.expiring(early=self.now)


class Reject(Instruction, frozen=True):
    """Reject an accepted order that was not handed over in time."""

    reason: Annotated[Text, Meta(description="Why, in words.")]

    def act(self, _terms: Terms) -> Act:
        return operating.rejecting_undispatched(self.reason)


class Courier(Instruction, frozen=True):
    """Have the courier NAME take it."""

    name: Annotated[Text, Meta(description="As it is to be shown.", extra={"argument": True})]

    def act(self, terms: Terms) -> Act:
        return operating.assigning(self.name, terms.courier)


class Reschedule(Instruction, frozen=True):
    """The pickup was missed: the courier comes on the next working day."""

    def act(self, _terms: Terms) -> Act:
        return operating.rescheduling()


class Dispatch(Instruction, frozen=True):
    """It is on its way to the customer."""

    delivery_note: Annotated[
        Text | None, Meta(description="Number of the warehouse's delivery note (FBS).")
    ] = None
    delivery_note_url: Annotated[
        Text | None, Meta(description="Where that note can be fetched (FBS).")
    ] = None

    def act(self, _terms: Terms) -> Act:
        if self.delivery_note is None and self.delivery_note_url is None:
            return operating.dispatching()
        if self.delivery_note is None or self.delivery_note_url is None:
            raise Refused(RefusalCode.BODY, "delivery_note, delivery_note_url: give both")
        return operating.dispatching(DeliveryNote(self.delivery_note, self.delivery_note_url))


class Deliver(Instruction, frozen=True):
    """The customer has it."""

    partially: Annotated[bool, Meta(description="Some of it.")] = False

    def act(self, _terms: Terms) -> Act:
        return operating.delivering(partially=self.partially)


class StartReturn(Instruction, frozen=True):
    """The customer sends it back."""

    return_uuid: Annotated[Text | None, Meta(description="Under which the return is known.")] = None
    tracking_ids: Annotated[
        tuple[Text, ...], Meta(max_length=100, description="One of its parcels; may be repeated.")
    ] = ()

    def act(self, _terms: Terms) -> Act:
        if self.return_uuid is None:
            if self.tracking_ids:
                raise Refused(RefusalCode.BODY, "return_uuid: tracking_ids belong to a return")
            return operating.starting_return()
        announced = Return(return_uuid=self.return_uuid, tracking_ids=self.tracking_ids)
        return operating.starting_return(announced)


class TakeBack(Instruction, frozen=True):
    """It came back to the merchant, or some lines of it did."""

    lines: Annotated[
        tuple[Text, ...],
        Meta(max_length=100, description="Id of a line that did; may be repeated; or all."),
    ] = ()
    reason: Annotated[ReturnReason, Meta(description="Why.")] = ReturnReason.WITHDRAWAL

    def act(self, _terms: Terms) -> Act:
        return operating.taking_back(self.lines, self.reason)


class SerialNumbers(Instruction, frozen=True):
    """Record the serial NUMBERS of what was handed over of LINE, separated by commas."""

    line: Annotated[Text, Meta(description="Id of the line.", extra={"argument": True})]
    numbers: Annotated[str, Meta(max_length=2_000, extra={"argument": True})]

    def act(self, _terms: Terms) -> Act:
        numbers = (number.strip() for number in self.numbers.split(","))
        return operating.recording_serial_numbers(self.line, tuple(filter(None, numbers)))


INSTRUCTIONS: Mapping[str, type[Instruction]] = {
    "cancel": Cancel,
    "extend": Extend,
    "expire": Expire,
    "courier": Courier,
    "reschedule": Reschedule,
    "reject": Reject,
    "dispatch": Dispatch,
    "deliver": Deliver,
    "start-return": StartReturn,
    "return": TakeBack,
    "serial-numbers": SerialNumbers,
}
"""By the last part of their path under the panel, which is their name on the command line."""


def read(name: str, body: bytes) -> Instruction:
    """The instruction in a request's body, which may be empty; raises `Refused`."""
    kind = INSTRUCTIONS.get(name)
    if kind is None:
        raise Refused(RefusalCode.NOT_FOUND, f"There is no '{name}'; {', '.join(INSTRUCTIONS)}")
    try:
        return msgspec.json.decode(body.strip() or b"{}", type=kind)
    except UNREADABLE as error:
        raise Refused(RefusalCode.BODY, f"The body is not what is expected: {error}") from None
