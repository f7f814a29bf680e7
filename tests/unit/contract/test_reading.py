"""A reader forgives: what may be missing, null, unknown or misspelt, and what may not."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartcart.contract import (
    ContractError,
    Envelope,
    NotAJsonObject,
    Order,
    lines,
    parse_envelope,
    parse_errors,
    parse_event,
    parse_order,
)
from smartcart.contract.examples import example, names
from tests.support.proving import proves

Document = dict[str, object]


def an_order(**keys: object) -> Document:
    return {"code": "c", "state": "s", "line_items": [{"id": "l", "quantity": 2}], **keys}


def read(**keys: object) -> Order:
    return parse_order(json.dumps({"order": an_order(**keys)}).encode())


def with_line(**keys: object) -> Order:
    return read(line_items=[{"id": "l", "quantity": 2, **keys}])


@proves("reader.required")
def test_the_smallest_order() -> None:
    order = read()
    assert (order.code, order.state, order.line_items[0].quantity) == ("c", "s", 2)
    assert order.customer.address.city == ""
    assert order.expires_at is None
    assert order.accept_options is None


def test_a_bare_order_will_do() -> None:
    assert parse_order(json.dumps(an_order()).encode()) == read()


@proves("reader.required")
@pytest.mark.parametrize("missing", ["code", "state"])
def test_what_an_order_must_have(missing: str) -> None:
    document = an_order()
    del document[missing]
    for order in (document, document | {missing: None}):
        with pytest.raises(ContractError) as caught:
            parse_order(json.dumps({"order": order}).encode())
        assert caught.value.field == f"order.{missing}"


@proves("reader.required")
@pytest.mark.parametrize("line", [{"id": "l"}, {"quantity": 1}, {"id": None, "quantity": None}])
def test_what_a_line_must_have(line: Document) -> None:
    with pytest.raises(ContractError, match=r"order\.line_items\[0\]\.(id|quantity): .*required"):
        read(line_items=[line])


@pytest.mark.parametrize("quantity", [-1, 1.5, "many", 2**31, [1]])
def test_a_quantity_is_a_count(quantity: object) -> None:
    with pytest.raises(ContractError, match=r"^order\.line_items\[0\]\.quantity: Expected"):
        with_line(quantity=quantity)


@proves("reader.ignores-unknown", "reader.unknown-values", "reader.misnamed")
def test_unknown_keys_and_values_are_let_be() -> None:
    order = read(
        state="teleported",
        payment_method="shells",
        fulfillment_mode="core",
        drone={"wings": [None, {"deep": 1}]},
    )
    assert (order.state, order.payment_method) == ("teleported", "shells")


def test_an_unknown_event_about_an_order_is_an_event() -> None:
    event = parse_event(
        json.dumps(
            {
                "event_type": "order_sung",
                "event_time": "2026-03-12T10:00:00+02:00",
                "order": an_order(),
                "changes": {"melody": {"old": 1, "new": 2}},
            }
        ).encode()
    )
    assert event.event_type == "order_sung"
    assert event.event_time == datetime(2026, 3, 12, 8, tzinfo=UTC)


def test_scalars_of_the_wrong_kind_are_taken_for_what_they_mean() -> None:
    order = read(
        code=191029,
        express="true",
        commission="4.05",
        number_of_parcels="2",
        customer={"id": 12, "address": {"zip": 71202, "floor": 3}},
        line_items=[{"id": 5, "quantity": "3", "unit_price": "10.40", "shop_uid": 100}],
    )
    assert (order.code, order.express, order.number_of_parcels) == ("191029", True, 2)
    assert (order.customer.address.zip, order.customer.address.floor) == ("71202", "3")
    assert order.commission == Decimal("4.05")
    line = order.line_items[0]
    assert (line.id, line.quantity, str(line.unit_price), line.shop_uid) == ("5", 3, "10.40", "100")


def test_money_stays_exact_on_the_patient_way() -> None:
    line = b'{"id":"l","quantity":1,"unit_price":10.40}'
    document = b'{"order":{"code":1,"state":"s","line_items":[%s]}}' % line
    assert str(parse_order(document).line_items[0].unit_price) == "10.40"


def test_nulls_in_lists_are_absent() -> None:
    assert read(courier_tracking_codes=[None, "a"]).courier_tracking_codes == ("a",)


def test_an_empty_deadline_is_none() -> None:
    assert read(dispatch_until="").dispatch_until is None


@pytest.mark.parametrize("time", ["2026-03-12T10:00:00", "tomorrow", "2026-13-01T00:00:00Z"])
def test_a_time_without_offset_is_refused(time: str) -> None:
    with pytest.raises(ContractError, match=r"^order\.expires_at: "):
        read(expires_at=time)


@pytest.mark.parametrize("amount", ["NaN", "-Infinity", "sNaN"])
@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"commission": ...}, "order.commission"),
        ({"fees": {"fbs_fee": ...}}, "order.fees.fbs_fee"),
    ],
)
def test_an_amount_is_a_number(amount: str, keys: Document, field: str) -> None:
    document = json.dumps(keys, default=lambda _: amount)
    with pytest.raises(ContractError, match="is not a number") as caught:
        read(**json.loads(document))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["unit_price", "vat_ratio", "readjusted_vat"])
def test_an_amount_of_a_line_is_a_number(name: str) -> None:
    with pytest.raises(ContractError, match="is not a number") as caught:
        with_line(**{name: "NaN"})
    assert caught.value.field == f"order.line_items[...].{name}"


def test_an_amount_of_an_events_order_is_a_number() -> None:
    event = {"event_type": "new_order", "event_time": "2026-03-12T10:00:00+02:00"}
    with pytest.raises(ContractError, match="is not a number"):
        parse_event(json.dumps(event | {"order": an_order(commission="NaN")}).encode())


def test_readjusted_vat_is_a_flag_or_a_number() -> None:
    assert with_line(readjusted_vat=True).line_items[0].readjusted_vat is True
    assert with_line(readjusted_vat=19.5).line_items[0].readjusted_vat == Decimal("19.5")


@proves("reader.misnamed")
@pytest.mark.parametrize(
    "keys",
    [
        {"replaced": "x"},
        {"replaced_suborder": "x"},
        {"replaced": None, "replaced_suborder": "x"},
        {"replaced_suborder": {"code": "x"}},
        {"replaced": {"code": "x"}},
        {"replaced": "x", "replaced_suborder": "y"},
    ],
)
def test_the_replaced_order_is_read_under_either_name(keys: Document) -> None:
    assert read(**keys).replaced == "x"


def test_of_a_key_that_occurs_twice_the_last_counts() -> None:
    document = b'{"order":{"code":"a","code":"b","state":"s","line_items":[]}}'
    assert parse_order(document).code == "b"


@proves("reader.keeps-raw")
def test_a_byte_order_mark_is_let_be_and_kept_in_the_raw_bytes() -> None:
    document = b"\xef\xbb\xbf" + example("event_new_order")
    assert parse_event(document) == parse_event(example("event_new_order"))
    assert parse_event(document).raw == document


def without(document: object, path: tuple[str | int, ...], replacement: object = ...) -> object:
    """A copy with the value at `path` removed, or replaced."""
    head, *rest = path
    if isinstance(document, list) and isinstance(head, int):
        return [
            without(item, tuple(rest), replacement) if n == head else item
            for n, item in enumerate(document)
        ]
    assert isinstance(document, dict)
    if rest:
        return {**document, head: without(document[head], tuple(rest), replacement)}
    kept = {key: value for key, value in document.items() if key != head}
    return kept if replacement is ... else {**kept, head: replacement}


def paths(document: object) -> list[tuple[str | int, ...]]:
    """Of every key of every object in the document."""
    if isinstance(document, list):
        return [(n, *path) for n, item in enumerate(document) for path in paths(item)]
    if not isinstance(document, dict):
        return []
    return [
        path
        for key, value in document.items()
        for path in [(key,), *((key, *below) for below in paths(value))]
    ]


REQUIRED = {"order", "code", "state", "id", "quantity", "event_type", "event_time"}


@proves("reader.null-is-absent")
@pytest.mark.parametrize(
    "name",
    [
        *("event_acceptance", "event_voucher", "event_delivery_note", "event_extension"),
        *("event_ready", *names("order_")),
    ],
)
def test_null_and_absent_mean_the_same_for_every_key(name: str) -> None:
    document = json.loads(example(name))
    parse = parse_event if name.startswith("event_") else parse_order
    for path in paths(document):
        if path[-1] in REQUIRED and "options" not in str(path) and "customer" not in path:
            continue
        absent = json.dumps(without(document, path)).encode()
        null = json.dumps(without(document, path, None)).encode()
        assert parse(absent) == parse(null), path


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"[]",
        b"null",
        b"{",
        b'{"order":',
        b"{'order': 1}",
        b'{"order": NaN}',
        b'{"order": Infinity}',
        b"\xff\xfe{\x00}\x00",
        b'{"order": "\\ud800"}',
        b"[" * 100_000,
        b'{"order":' * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda document: repr(document[:20]),
)
@pytest.mark.parametrize("parse", [parse_order, parse_event, parse_envelope, parse_errors])
def test_what_is_no_json_object_is_said_to_be_none(parse: object, document: bytes) -> None:
    assert callable(parse)
    with pytest.raises(NotAJsonObject):
        parse(document)


def test_bytes_that_are_no_text_have_no_envelope() -> None:
    with pytest.raises(NotAJsonObject, match="not UTF-8"):
        parse_envelope(b'{"note": "\xff"}')


@pytest.mark.parametrize(
    ("document", "envelope"),
    [
        (b"{}", Envelope("", None, "")),
        (b'{"order": null, "event_type": null, "event_time": null}', Envelope("", None, "")),
        (b'{"order": [1], "event_type": 5, "event_time": "soon"}', Envelope("", None, "")),
        (b'{"order": {"code": 7}, "event_time": "2026-03-12T10:00:00"}', Envelope("", None, "")),
        (b'{"event_type": "x", "order": {"code": "y"}}', Envelope("x", None, "y")),
        (b'{"event_type": "x", "n": ' + b"9" * 5000 + b', "m": 1e999}', Envelope("x", None, "")),
        (
            b'{"event_time": "2026-03-12T10:00:00Z"}',
            Envelope("", datetime(2026, 3, 12, 10, tzinfo=UTC), ""),
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_every_json_object_has_an_envelope(document: bytes, envelope: Envelope) -> None:
    assert parse_envelope(document) == envelope


def test_a_refusal_is_read_and_anything_else_is_not() -> None:
    body = b'{"errors":[{"code":"order_error","messages":["Order not found"],"hint":1}]}'
    (error,) = parse_errors(body).errors
    assert (error.code, error.messages) == ("order_error", ("Order not found",))
    with pytest.raises(NotAJsonObject):
        parse_errors(b"<html>502 Bad Gateway</html>")


@proves("line.extra_info-breaks")
@pytest.mark.parametrize(
    "text",
    ["Χρώμα: Πράσινο\nSPH: -6.50", "Χρώμα: Πράσινο\\nSPH: -6.50", "Χρώμα: Πράσινο\r\nSPH: -6.50"],
)
def test_extra_info_breaks_where_it_means_to(text: str) -> None:
    assert lines(text) == ["Χρώμα: Πράσινο", "SPH: -6.50"]
