"""What we write beside what is published: no key missing, none undocumented, types agree (§4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest

from smartcart.contract import Event, Fees, OrderBody
from tests.contract.generated import EXAMPLES
from tests.contract.published import Json, load, published
from tests.contract.shapes import Shape, common, documented
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

Documents = dict[str, Json]

ORDERS, EVENTS = documented(OrderBody), documented(Event)

UNDOCUMENTED = {".order.fulfillment_mode"}
"""Keys of published documents that the documentation does not have."""

BY_CONTENT = {
    *(f".order.fees.{fee}" for fee in Fees.__struct_fields__),
    ".order.invoice_details",  # published as null with receipts; documented as left out
    ".order.invoice_details.vat_exclusion_representative",
    ".order.line_items[].ean",
    ".order.line_items[].tags",
    ".order.line_items[].size.mpn",
    ".order.replacements[].type",
}
"""Optional keys that all published orders of some kind happen to have: they depend on what was
bought and by whom, not on the kind of order."""


def part(document: Json, key: str) -> dict[str, Json]:
    assert isinstance(document, dict)
    found = document[key]
    assert isinstance(found, dict)
    return found


def event_type(document: Json) -> str:
    """What kind of event it is; `order` where it is none."""
    assert isinstance(document, dict)
    return str(document.get("event_type", "order"))


def kind(document: Json) -> str:
    """What sort of order a document is about: orders of one sort carry the same keys."""
    order = part(document, "order")
    details = order.get("invoice_details")
    traits = {
        event_type(document): True,
        str(order["state"]): True,
        "in words": order.get("rejection_info"),
        "fbs": order["fulfilled_by_skroutz"],
        "fbm": order.get("shipping_cost"),
        "store pickup": order["store_pickup"],
        "express": order["express"],
        "invoice": order["invoice"],
        "without VAT": isinstance(details, dict) and details["vat_exclusion_requested"],
        "replaced": order.get("replacements"),
        "replacement": order.get("replaced"),
        "collection point": part(order["customer"], "address")["pickup_from_collection_point"],
    }
    return ", ".join(name for name, true in traits.items() if true)


def by_kind(documents: Iterable[Json]) -> dict[str, list[Json]]:
    groups = defaultdict[str, list[Json]](list)
    for document in documents:
        groups[kind(document)].append(document)
    return groups


PUBLISHED = [load(path.read_bytes()) for path in published("*.json")]
OF_A_KIND: dict[str, Shape] = {name: common(group) for name, group in by_kind(PUBLISHED).items()}
OF_ALL = common(PUBLISHED)

beside_the_published = pytest.mark.skipif(not PUBLISHED, reason="no published examples here")


def faults(documents: Documents, check: Callable[[Json], list[str]]) -> dict[str, list[str]]:
    found = {name: check(document) for name, document in documents.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def undocumented(document: Json) -> list[str]:
    contract = ORDERS if event_type(document) == "order" else EVENTS
    return [*contract.unknown(document), *contract.mistyped(document)]


def missing(document: Json) -> list[str]:
    """The keys that published orders of the same kind always carry; what changed is not a kind."""
    found = {*OF_ALL.missing(document), *OF_A_KIND.get(kind(document), OF_ALL).missing(document)}
    return sorted(
        key for key in found - BY_CONTENT - UNDOCUMENTED if not key.startswith(".changes.")
    )


@proves("writer.documented-shape", "writer.omits")
async def test_every_key_and_every_type_is_documented(ours: Documents) -> None:
    assert faults(EXAMPLES | ours, undocumented) == {}


@proves("writer.documented-shape")
@beside_the_published
async def test_no_key_is_missing_that_published_ones_of_the_kind_carry(ours: Documents) -> None:
    assert faults(EXAMPLES | ours, missing) == {}


@beside_the_published
async def test_types_are_those_of_the_published(ours: Documents) -> None:
    assert faults(EXAMPLES | ours, OF_ALL.mistyped) == {}


@beside_the_published
async def test_we_write_every_kind_that_is_published(ours: Documents) -> None:
    assert sorted(OF_A_KIND.keys() - by_kind(ours.values()).keys()) == []


@proves("moment.placed-accepted")
async def test_what_is_placed_accepted_leaves_nothing_to_decide(ours: Documents) -> None:
    told = [doc for doc in ours.values() if kind(doc).startswith("new_order, accepted")]
    kinds = {kind(document) for document in told}
    assert {"new_order, accepted", "new_order, accepted, fbs"} <= kinds
    for document in told:
        assert isinstance(document, dict)
        assert document.keys() == {"event_type", "event_time", "order"}
        assert part(document, "order").keys() & {"accept_options", "reject_options"} == set()
