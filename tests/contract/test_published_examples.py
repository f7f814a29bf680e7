"""Documents from outside the project: everything documented in them must come through."""

import asyncio
import re
from pathlib import Path

from smartcart.client import OrdersClient, open_session
from smartcart.contract import (
    Event,
    FeedItem,
    FeedVariation,
    Order,
    encode,
    parse_envelope,
    parse_event,
    parse_order,
    parse_pickup_label,
    read_feed,
)
from smartcart.contract.order import OrderBody
from smartcart.contract.vocabulary import ID_TYPES, OFFERED_REASONS, REJECTION_REASONS
from tests.contract.published import Json, each, load
from tests.contract.shapes import documented
from tests.support.http_sink import HttpSink, Reply
from tests.support.proving import proves

UNDOCUMENTED = {".order.fulfillment_mode", ".order.replaced_suborder"}
MISNAMED = {".order.replaced_suborder": "replaced"}


def parse(path: Path) -> Event | OrderBody:
    document = path.read_bytes()
    if path.stem.startswith("webhook"):
        return parse_event(document)
    return OrderBody(order=parse_order(document))


def lost(source: Json, written: Json, where: str = "") -> list[str]:
    """The paths of values in `source` that `written` does not have."""
    if isinstance(source, dict):
        if not isinstance(written, dict):
            return [where]
        return [
            path
            for key, value in source.items()
            if f"{where}.{key}" not in UNDOCUMENTED - MISNAMED.keys()
            for path in lost(
                value, written.get(MISNAMED.get(f"{where}.{key}", key)), f"{where}.{key}"
            )
        ]
    if isinstance(source, list):
        if not isinstance(written, list) or len(source) != len(written):
            return [where]
        pairs = enumerate(zip(source, written, strict=True))
        return [path for n, (a, b) in pairs for path in lost(a, b, f"{where}[{n}]")]
    same = type(source) is type(written) and source == written
    return [] if same else [f"{where}: {source!r} became {written!r}"]


def invented(source: Json, written: Json, where: str = "") -> list[str]:
    """The paths of values in `written` that `source` does not have; empty ones are none."""
    if isinstance(source, dict) and isinstance(written, dict):
        return [
            path
            for key, value in written.items()
            for path in invented(source.get(key), value, f"{where}.{key}")
        ]
    if isinstance(source, list) and isinstance(written, list):
        pairs = enumerate(zip(source, written, strict=True))
        return [path for n, (a, b) in pairs for path in invented(a, b, f"{where}[{n}]")]
    return [where] if source is None and written not in (None, False, "", [], {}) else []


@proves("reader.misnamed")
@each("*.json")
def test_every_documented_value_survives(path: Path) -> None:
    assert lost(load(path.read_bytes()), load(encode(parse(path)))) == []


@each("*.json")
def test_nothing_is_made_up(path: Path) -> None:
    assert invented(load(path.read_bytes()), load(encode(parse(path)))) == []


@each("*.json")
def test_every_key_is_a_field_of_ours(path: Path) -> None:
    """So nothing can be lost unseen, be it null today."""
    document = load(path.read_bytes())
    assert set(documented(type(parse(path))).unknown(document)) <= UNDOCUMENTED


@proves("reader.keeps-raw")
@each("api_*.json")
async def test_the_bytes_of_an_answer_are_kept_whole(path: Path) -> None:
    body = await asyncio.to_thread(path.read_bytes)
    async with HttpSink() as sink, open_session(allow_private=True) as session:
        sink.answer(Reply(200, body, {"Content-Type": "application/json"}))
        fetched = await OrdersClient(session, sink.url(""), "token").get("a-code")
    assert fetched.raw == body


@proves("reader.keeps-raw")
@each("webhook_*.json")
def test_the_bytes_of_an_event_are_kept_whole(path: Path) -> None:
    assert parse_event(path.read_bytes()).raw == path.read_bytes()


@each("webhook_*.json")
def test_the_envelope_agrees_with_the_event(path: Path) -> None:
    event, envelope = parse_event(path.read_bytes()), parse_envelope(path.read_bytes())
    assert envelope == (event.event_type, event.event_time, event.order.code)


@each("*.json")
def test_money_keeps_its_places(path: Path) -> None:
    def amounts(text: str) -> list[str]:
        fields = r'"(?:unit_price|total_price|commission(?:_rate)?|\w+_fee)": ?([0-9.]+)'
        return sorted(re.findall(fields, text))

    assert amounts(encode(parse(path)).decode()) == amounts(path.read_text())


@proves("accept_options.window-label")
@each("*.json")
def test_every_pickup_window_is_dated(path: Path) -> None:
    order: Order = parse(path).order
    windows = order.accept_options.pickup_window if order.accept_options else ()
    assert [w.label for w in windows if parse_pickup_label(w.label) is None] == []


@proves("reason.labels", "reason.offered")
@each("*.json")
def test_the_reasons_offered_are_ours(path: Path) -> None:
    options = parse(path).order.reject_options
    if options is not None:
        offered = [
            (o.id, o.label, o.requires_available_quantity)
            for o in options.line_item_rejection_reasons
        ]
        ours = [REJECTION_REASONS[id] for id in OFFERED_REASONS]
        assert offered == [(r.id, r.label, r.requires_available_quantity) for r in ours]


@proves("representative.id_type")
@each("id_types.tsv")
def test_id_types_are_verbatim(path: Path) -> None:
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    assert {int(number): label for number, label in rows} == ID_TYPES


@proves("feed.product")
@each("feed_simple.xml")
def test_a_product_without_variations(path: Path) -> None:
    with path.open("rb") as file:
        (item,) = read_feed(file)
    assert isinstance(item, FeedItem)
    assert (item.id, item.quantity, str(item.price)) == ("322233", 10, "30.00")
    assert item.variations == ()


@proves("feed.variations")
@each("feed_variations.xml")
def test_a_product_with_variations(path: Path) -> None:
    with path.open("rb") as file:
        (item,) = read_feed(file)
    assert isinstance(item, FeedItem)
    assert [_summary(v) for v in item.variations] == [
        ("322233.43", 6, "33.00", "43", "M7652C"),
        ("322233.45", 4, "30.00", "45", "M7652C"),
    ]


def _summary(variation: FeedVariation) -> tuple[str, int | None, str, str, str]:
    v = variation
    return v.id, v.quantity, str(v.price), v.size, v.mpn
