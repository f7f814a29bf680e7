"""Laws of the policy, whatever the order and the stock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from smartcart.contract import (
    AcceptOptions,
    LineItem,
    Order,
    PickupInterval,
    PickupLocation,
    PickupWindowOption,
    RejectionReasonOption,
    RejectOptions,
    Size,
    athens,
    format_pickup_label,
    parse_pickup_label,
)
from smartcart.merchant.domain.counts import FEW, Doubt, Terms, is_shrunken
from smartcart.merchant.domain.deciding import decide, reserving
from smartcart.merchant.domain.decisions import Accept, Decision, Hold, Nothing, Reject
from smartcart.merchant.domain.policy import (
    Answers,
    Holds,
    LastResort,
    Parcels,
    Policy,
    Rejects,
)
from smartcart.merchant.domain.reservations import changes
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import UNCOUNTED, Pieces, Sku, Spot, sku_of, wanted
from tests.support.policies import on_shelves, prepared_in

T = TypeVar("T")
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
UIDS = ["1", "2", "3"]
VARIATIONS = [None, "a"]


def mostly(usual: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """One in eight is rare."""
    return st.integers(0, 7).flatmap(lambda n: rare if n == 7 else usual)


lines = st.builds(
    LineItem,
    id=st.uuids().map(str),
    shop_uid=mostly(st.sampled_from(UIDS), st.just("")),
    shop_variation_uid=st.sampled_from(VARIATIONS),
    size=st.none() | st.builds(Size, shop_variation_uid=st.sampled_from(VARIATIONS)),
    quantity=mostly(st.integers(1, 4), st.just(0)),
    total_price=st.just(Decimal("12.50")),
)
labels = st.one_of(
    st.sampled_from(["", "αύριο", "10:00 - 12:00", "99:00 - 12:00, Τρί 03/12/26"]),
    st.integers(-3, 72).map(
        lambda hours: format_pickup_label(
            PickupInterval(
                athens(NOW + timedelta(hours=hours)),
                athens(NOW + timedelta(hours=hours, minutes=30)),
            )
        )
    ),
)
accept_options = st.builds(
    AcceptOptions,
    number_of_parcels=st.lists(st.integers(0, 3), max_size=3).map(tuple),
    pickup_location=st.lists(
        st.builds(PickupLocation, id=mostly(st.sampled_from(["x", "y"]), st.just(""))),
        min_size=1,
        max_size=2,
    ).map(tuple),
    pickup_window=st.lists(
        st.builds(PickupWindowOption, id=st.integers(0, 4), label=labels), max_size=4
    ).map(tuple),
)
reject_options = st.builds(
    RejectOptions,
    line_item_rejection_reasons=st.lists(
        st.builds(
            RejectionReasonOption,
            id=st.sampled_from([1, 2, 4, 5]),
            requires_available_quantity=st.booleans(),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda reason: reason.id,
    ).map(tuple),
)
one_line_twice = st.lists(lines, min_size=1, max_size=2).map(lambda few: (*few, few[0]))
orders = st.builds(
    Order,
    code=st.just("C"),
    state=mostly(st.just("open"), st.sampled_from(["accepted", "unheard_of"])),
    line_items=mostly(st.lists(lines, min_size=1, max_size=4).map(tuple), one_line_twice),
    express=mostly(st.just(False), st.just(True)),
    expires_at=st.none()
    | mostly(st.integers(1, 50), st.integers(-2, 0)).map(
        lambda hours: NOW + timedelta(hours=hours)
    ),
    accept_options=mostly(accept_options, st.none()),
    reject_options=mostly(reject_options, st.none()),
)
skus = st.builds(Sku, st.sampled_from(UIDS), st.sampled_from(["", "a"]))
pieces = mostly(st.integers(0, 9), st.just(UNCOUNTED))
full = st.fixed_dictionaries({Sku(uid, v): pieces for uid in UIDS for v in ("", "a")})
stocks = mostly(full, st.dictionaries(skus, pieces))
holds = st.builds(
    Holds,
    value_over=st.sampled_from([None, 20.0, 1000.0]),
    pieces_over=st.sampled_from([None, 2, 20]),
    gift_wrap=st.booleans(),
    skus=st.sampled_from([(), ("1",), ("*/a",)]),
)
rejects = st.builds(
    Rejects,
    few_left=st.sampled_from(["limited_stock", "hold"]),
    none_left=st.sampled_from(["no_stock", "discontinuation", "hold"]),
)
last_resorts = st.builds(
    LastResort,
    action=st.sampled_from(["hold", "accept_if_in_stock", "reject_short"]),
    minutes_before_expiry=st.sampled_from([20.0, 200.0]),
)
rules = st.builds(
    replace,
    st.integers(0, 20).map(lambda hours: prepared_in(60 * hours)),
    answers=mostly(st.just(Answers()), st.builds(Answers, accept=st.booleans())),
    hold=mostly(st.just(Holds()), holds),
    reject=mostly(st.just(Rejects()), rejects),
    parcels=st.builds(Parcels, pieces_each=st.sampled_from([None, 2])),
    last_resort=last_resorts,
)


def decided(order: Order, pieces: Pieces, policy: Policy) -> Decision:
    return decide(order, on_shelves(pieces), NOW, policy)


@given(orders, stocks, rules)
def test_a_decision_is_a_legal_answer_to_the_orders_own_options(
    order: Order, stock: dict[Sku, int], rules: Policy
) -> None:
    decision = decided(order, stock, rules)
    if isinstance(decision, Accept | Reject):
        assert order.state == "open"
        assert order.expires_at is None or order.expires_at > NOW
        assert not order.express
    if isinstance(decision, Accept):
        _check_accept(order, decision, rules)
    if isinstance(decision, Reject):
        _check_reject(order, decision)


def _check_accept(order: Order, decision: Accept, rules: Policy) -> None:
    options = order.accept_options
    assert options is not None
    assert decision.location in {location.id for location in options.pickup_location} - {""}
    assert decision.parcels in options.number_of_parcels or (
        decision.parcels == 1 and not any(options.number_of_parcels)
    )
    if decision.window is None:
        assert not options.pickup_window
        return
    starts = [
        interval.start
        for window in options.pickup_window
        if window.id == decision.window and (interval := parse_pickup_label(window.label))
    ]
    assert any(start >= NOW + rules.pickup.preparation for start in starts)


def _check_reject(order: Order, decision: Reject) -> None:
    assert order.reject_options is not None
    offered = {reason.id: reason for reason in order.reject_options.line_item_rejection_reasons}
    quantities = {line.id: line.quantity for line in order.line_items}
    assert decision.lines
    assert len({line.id for line in decision.lines}) == len(decision.lines)
    for line in decision.lines:
        assert line.reason_id in offered
        if line.available_quantity is not None:
            assert 0 <= line.available_quantity < quantities[line.id]
        else:
            assert not offered[line.reason_id].requires_available_quantity


@given(orders, stocks, rules)
def test_a_line_is_rejected_only_when_it_cannot_be_served(
    order: Order, stock: dict[Sku, int], rules: Policy
) -> None:
    decision = decided(order, stock, rules)
    asked = wanted(order.line_items)
    if isinstance(decision, Accept):
        assert all(stock[sku] >= pieces for sku, pieces in asked.items())
    if isinstance(decision, Reject):
        rejected = {line.id: line.available_quantity or 0 for line in decision.lines}
        for sku, pieces in asked.items():
            mine = [line for line in order.line_items if sku_of(line) == sku]
            served = sum(rejected.get(line.id, line.quantity) for line in mine)
            assert served == min(pieces, stock[sku])


@given(orders, stocks, rules, st.data())
def test_more_stock_never_turns_an_accept_into_a_reject(
    order: Order, stock: dict[Sku, int], rules: Policy, data: st.DataObject
) -> None:
    more = {
        sku: data.draw(st.integers(0, 5)) + pieces if pieces < UNCOUNTED else pieces
        for sku, pieces in stock.items()
    }
    before, after = (
        decided(order, stock, rules),
        decided(order, more, rules),
    )
    assert _eagerness(after) >= _eagerness(before) or isinstance(after, Hold)
    if isinstance(before, Accept):
        assert after == before
    if isinstance(before, Reject) and isinstance(after, Reject):
        assert {line.id for line in after.lines} <= {line.id for line in before.lines}


def _eagerness(decision: Decision) -> int:
    return [Nothing, Hold, Reject, Accept].index(type(decision))


@given(orders, stocks, rules, st.sampled_from(Doubt))
def test_a_source_in_doubt_yields_no_answer(
    order: Order, stock: dict[Sku, int], rules: Policy, doubt: Doubt
) -> None:
    doubtful = {
        sku: replace(shelf, doubts={"": str(doubt)}) for sku, shelf in on_shelves(stock).items()
    }
    assert isinstance(decide(order, doubtful, NOW, rules), Hold | Nothing)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), st.integers(1, 100))
def test_what_a_source_loses_at_once_is_few_or_within_the_shops_limit(
    products: list[tuple[bool, bool]], percent: int
) -> None:
    in_stock = sum(before for before, _ in products)
    lost = sum(before and not after for before, after in products)
    if not is_shrunken(in_stock, lost, Terms(shrink_percent=percent)):
        is_all = lost == in_stock > 1
        assert (lost < FEW and not is_all) or lost / in_stock <= percent / 100 + 1e-9
    else:
        assert lost >= FEW or lost == in_stock > 1
        assert percent < 100


@given(orders, stocks, rules)
def test_what_is_unknown_is_never_decided(
    order: Order, stock: dict[Sku, int], rules: Policy
) -> None:
    for sku in wanted(order.line_items):
        less = {other: pieces for other, pieces in stock.items() if other != sku}
        assert isinstance(decided(order, less, rules), Hold | Nothing)


@given(orders, stocks, rules)
def test_an_order_that_is_not_open_is_left_alone(
    order: Order, stock: dict[Sku, int], rules: Policy
) -> None:
    accepted = replace(order, state="accepted")
    assert isinstance(decided(accepted, stock, rules), Nothing)


spots = st.builds(Spot, st.builds(Sku, st.sampled_from(UIDS)), st.sampled_from(["", "x"]))
holdings = st.dictionaries(spots, st.integers(1, 9))


@given(holdings, holdings)
def test_changes_lead_from_what_is_held_to_what_is_to_be_held(
    held: dict[Spot, int], holding: dict[Spot, int]
) -> None:
    after = dict(held)
    for change in changes(held, holding):
        assert after.pop(change.spot, 0) == change.before
        if change.after:
            after[change.spot] = change.after
    assert after == holding


places = st.dictionaries(st.sampled_from(["", "x", "y"]), pieces, min_size=1)
in_doubt = mostly(
    st.just({}), st.dictionaries(st.sampled_from(["", "x", "y"]), st.just("stale"), max_size=2)
)
shelves = st.builds(Shelf, places, doubts=in_doubt)
placed_stocks = st.fixed_dictionaries({Sku(uid, v): shelves for uid in UIDS for v in ("", "a")})


@given(orders, placed_stocks, rules, st.data())
def test_more_stock_at_any_place_never_turns_an_accept_into_a_reject(
    order: Order, stock: dict[Sku, Shelf], rules: Policy, data: st.DataObject
) -> None:
    more = {
        sku: replace(shelf, places={**shelf.places, place: shelf.places.get(place, 0) + extra})
        for sku, shelf in stock.items()
        for place, extra in [
            data.draw(st.tuples(st.sampled_from(["", "x", "y"]), st.integers(0, 5)))
        ]
    }
    before, after = decide(order, stock, NOW, rules), decide(order, more, NOW, rules)
    if isinstance(before, Accept):
        assert isinstance(after, Accept)


@given(orders, placed_stocks, rules)
def test_nothing_is_rejected_for_want_of_what_is_in_doubt_anywhere(
    order: Order, stock: dict[Sku, Shelf], rules: Policy
) -> None:
    decision = decide(order, stock, NOW, rules)
    if isinstance(decision, Reject):
        rejected = {line.id for line in decision.lines}
        short = [sku_of(line) for line in order.line_items if line.id in rejected]
        assert not any(stock[sku].doubts for sku in short)


@given(orders, placed_stocks, rules)
def test_an_order_is_reserved_whole_at_the_location_it_goes_from(
    order: Order, stock: dict[Sku, Shelf], rules: Policy
) -> None:
    decision = decide(order, stock, NOW, rules)
    if not isinstance(decision, Accept):
        return
    held = reserving(order, decision, stock, rules.pickup)
    assert {spot.place for spot in held} <= {decision.location, ""}
    assert all(count <= stock[sku].certain[place] for (sku, place), count in held.items())
    asked = {sku: count for sku, count in wanted(order.line_items).items() if count}
    assert asked == {
        sku: sum(count for spot, count in held.items() if spot.sku == sku) for sku in asked
    }
