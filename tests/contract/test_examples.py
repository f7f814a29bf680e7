"""Our own example documents: exact to the byte's meaning, and complete."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec
import pytest

from smartcart.contract import (
    ContractError,
    OrderBody,
    encode,
    format_pickup_label,
    parse_accept,
    parse_envelope,
    parse_errors,
    parse_event,
    parse_order,
    parse_pickup_label,
    parse_reject,
    parse_tracking,
    to_cents,
    vocabulary,
)
from smartcart.contract.examples import document_type, example, names
from smartcart.contract.order import LineItem, Order
from smartcart.contract.wire import Wire
from tests.contract.published import load
from tests.support.proving import proves

TYPED = [name for name in names() if document_type(name)]


def decode(name: str) -> Wire:
    kind = document_type(name)
    assert kind is not None
    return msgspec.json.decode(example(name), type=kind)


def structs_in(value: object) -> list[Wire]:
    if isinstance(value, tuple):
        return [struct for item in value for struct in structs_in(item)]
    if not isinstance(value, Wire):
        return []
    values = [getattr(value, field) for field in value.__struct_fields__]
    return [value, *(struct for item in values for struct in structs_in(item))]


ALL = [struct for name in TYPED for struct in structs_in(decode(name))]
ORDERS = [struct for struct in ALL if isinstance(struct, Order)]
LINES = [struct for struct in ALL if isinstance(struct, LineItem)]


def wire_types(kind: type[Wire] = Wire) -> list[type[Wire]]:
    public = [sub for sub in kind.__subclasses__() if not sub.__name__.startswith("_")]
    return [*public, *(below for sub in public for below in wire_types(sub))]


@pytest.mark.parametrize("name", TYPED)
def test_it_is_written_exactly_as_it_is_read(name: str) -> None:
    assert load(encode(decode(name))) == load(example(name))


@pytest.mark.parametrize("name", TYPED)
def test_keys_are_written_in_the_documents_order(name: str) -> None:
    assert msgspec.json.format(encode(decode(name)), indent=2) + b"\n" == example(name)


@pytest.mark.parametrize("name", names("order_"))
def test_an_order_reads_through_the_codec(name: str) -> None:
    assert OrderBody(order=parse_order(example(name))) == decode(name)


@proves("reader.keeps-raw")
@pytest.mark.parametrize("name", names("event_"))
def test_an_event_reads_through_the_codec(name: str) -> None:
    assert parse_event(example(name)) == decode(name)
    assert parse_event(example(name)).raw == example(name)


def test_the_others_read_through_the_codec() -> None:
    assert parse_accept(example("request_accept")) == decode("request_accept")
    assert parse_reject(example("request_reject_lines")) == decode("request_reject_lines")
    assert parse_reject(example("request_reject_other")) == decode("request_reject_other")
    assert parse_tracking(example("request_tracking_details")) == decode("request_tracking_details")
    assert parse_errors(example("error_not_found")) == decode("error_not_found")


def test_an_event_nobody_knows_has_an_envelope_only() -> None:
    envelope = parse_envelope(example("unknown_event"))
    assert (envelope.event_type, envelope.order_code) == ("parcel_weighed", "")
    with pytest.raises(ContractError, match=r"^order: "):
        parse_event(example("unknown_event"))


@pytest.mark.parametrize("kind", wire_types(), ids=lambda kind: kind.__name__)
def test_every_field_of_every_type_occurs(kind: type[Wire]) -> None:
    present = {
        field
        for struct in ALL
        if type(struct) is kind
        for field in kind.__struct_fields__
        if getattr(struct, field) is not None
    }
    assert set(kind.__struct_fields__) - present == set()


@pytest.mark.parametrize(
    ("words", "used"),
    [
        (vocabulary.InvoiceDocument, {order.invoice_document for order in ORDERS}),
        (vocabulary.LineRejection, {line.rejection_reason for line in LINES}),
        (vocabulary.ReturnReason, {line.return_reason for line in LINES}),
        (vocabulary.SizeLabel, {line.size.label for line in LINES if line.size}),
        (vocabulary.Tag, {tag for line in LINES for tag in line.tags or ()}),
        (vocabulary.Actor, {o.rejection_info.actor for o in ORDERS if o.rejection_info}),
        (vocabulary.ReplacementType, {r.type for o in ORDERS for r in o.replacements or ()}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_word_of_the_short_lists_occurs(words: type[StrEnum], used: set[str | None]) -> None:
    assert {str(word) for word in words} == used - {None}


@proves("order.code")
def test_order_codes_are_short_enough() -> None:
    assert max(len(order.code) for order in ORDERS) <= vocabulary.MAX_CODE_LENGTH


@proves("value.commission")
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.code)
def test_the_arithmetic_is_right(order: Order) -> None:
    for line in order.line_items:
        total, rate, unit = line.total_price, line.commission_rate, line.unit_price
        assert total is not None
        assert rate is not None
        assert unit is not None
        assert total == unit * line.quantity
        cent = Decimal("0.01")
        assert line.commission == (total * rate / 100).quantize(cent, ROUND_HALF_UP)
    commissions = [to_cents(line.commission) for line in order.line_items if line.commission]
    assert order.commission is not None
    assert to_cents(order.commission) == sum(commissions)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.code)
def test_window_labels_are_ours(order: Order) -> None:
    for option in order.accept_options.pickup_window if order.accept_options else ():
        window = parse_pickup_label(option.label)
        assert window is not None
        assert format_pickup_label(window) == option.label


def test_each_type_has_an_example_of_its_own_name() -> None:
    assert Counter(type(decode(name)).__name__ for name in TYPED).keys() == {
        "OrderBody",
        "Event",
        "Errors",
        "Success",
        "IpRanges",
        "AcceptRequest",
        "RejectRequest",
        "TrackingRequest",
        "EventPage",
        "OrderPage",
        "Newest",
        "WebhookStanding",
    }


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(KeyError, match="order_open"):
        example("order_of_the_day")
