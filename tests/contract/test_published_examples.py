"""Documents from outside the project: everything documented in them must come through."""

import re
from pathlib import Path

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

UNDOCUMENTED = {"fulfillment_mode"}
MISNAMED = {"replaced_suborder": "replaced"}


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
            if key not in UNDOCUMENTED
            for path in lost(value, written.get(MISNAMED.get(key, key)), f"{where}.{key}")
        ]
    if isinstance(source, list):
        if not isinstance(written, list) or len(source) != len(written):
            return [where]
        pairs = enumerate(zip(source, written, strict=True))
        return [path for n, (a, b) in pairs for path in lost(a, b, f"{where}[{n}]")]
    return [] if source == written else [f"{where}: {source!r} became {written!r}"]


@each("*.json")
def test_every_documented_value_survives(path: Path) -> None:
    assert lost(load(path.read_bytes()), load(encode(parse(path)))) == []


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


@each("*.json")
def test_every_pickup_window_is_dated(path: Path) -> None:
    order: Order = parse(path).order
    windows = order.accept_options.pickup_window if order.accept_options else ()
    assert [w.label for w in windows if parse_pickup_label(w.label) is None] == []


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


@each("id_types.tsv")
def test_id_types_are_verbatim(path: Path) -> None:
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    assert {int(number): label for number, label in rows} == ID_TYPES


@each("feed_simple.xml")
def test_a_product_without_variations(path: Path) -> None:
    with path.open("rb") as file:
        (item,) = read_feed(file)
    assert isinstance(item, FeedItem)
    assert (item.id, item.quantity, str(item.price)) == ("322233", 10, "30.00")
    assert item.variations == ()


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
