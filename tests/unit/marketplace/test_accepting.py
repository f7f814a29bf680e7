"""Accepting an order: every choice is one of its options, or refused by name (contract §3)."""

from datetime import timedelta

import pytest

from smartcart.contract import AcceptRequest, OrderState
from smartcart.marketplace.domain import answers, placement
from smartcart.marketplace.domain.order import Acceptance, Order, PickupLocation
from smartcart.marketplace.domain.placement import Terms
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import (
    NOW,
    SHOP,
    SHOP_ADDRESS,
    a_cart,
    a_line,
    a_merchant,
    acceptance_of,
    an_order,
    later,
)
from tests.support.proving import proves

STOREROOM = PickupLocation("Vf3gWh4iXj", SHOP_ADDRESS)


def refusal(order: Order, request: AcceptRequest, hours: float = 0) -> tuple[RefusalCode, str]:
    with pytest.raises(Refused) as refused:
        answers.accept(order, request, later(hours=hours))
    return refused.value.code, refused.value.message


def test_accepting_keeps_what_was_chosen() -> None:
    order = an_order(locations=(SHOP, STOREROOM))
    request = acceptance_of(order, pickup_location=STOREROOM.id, number_of_parcels=3)
    accepted = answers.accept(order, request, NOW)
    assert accepted.state is OrderState.ACCEPTED
    assert accepted.version == order.version + 1
    assert accepted.acceptance == Acceptance(STOREROOM, order.windows[0], 3)


def test_nothing_else_of_the_order_changes() -> None:
    order = an_order()
    accepted = answers.accept(order, acceptance_of(order), NOW)
    changed = {
        name for name in Order.__struct_fields__ if getattr(accepted, name) != getattr(order, name)
    }
    assert changed == {"state", "version", "acceptance"}


def test_one_parcel_unless_told_otherwise() -> None:
    order = an_order()
    request = AcceptRequest(pickup_location=SHOP.id, pickup_window=1)
    accepted = answers.accept(order, request, NOW)
    assert accepted.acceptance is not None
    assert accepted.acceptance.parcels == 1


def test_a_location_that_is_not_offered() -> None:
    order = an_order(locations=(SHOP, STOREROOM))
    assert refusal(order, acceptance_of(order, pickup_location="elsewhere")) == (
        RefusalCode.PICKUP_LOCATION,
        "pickup_location 'elsewhere' is not among the order's accept_options: "
        "Sa1bTc2dUe, Vf3gWh4iXj.",
    )


def test_a_window_that_is_not_offered() -> None:
    order = an_order()
    assert refusal(order, acceptance_of(order, pickup_window=99)) == (
        RefusalCode.PICKUP_WINDOW,
        "pickup_window 99 is not among the order's accept_options: 1, 2, 3, 4, 5.",
    )


def test_a_window_is_required_where_some_are_offered() -> None:
    order = an_order()
    assert refusal(order, acceptance_of(order, pickup_window=None)) == (
        RefusalCode.PICKUP_WINDOW,
        "pickup_window is required; one of: 1, 2, 3, 4, 5.",
    )


@proves("accept.window-not-offered")
def test_an_order_without_windows_is_accepted_without_one() -> None:
    """A pickup at the store (contract §3, §6)."""
    order = an_order(windows=())
    accepted = answers.accept(order, acceptance_of(order), NOW)
    assert accepted.acceptance == Acceptance(SHOP, None, 1)


def test_an_order_without_windows_does_not_take_one() -> None:
    order = an_order(windows=())
    assert refusal(order, acceptance_of(order, pickup_window=1)) == (
        RefusalCode.PICKUP_WINDOW,
        "pickup_window 1 is not among the order's accept_options: none.",
    )


@pytest.mark.parametrize("parcels", [0, 4, -1])
def test_a_number_of_parcels_that_is_not_offered(parcels: int) -> None:
    order = an_order()
    assert refusal(order, acceptance_of(order, number_of_parcels=parcels)) == (
        RefusalCode.NUMBER_OF_PARCELS,
        f"number_of_parcels {parcels} is not among the order's accept_options: 1, 2, 3.",
    )


def test_a_window_that_has_begun_is_no_option_any_more() -> None:
    order = an_order()
    first, second, *_ = order.windows
    assert order.open_windows(first.start - timedelta(seconds=1))[0] == first
    assert order.open_windows(first.start)[0] == second
    with pytest.raises(Refused, match=r"pickup_window 1 is not among .*: 2, 3, 4, 5, 6"):
        answers.accept(order, acceptance_of(order), first.start)
    accepted = answers.accept(order, acceptance_of(order, pickup_window=2), first.start)
    assert accepted.acceptance is not None
    assert accepted.acceptance.window == second


@pytest.mark.parametrize("hours", [1, 24, 48, 240])
def test_while_it_may_be_accepted_there_is_a_choice_of_windows(hours: int) -> None:
    order = placement.placed(
        "260312-0004217",
        a_merchant(),
        a_cart(),
        (a_line(),),
        Terms(answer_within=timedelta(hours=hours)),
        NOW,
    )
    for moment in (NOW, order.expires_at - timedelta(seconds=1)):
        offered = order.open_windows(moment)
        assert len(offered) == 5
        for window in offered:
            request = acceptance_of(order, pickup_window=window.id)
            assert answers.accept(order, request, moment).state is OrderState.ACCEPTED


def test_a_window_too_far_ahead_is_not_offered_yet() -> None:
    order = an_order()
    request = acceptance_of(order, pickup_window=6)
    with pytest.raises(Refused, match=r"pickup_window 6 is not among .*: 1, 2, 3, 4, 5\."):
        answers.accept(order, request, NOW)


def test_when_all_windows_have_begun_none_can_be_left_out() -> None:
    order = an_order(expires_at=later(days=30))
    after_all = order.windows[-1].start
    assert after_all < order.expires_at
    with pytest.raises(Refused, match=r"pickup_window is required; one of: none\."):
        answers.accept(order, acceptance_of(order, pickup_window=None), after_all)


@proves("accept.not-open", "transport.state-before-options")
@pytest.mark.parametrize(
    ("state", "message"),
    [
        (OrderState.ACCEPTED, "Order already accepted."),
        (OrderState.REJECTED, "Order is rejected."),
        (OrderState.CANCELLED, "Order is cancelled."),
        (OrderState.EXPIRED, "Order is expired."),
    ],
)
def test_the_state_is_looked_at_before_the_options(state: OrderState, message: str) -> None:
    """Contract §2: an accepted order with a wrong location says that it is accepted."""
    order = an_order(state=state)
    wrong = AcceptRequest(pickup_location="elsewhere", pickup_window=99, number_of_parcels=9)
    assert refusal(order, wrong) == (RefusalCode.ORDER_STATUS, message)


def test_it_may_be_accepted_up_to_the_last_moment() -> None:
    order = an_order(expires_at=later(hours=1))
    request = acceptance_of(order)
    assert answers.accept(order, request, later(minutes=59.99)).state is OrderState.ACCEPTED
    assert refusal(order, request, hours=1) == (RefusalCode.ORDER_STATUS, "Order expired.")


def test_being_late_is_said_before_the_options() -> None:
    order = an_order(expires_at=later(hours=1))
    wrong = acceptance_of(order, pickup_location="elsewhere")
    assert refusal(order, wrong, hours=2) == (RefusalCode.ORDER_STATUS, "Order expired.")
