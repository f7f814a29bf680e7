"""What the customer, the operator and the clock do to an order (contract §5, §7)."""

from datetime import timedelta

import pytest

from smartcart.contract import OrderState
from smartcart.marketplace.domain import answers, operations
from smartcart.marketplace.domain.order import IssuedVoucher, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import NOW, acceptance_of, an_order, later

VOUCHER = IssuedVoucher("https://market.example/vouchers/x.pdf", ("SC123456789012",))


def accepted() -> Order:
    order = an_order()
    return answers.accept(order, acceptance_of(order), NOW)


def test_cancelling_ends_an_open_order_and_an_accepted_one() -> None:
    for order in (an_order(), accepted()):
        cancelled = operations.cancel(order)
        assert cancelled.state is OrderState.CANCELLED
        assert cancelled.version == order.version + 1
        assert cancelled.acceptance == order.acceptance


@pytest.mark.parametrize("state", [OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED])
def test_what_has_ended_is_not_cancelled(state: OrderState) -> None:
    with pytest.raises(Refused, match=f"Order is {state}"):
        operations.cancel(an_order(state=state))


def test_an_order_nobody_answered_may_be_cancelled_when_it_is_overdue() -> None:
    overdue = an_order(expires_at=later(hours=-1))
    assert operations.cancel(overdue).state is OrderState.CANCELLED


def test_extending_moves_both_times_and_offers_later_windows() -> None:
    order = an_order()
    assert order.dispatch_until is not None
    extended = operations.extend(order, timedelta(hours=30), later(hours=20))
    assert extended.state is OrderState.OPEN
    assert extended.version == order.version + 1
    assert extended.expires_at == order.expires_at + timedelta(hours=30)
    assert extended.dispatch_until == order.dispatch_until + timedelta(hours=30)
    assert extended.windows[0].start > order.windows[0].start


def test_the_ids_of_windows_go_on_and_never_mean_another() -> None:
    order = an_order()
    extended = operations.extend(order, timedelta(hours=1), NOW)
    again = operations.extend(extended, timedelta(hours=1), NOW)
    ids = [window.id for one in (order, extended, again) for window in one.windows]
    assert ids == list(range(1, len(ids) + 1))


def test_an_order_that_offers_no_windows_is_extended_without_any() -> None:
    """A pickup at the store."""
    extended = operations.extend(an_order(windows=()), timedelta(hours=1), NOW)
    assert extended.windows == ()


def test_an_extended_order_can_be_accepted_in_its_new_time() -> None:
    order = an_order(expires_at=later(hours=1))
    extended = operations.extend(order, timedelta(hours=72), NOW)
    last_moment = extended.expires_at - timedelta(seconds=1)
    window = extended.open_windows(last_moment)[-1]
    request = acceptance_of(extended, pickup_window=window.id)
    assert answers.accept(extended, request, last_moment).state is OrderState.ACCEPTED


@pytest.mark.parametrize("hours", [24, 25])
def test_what_is_overdue_is_not_extended(hours: int) -> None:
    with pytest.raises(Refused, match=r"Order expired\."):
        operations.extend(an_order(), timedelta(hours=1), later(hours=hours))


def test_an_accepted_order_is_not_extended() -> None:
    with pytest.raises(Refused, match=r"Order is accepted\."):
        operations.extend(accepted(), timedelta(hours=1), NOW)


def test_expiring_waits_for_the_last_moment() -> None:
    order = an_order()
    with pytest.raises(Refused) as refused:
        operations.expire(order, order.expires_at - timedelta(microseconds=1))
    assert refused.value.code is RefusalCode.ORDER_STATUS
    expired = operations.expire(order, order.expires_at)
    assert (expired.state, expired.version) == (OrderState.EXPIRED, order.version + 1)


@pytest.mark.parametrize("hours", [0, 23.999, 24, 25])
def test_at_every_moment_an_open_order_is_either_answered_or_expired(hours: float) -> None:
    order, moment = an_order(), later(hours=hours)
    expires = True
    try:
        operations.expire(order, moment)
    except Refused:
        expires = False
    assert expires is not order.is_actable(moment)


def test_an_order_has_one_voucher() -> None:
    order = accepted()
    with_one = operations.with_voucher(order, VOUCHER)
    assert (with_one.state, with_one.voucher) == (OrderState.ACCEPTED, VOUCHER)
    assert with_one.version == order.version + 1
    with pytest.raises(Refused, match="has a voucher already"):
        operations.with_voucher(with_one, VOUCHER)


@pytest.mark.parametrize(
    "state",
    [OrderState.OPEN, OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED],
)
def test_only_an_accepted_order_gets_a_voucher(state: OrderState) -> None:
    with pytest.raises(Refused, match=f"Order is {state}"):
        operations.with_voucher(an_order(state=state), VOUCHER)
