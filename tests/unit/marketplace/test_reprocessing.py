"""What becomes of a rejected order: a new one for exactly what is available."""

from datetime import timedelta

import pytest

from smartcart.contract import OrderState, RejectedLine, RejectRequest
from smartcart.marketplace.domain import answers, reprocessing
from smartcart.marketplace.domain.order import LineItem, Order
from smartcart.marketplace.domain.placement import Terms
from tests.support.marketplace import NOW, TERMS, a_line, acceptance_of, an_order, later

IDS = ("new-1", "new-2", "new-3")
LINES = (a_line("line-1", 3), a_line("line-2", 2, shop_uid="KF-2077"), a_line("line-3", 1))


def rejected(*reasons: tuple[str, int, int | None]) -> Order:
    request = RejectRequest(
        line_items=tuple(
            RejectedLine(id=line, reason_id=reason, available_quantity=available)
            for line, reason, available in reasons
        )
    )
    return answers.reject(an_order(*LINES), request, NOW)


def follow_up(order: Order) -> Order | None:
    return reprocessing.follow_up(order, IDS, TERMS, later(hours=1))


def left(order: Order | None) -> list[tuple[str, int]]:
    assert order is not None
    return [(line.shop_uid, line.quantity) for line in order.lines]


def test_lines_that_were_not_rejected_stay_whole_and_limited_ones_shrink() -> None:
    following = follow_up(rejected(("line-1", 4, 2), ("line-2", 1, None)))
    assert left(following) == [("KF-1042", 2), ("KF-1042", 1)]


@pytest.mark.parametrize("reason", [1, 2, 5])
def test_a_line_without_a_quantity_is_gone(reason: int) -> None:
    assert left(follow_up(rejected(("line-1", reason, None)))) == [("KF-2077", 2), ("KF-1042", 1)]


def test_a_line_of_which_none_is_available_is_gone() -> None:
    assert left(follow_up(rejected(("line-1", 4, 0), ("line-3", 1, None)))) == [("KF-2077", 2)]


def test_nothing_available_is_no_order() -> None:
    nothing = rejected(("line-1", 4, 0), ("line-2", 1, None), ("line-3", 5, None))
    assert follow_up(nothing) is None


def test_an_order_rejected_as_a_whole_has_no_follow_up() -> None:
    request = RejectRequest(rejection_reason_other="Πλημμύρα")
    assert follow_up(answers.reject(an_order(*LINES), request, NOW)) is None


@pytest.mark.parametrize(
    "state", [state for state in OrderState if state is not OrderState.REJECTED]
)
def test_only_a_rejected_order_has_a_follow_up(state: OrderState) -> None:
    assert follow_up(an_order(*LINES, state=state)) is None


def test_the_follow_up_is_a_new_open_order_of_the_same_customer() -> None:
    before = rejected(("line-1", 4, 1))
    following = follow_up(before)
    assert following is not None
    assert (following.code, following.reissue_of) == ("260312-0004217-1", "260312-0004217")
    assert (following.state, following.version, following.events) == (OrderState.OPEN, 1, 0)
    now = later(hours=1)
    assert (following.created_at, following.expires_at) == (now, now + timedelta(hours=24))
    assert following.dispatch_until == TERMS.dispatch_until(now)
    assert following.windows[0].id == 1
    assert following.windows[0].start > now
    kept = ("merchant_id", "customer", "comments", "payment_method", "courier", "locations")
    for name in kept:
        assert getattr(following, name) == getattr(before, name)


def test_its_lines_are_new_ones_with_the_same_prices_and_no_rejection() -> None:
    before = rejected(("line-1", 4, 2))
    following = follow_up(before)
    assert following is not None
    expected: tuple[LineItem, ...] = (
        a_line("new-1", 2),
        a_line("new-2", 2, shop_uid="KF-2077"),
        a_line("new-3", 1),
    )
    assert following.lines == expected
    assert following.lines[0].commission_cents == a_line(quantity=2).commission_cents


def test_a_follow_up_can_be_rejected_and_followed_again() -> None:
    first = follow_up(rejected(("line-1", 4, 2)))
    assert first is not None
    request = RejectRequest(
        line_items=(RejectedLine(id="new-1", reason_id=4, available_quantity=1),)
    )
    second = follow_up(answers.reject(first, request, later(hours=2)))
    assert second is not None
    assert (second.code, second.reissue_of) == ("260312-0004217-2", "260312-0004217-1")
    assert left(second) == [("KF-1042", 1), ("KF-2077", 2), ("KF-1042", 1)]


def test_a_follow_up_can_be_accepted() -> None:
    following = follow_up(rejected(("line-1", 1, None)))
    assert following is not None
    after = answers.accept(following, acceptance_of(following), later(hours=1))
    assert after.state is OrderState.ACCEPTED


def test_its_time_is_that_of_the_terms_in_force() -> None:
    hurried = Terms(answer_within=timedelta(hours=2))
    following = reprocessing.follow_up(rejected(("line-1", 1, None)), IDS, hurried, NOW)
    assert following is not None
    assert following.expires_at == NOW + timedelta(hours=2)
