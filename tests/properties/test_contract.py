"""What holds for every document the contract allows, and for every other sequence of bytes."""

import io
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcart.contract import (
    ATHENS,
    ContractError,
    Event,
    NotAJsonObject,
    Order,
    PickupInterval,
    athens,
    encode,
    format_pickup_label,
    from_micros,
    parse_accept,
    parse_envelope,
    parse_errors,
    parse_event,
    parse_order,
    parse_pickup_label,
    parse_reject,
    parse_tracking,
    read_feed,
    to_cents,
    to_euros,
    to_micros,
)
from smartcart.contract.events import IpRanges
from smartcart.contract.examples import example, names
from smartcart.contract.order import OrderBody
from smartcart.contract.requests import AcceptRequest, RejectRequest, TrackingRequest
from smartcart.contract.wire import Wire
from tests.support.wire_documents import documents, json_values, moments, paths, replaced

READERS = [parse_order, parse_event, parse_accept, parse_reject, parse_tracking, parse_errors]


@given(documents(Event))
@settings(max_examples=60, deadline=None)
def test_an_event_comes_back_as_it_was(event: Wire) -> None:
    assert parse_event(encode(event)) == event


@given(documents(OrderBody))
@settings(max_examples=60, deadline=None)
def test_an_order_comes_back_as_it_was(body: Wire) -> None:
    assert OrderBody(order=parse_order(encode(body))) == body


@pytest.mark.parametrize("kind", [AcceptRequest, RejectRequest, TrackingRequest, IpRanges])
def test_the_rest_comes_back_as_it_was(kind: type[Wire]) -> None:
    @given(documents(kind))
    @settings(max_examples=30, deadline=None)
    def there_and_back(document: Wire) -> None:
        assert msgspec.json.decode(encode(document), type=kind) == document

    there_and_back()


@given(documents(Order))
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_plain_json_in_utf8(order: Wire) -> None:
    document = encode(order)
    assert isinstance(json.loads(document.decode(), parse_constant=_refuse), dict)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@given(st.integers(-(10**13), 10**13))
def test_cents_survive_the_wire(cents: int) -> None:
    written = msgspec.json.Encoder(decimal_format="number").encode(to_euros(cents))
    assert to_cents(msgspec.json.decode(written, type=Decimal)) == cents
    assert len(written.partition(b".")[2]) == 2


@given(moments)
def test_moments_survive_storage(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


def every_quarter() -> list[PickupInterval]:
    """A year of windows, each day at another quarter of an hour, and through both days on which the
    clocks change. The hours that such a day skips or repeats have no label of their own.
    """
    intervals = []
    for offset in range(365):
        day = date(2026, 1, 1) + timedelta(days=offset)
        changes = day in (date(2026, 3, 29), date(2026, 10, 25))
        for hour in range(24) if changes else (10, 12, 15, 21):
            if changes and hour in (2, 3):
                continue
            start = datetime.combine(day, time(hour, offset % 4 * 15), ATHENS)
            end_day = day + timedelta(days=1) if hour > 21 else day
            end = datetime.combine(end_day, time(0) if hour > 21 else time(hour + 2), ATHENS)
            intervals.append(PickupInterval(athens(start), athens(end)))
    return intervals


def test_a_year_of_windows_survives_its_labels() -> None:
    windows = every_quarter()
    assert len(windows) > 1400
    assert [parse_pickup_label(format_pickup_label(window)) for window in windows] == windows


@given(st.text())
def test_any_text_may_be_a_label(text: str) -> None:
    window = parse_pickup_label(text)
    assert window is None or window.start < window.end


def fault(read: Callable[[bytes], object], document: bytes) -> ContractError | None:
    try:
        read(document)
    except ContractError as error:
        return error
    return None


@given(st.binary(max_size=200))
@case(b"{}")
@pytest.mark.parametrize("read", [*READERS, parse_envelope])
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], object], document: bytes) -> None:
    refused = fault(read, document)
    assert (refused is None) <= (document.strip()[:1] == b"{")


@given(json_values)
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_or_refused_for_a_field(value: object) -> None:
    document = json.dumps(value).encode()
    for read in READERS:
        refused = fault(read, document)
        if refused is not None:
            assert isinstance(refused, NotAJsonObject) != isinstance(value, dict)
            assert (refused.field == "") != isinstance(value, dict)


@given(st.dictionaries(st.text(max_size=5) | st.just("order"), json_values, max_size=4))
@settings(max_examples=150, deadline=None)
def test_every_json_object_has_an_envelope(document: dict[str, object]) -> None:
    envelope = parse_envelope(json.dumps(document).encode())
    order = document.get("order")
    code = order.get("code") if isinstance(order, dict) else None
    assert envelope.order_code == (code if isinstance(code, str) else "")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_document_damaged_anywhere_is_read_or_its_field_named(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*names("event_"), *names("order_")]))
    document = json.loads(example(name))
    path = data.draw(st.sampled_from(paths(document)))
    damaged = json.dumps(replaced(document, path, data.draw(json_values))).encode()
    read = parse_event if name.startswith("event_") else parse_order
    refused = fault(read, damaged)
    if refused is not None:
        assert refused.parameter == path[0]
    else:
        json.loads(encode(read(damaged)), parse_constant=_refuse)


@given(st.binary(max_size=60), st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_feed_is_read_or_refused(junk: bytes, data: st.DataObject) -> None:
    whole = example("feed")
    at = data.draw(st.integers(0, len(whole)))
    feed = io.BytesIO(whole[:at] + junk + whole[at + data.draw(st.integers(0, 60)) :])
    refused = fault(lambda _: list(read_feed(feed)), b"")
    assert refused is None or refused.field == "feed"
