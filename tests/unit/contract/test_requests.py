"""Bodies as clients in the wild send them (contract §2, §3)."""

import json

import pytest

from smartcart.contract import (
    AcceptRequest,
    ContractError,
    NotAJsonObject,
    RejectedLine,
    RejectRequest,
    encode,
    parse_accept,
    parse_reject,
    parse_tracking,
)
from tests.support.proving import proves


@pytest.mark.parametrize(
    "body",
    [
        {"pickup_location": "Sa1b", "pickup_window": 3, "number_of_parcels": 2},
        {"number_of_parcels": "2", "pickup_window": "3", "pickup_location": "Sa1b"},
        {"pickup_window": 3.0, "number_of_parcels": "2", "pickup_location": "Sa1b", "x": [1]},
    ],
)
def test_an_accept_however_it_is_spelt(body: dict[str, object]) -> None:
    assert parse_accept(json.dumps(body).encode()) == AcceptRequest(
        pickup_location="Sa1b", pickup_window=3, number_of_parcels=2
    )


@proves("accept.window-not-offered")
@pytest.mark.parametrize("blank", [None, ""])
def test_an_accept_for_a_store_pickup(blank: str | None) -> None:
    body = {"pickup_location": 77, "pickup_window": blank, "number_of_parcels": blank}
    assert parse_accept(json.dumps(body).encode()) == AcceptRequest(pickup_location="77")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "pickup_location"),
        ({"pickup_location": None}, "pickup_location"),
        ({"pickup_location": ["a"]}, "pickup_location"),
        ({"pickup_location": "a", "pickup_window": "morning"}, "pickup_window"),
        ({"pickup_location": "a", "pickup_window": 1.5}, "pickup_window"),
        ({"pickup_location": "a", "pickup_window": True}, "pickup_window"),
        ({"pickup_location": "a", "pickup_window": 2**63}, "pickup_window"),
        ({"pickup_location": "a", "number_of_parcels": [1]}, "number_of_parcels"),
    ],
)
def test_a_bad_accept_names_the_field(body: dict[str, object], field: str) -> None:
    with pytest.raises(ContractError) as caught:
        parse_accept(json.dumps(body).encode())
    assert not isinstance(caught.value, NotAJsonObject)
    assert (caught.value.field, caught.value.parameter) == (field, field)


@pytest.mark.parametrize("parse", [parse_accept, parse_reject, parse_tracking])
@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"5", b"null", b"{", b"a=1&b=2", b"\xff{}"])
def test_what_is_no_object_is_a_kind_of_its_own(parse: object, body: bytes) -> None:
    assert callable(parse)
    with pytest.raises(NotAJsonObject) as caught:
        parse(body)
    assert caught.value.field == ""


def test_a_reject_of_lines() -> None:
    short = {"available_quantity": "0", "reason_id": "4", "id": "a"}
    body = {"line_items": [short, {"id": 7, "reason_id": 1}]}
    assert parse_reject(json.dumps(body).encode()) == RejectRequest(
        line_items=(
            RejectedLine(id="a", reason_id=4, available_quantity=0),
            RejectedLine(id="7", reason_id=1),
        )
    )


@pytest.mark.parametrize("lines", ["", '"line_items": [],', '"line_items": null,'])
def test_a_reject_in_words(lines: str) -> None:
    body = f'{{{lines} "rejection_reason_other": " Κλειστό λόγω απογραφής "}}'
    assert parse_reject(body.encode()) == RejectRequest(
        rejection_reason_other="Κλειστό λόγω απογραφής"
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"line_items": []},
        {"rejection_reason_other": "   "},
        {"line_items": [{"id": "a", "reason_id": 1}], "rejection_reason_other": "x"},
    ],
)
def test_a_reject_is_in_one_form(body: dict[str, object]) -> None:
    with pytest.raises(ContractError, match="either line_items") as caught:
        parse_reject(json.dumps(body).encode())
    assert caught.value.parameter == "line_items"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([{"reason_id": 1}], "line_items[0].id"),
        ([{"id": "a", "reason_id": 1}, {"id": "b"}], "line_items[1].reason_id"),
        ([{"id": "a", "reason_id": "x"}], "line_items[0].reason_id"),
        (
            [{"id": "a", "reason_id": 4, "available_quantity": 1.5}],
            "line_items[0].available_quantity",
        ),
        ({"0": {"id": "a"}}, "line_items"),
        (["a"], "line_items[0]"),
        ([{"id": "a", "reason_id": 1}, {"id": "a", "reason_id": 2}], "line_items"),
    ],
)
def test_a_bad_line_is_named(lines: object, field: str) -> None:
    with pytest.raises(ContractError) as caught:
        parse_reject(json.dumps({"line_items": lines}).encode())
    assert (caught.value.field, caught.value.parameter) == (field, "line_items")


@proves("tracking.empty")
@pytest.mark.parametrize("details", [[], None, [{"courier": "acs"}], "acs"])
def test_tracking_needs_a_courier_and_a_code(details: object) -> None:
    with pytest.raises(ContractError) as caught:
        parse_tracking(json.dumps({"tracking_details": details}).encode())
    assert caught.value.parameter == "tracking_details"


def test_requests_are_written_as_published() -> None:
    accept = AcceptRequest(pickup_location="Sa1b", pickup_window=3)
    assert encode(accept) == b'{"pickup_location":"Sa1b","pickup_window":3,"number_of_parcels":1}'
    reject = RejectRequest(line_items=(RejectedLine(id="a", reason_id=1),))
    assert encode(reject) == b'{"line_items":[{"id":"a","reason_id":1}]}'
