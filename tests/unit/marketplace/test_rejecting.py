"""Rejecting an order, line by line or as a whole (contract §3)."""

import pytest

from smartcart.contract import OrderState, RejectedLine, RejectRequest
from smartcart.marketplace.domain import answers
from smartcart.marketplace.domain.order import LineRejection, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import NOW, a_line, an_order, later
from tests.support.proving import proves

TWO_LINES = (a_line("line-1", 3), a_line("line-2", 2))


def lines(*rejected: RejectedLine) -> RejectRequest:
    return RejectRequest(line_items=rejected)


def one(reason_id: int, available: int | None = None, line: str = "line-1") -> RejectRequest:
    return lines(RejectedLine(id=line, reason_id=reason_id, available_quantity=available))


def message(order: Order, request: RejectRequest) -> str:
    with pytest.raises(Refused) as refused:
        answers.reject(order, request, NOW)
    assert refused.value.code is RefusalCode.LINE_ITEMS
    return refused.value.message


def test_rejecting_lines_says_why_of_each() -> None:
    order = an_order(*TWO_LINES)
    request = lines(
        RejectedLine(id="line-1", reason_id=4, available_quantity=2),
        RejectedLine(id="line-2", reason_id=1),
    )
    rejected = answers.reject(order, request, NOW)
    assert rejected.state is OrderState.REJECTED
    assert rejected.version == order.version + 1
    assert [line.rejection for line in rejected.lines] == [
        LineRejection(4, 2),
        LineRejection(1, None),
    ]
    assert rejected.rejected_because is None


def test_lines_not_named_are_not_rejected() -> None:
    rejected = answers.reject(an_order(*TWO_LINES), one(1, line="line-2"), NOW)
    assert [line.rejection for line in rejected.lines] == [None, LineRejection(1, None)]


def test_rejecting_as_a_whole_keeps_the_words() -> None:
    order = an_order(*TWO_LINES)
    request = RejectRequest(rejection_reason_other="Πλημμύρα στην αποθήκη")
    rejected = answers.reject(order, request, NOW)
    assert rejected.state is OrderState.REJECTED
    assert rejected.rejected_because == "Πλημμύρα στην αποθήκη"
    assert rejected.lines == order.lines


@pytest.mark.parametrize("reason", [1, 2, 5])
def test_a_reason_that_needs_no_quantity_keeps_none(reason: int) -> None:
    rejected = answers.reject(an_order(*TWO_LINES), one(reason, available=2), NOW)
    assert rejected.lines[0].rejection == LineRejection(reason, None)


@pytest.mark.parametrize("available", [0, 1, 2])
def test_limited_stock_takes_less_than_was_ordered(available: int) -> None:
    rejected = answers.reject(an_order(*TWO_LINES), one(4, available), NOW)
    assert rejected.lines[0].rejection == LineRejection(4, available)


@pytest.mark.parametrize("available", [-1, 3, 4, 2**40])
def test_limited_stock_takes_nothing_else(available: int) -> None:
    order = an_order(*TWO_LINES)
    assert message(order, one(4, available)) == "available_quantity must be 0 to 2."


def test_limited_stock_needs_its_quantity() -> None:
    found = message(an_order(*TWO_LINES), one(4))
    assert found == "reason_id 4 requires available_quantity."


def test_a_line_that_is_not_of_this_order() -> None:
    found = message(an_order(*TWO_LINES), one(1, line="line-9"))
    assert found == "'line-9' is not a line of this order."


@proves("reject.unknown-reason", "reject.reason-not-offered")
@pytest.mark.parametrize("reason", [0, 3, 6, 7, -1])
def test_a_reason_that_is_not_offered(reason: int) -> None:
    """6 exists and is in no order's reject_options (contract §3)."""
    found = message(an_order(*TWO_LINES), one(reason))
    assert found == f"reason_id {reason} is not offered; one of: 1, 2, 4, 5."


def test_one_wrong_line_refuses_the_whole_request() -> None:
    request = lines(RejectedLine(id="line-1", reason_id=1), RejectedLine(id="line-9", reason_id=1))
    assert message(an_order(*TWO_LINES), request) == "'line-9' is not a line of this order."


@proves("reject.not-open", "transport.state-before-options")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OrderState.REJECTED, "Order already rejected."),
        (OrderState.ACCEPTED, "Order is accepted."),
        (OrderState.CANCELLED, "Order is cancelled."),
        (OrderState.EXPIRED, "Order is expired."),
    ],
)
@pytest.mark.parametrize(
    "request_", [one(99, line="line-9"), RejectRequest(rejection_reason_other="όχι")]
)
def test_the_state_is_looked_at_before_the_lines(
    state: OrderState, words: str, request_: RejectRequest
) -> None:
    with pytest.raises(Refused) as refused:
        answers.reject(an_order(*TWO_LINES, state=state), request_, NOW)
    assert (refused.value.code, refused.value.message) == (RefusalCode.ORDER_STATUS, words)


def test_it_may_be_rejected_up_to_the_last_moment() -> None:
    order = an_order(*TWO_LINES, expires_at=later(hours=1))
    assert answers.reject(order, one(1), later(minutes=59)).state is OrderState.REJECTED
    with pytest.raises(Refused, match=r"Order expired\."):
        answers.reject(order, one(1), later(hours=1))
