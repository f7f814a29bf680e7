"""What is decided about an order, case by case."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartcart.contract import Order, RejectedLine, parse_order
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.decisions import Accept, Decision, Hold, HoldReason, Nothing, Reject
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.skus import UNCOUNTED, Pieces, Sku, sku_of
from tests.support.order_documents import Json, line, order, reasons, window
from tests.support.policies import on_shelves, prepared_in

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # noon in Athens
RULES = prepared_in(120)
A, B = Sku("1001"), Sku("1002")


def document(*lines: Json, **fields: Any) -> Order:
    return parse_order(json.dumps({"order": order("C", *lines, now=NOW, **fields)}).encode())


def decided(order: Order, pieces: Pieces, policy: Policy = RULES) -> Decision:
    return decide(order, on_shelves(pieces), NOW, policy)


def options(**fields: Any) -> Json:
    whole = {
        "number_of_parcels": [1],
        "pickup_location": [{"id": "loc1"}],
        "pickup_window": [window(7, NOW + timedelta(hours=20))],
    }
    return whole | fields


def test_everything_in_stock_is_accepted_with_the_first_options() -> None:
    found = decided(document(line("1001", 2), line("1002")), {A: 2, B: 1})
    assert found == Accept(location="loc1", window=1, parcels=1)


def test_the_earliest_window_that_leaves_time_to_prepare_is_chosen() -> None:
    windows = [
        window(1, NOW + timedelta(minutes=119)),
        window(2, NOW + timedelta(hours=30)),
        window(3, NOW + timedelta(hours=2)),
        {"id": 4, "label": "κάποτε"},
    ]
    found = decided(document(accept_options=options(pickup_window=windows)), {A: 1})
    assert found == Accept("loc1", 3, 1)


def test_an_order_without_windows_is_accepted_without_one() -> None:
    found = decided(document(accept_options=options(pickup_window=[])), {A: 1})
    assert found == Accept("loc1", None, 1)


@pytest.mark.parametrize(("offered", "chosen"), [([1, 2], 1), ([3, 2], 2), ([], 1)])
def test_the_smallest_number_of_parcels_on_offer_is_chosen(offered: list[int], chosen: int) -> None:
    found = decided(document(accept_options=options(number_of_parcels=offered)), {A: 1})
    assert found == Accept("loc1", 7, chosen)


def test_only_short_lines_are_rejected_each_for_the_reason_that_is_true_of_it() -> None:
    lines = (line("1001", 2), line("1002", 3), line("1003", 1))
    stock = {A: 2, B: 1, Sku("1003"): 0}
    assert decided(document(*lines), stock) == Reject(
        (
            RejectedLine(id="line-1002", reason_id=4, available_quantity=1),
            RejectedLine(id="line-1003", reason_id=1),
        )
    )


def test_lines_of_the_same_product_share_its_stock() -> None:
    lines = (line("1001", 2, line_id="one"), line("1001", 2, line_id="two"))
    assert decided(document(*lines), {A: 4}) == Accept("loc1", 1, 1)
    assert decided(document(*lines), {A: 3}) == Reject(
        (RejectedLine(id="two", reason_id=4, available_quantity=1),)
    )
    assert decided(document(*lines), {A: 1}) == Reject(
        (
            RejectedLine(id="one", reason_id=4, available_quantity=1),
            RejectedLine(id="two", reason_id=1),
        )
    )


def test_a_product_that_is_there_uncounted_serves_any_order() -> None:
    assert isinstance(decided(document(line("1001", 20)), {A: UNCOUNTED}), Accept)


@pytest.mark.parametrize(
    ("fields", "stock", "why"),
    [
        ({"line_items": []}, {A: 1}, HoldReason.NO_LINES),
        ({"line_items": [line("1001", 0)]}, {A: 1}, HoldReason.NO_LINES),
        ({}, {B: 9}, HoldReason.UNKNOWN_SKU),
        ({"line_items": [line("", 1)]}, {A: 1}, HoldReason.UNKNOWN_SKU),
        ({"expires_at": NOW.isoformat()}, {A: 1}, HoldReason.TOO_LATE),
        ({"accept_options": None}, {A: 1}, HoldReason.NO_OPTIONS),
        ({"accept_options": options(pickup_location=[])}, {A: 1}, HoldReason.NO_OPTIONS),
        ({"reject_options": None}, {A: 0}, HoldReason.NO_OPTIONS),
        (
            {"accept_options": options(pickup_window=[{"id": 1, "label": "αύριο"}])},
            {A: 1},
            HoldReason.NO_WORKABLE_WINDOW,
        ),
        (
            {"accept_options": options(pickup_window=[window(1, NOW + timedelta(hours=1))])},
            {A: 1},
            HoldReason.NO_WORKABLE_WINDOW,
        ),
        (
            {"reject_options": {"line_item_rejection_reasons": reasons(2, 4, 5)}},
            {A: 0},
            HoldReason.REASON_NOT_OFFERED,
        ),
    ],
)
def test_what_is_in_doubt_is_held(fields: Json, stock: dict[Sku, int], why: HoldReason) -> None:
    found = decided(document(**fields), stock)
    assert isinstance(found, Hold)
    assert found.why == why


def test_a_short_order_is_held_when_few_left_is_not_a_reason_on_offer() -> None:
    only_gone = {"line_item_rejection_reasons": reasons(1)}
    short = document(line("1001", 2), reject_options=only_gone)
    found = decided(short, {A: 1})
    assert isinstance(found, Hold)
    assert found.why == HoldReason.REASON_NOT_OFFERED
    assert decided(short, {A: 0}) == Reject((RejectedLine(id="line-1001", reason_id=1),))


def test_a_product_we_do_not_know_holds_the_order_even_when_another_line_is_short() -> None:
    found = decided(document(line("1001"), line("1002")), {A: 0})
    assert found == Hold(HoldReason.UNKNOWN_SKU, "1002")


def test_short_lines_that_cannot_be_told_apart_are_held() -> None:
    found = decided(document(line("1001", line_id="x"), line("1002", line_id="x")), {A: 0, B: 1})
    assert isinstance(found, Hold)
    assert found.why == HoldReason.LINES_ALIKE


@pytest.mark.parametrize(
    "fields", [{"state": "accepted"}, {"express": True}, {"fulfilled_by_skroutz": True}]
)
def test_orders_that_are_not_ours_to_answer_are_left_alone(fields: Json) -> None:
    assert isinstance(decided(document(**fields), {}), Nothing)


def test_a_variation_is_found_beside_the_size_or_inside_it() -> None:
    inside = {"id": "l", "shop_uid": "7", "quantity": 1, "size": {"shop_variation_uid": "7-42"}}
    lines = document(line("7", variation="7-41"), inside, line("8")).line_items
    assert [sku_of(one) for one in lines] == [Sku("7", "7-41"), Sku("7", "7-42"), Sku("8", "")]
