"""What the marketplace does to an order after its merchant answered (contract §4, §5, §7)."""

from collections.abc import Callable

import pytest

from smartcart.contract import OrderState, Return
from smartcart.contract.vocabulary import Actor
from smartcart.marketplace.domain import answers, operations, reprocessing
from smartcart.marketplace.domain.order import (
    Acceptance,
    DeliveryNote,
    Fulfilment,
    IssuedVoucher,
    Order,
)
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import NOW, TERMS, a_line, acceptance_of, an_order, later
from tests.support.proving import proves

NOTE = DeliveryNote("ΔΑΠ0012408", "https://files.example/dap.pdf")
LINES = (a_line("line-1"), a_line("line-2"))


def accepted(**changes: object) -> Order:
    order = an_order(*LINES, now=NOW, **changes)
    return answers.accept(order, acceptance_of(order), NOW)


def dispatched() -> Order:
    return operations.dispatch(accepted(), None)


def refusal(act: Callable[[], Order]) -> tuple[RefusalCode, str]:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code, refused.value.message


@proves("business.express")
def test_the_marketplace_accepts_express_orders_with_the_first_of_each_option() -> None:
    order = an_order(express=True)
    after = operations.accept_express(order, NOW)
    assert after.state is OrderState.ACCEPTED
    assert after.acceptance == Acceptance(order.locations[0], order.windows[0], 1)


def test_the_marketplace_accepts_no_other_and_none_too_late() -> None:
    words = (RefusalCode.ORDER_STATUS, "Order is not express.")
    assert refusal(lambda: operations.accept_express(an_order(), NOW)) == words
    late = an_order(express=True)
    expired = (RefusalCode.ORDER_STATUS, "Order expired.")
    assert refusal(lambda: operations.accept_express(late, late.expires_at)) == expired


@proves("accept.express", "reject.express")
def test_the_merchant_does_not_answer_express_orders() -> None:
    order = an_order(express=True)
    words = (RefusalCode.ORDER_STATUS, "Order is express")
    assert refusal(lambda: answers.accept(order, acceptance_of(order), NOW)) == words
    assert not order.is_actable(NOW)


@proves("business.not-dispatched")
def test_what_is_not_handed_over_is_rejected_by_the_marketplace_and_not_issued_again() -> None:
    after = operations.reject_undispatched(accepted(), "Δεν παραδόθηκε")
    assert (after.state, after.rejected_by) == (OrderState.REJECTED, Actor.MARKETPLACE)
    assert after.rejected_because == "Δεν παραδόθηκε"
    assert reprocessing.follow_up(after, ("a", "b"), TERMS, NOW) is None


@proves("business.cancelled-at-any-stage")
@pytest.mark.parametrize("order", [an_order(), accepted(), dispatched()])
def test_it_may_be_called_off_until_it_is_delivered(order: Order) -> None:
    assert operations.cancel(order).state is OrderState.CANCELLED
    delivered = operations.deliver(dispatched())
    assert refusal(lambda: operations.cancel(delivered))[0] is RefusalCode.ORDER_STATUS


def test_another_courier_as_long_as_there_is_no_voucher() -> None:
    after = operations.assign_courier(accepted(), "ACS", TERMS.courier)
    assert (after.courier, after.last_mile) == ("ACS", False)
    back = operations.assign_courier(after, TERMS.courier, TERMS.courier)
    assert (back.courier, back.last_mile) == (TERMS.courier, True)
    voucher = IssuedVoucher("https://market.example/v.pdf", ("SC1",))
    sealed = operations.with_voucher(accepted(), voucher)
    assert "settled" in refusal(lambda: operations.assign_courier(sealed, "ACS", "ours"))[1]
    collected = accepted(fulfilment=Fulfilment.STORE_PICKUP, windows=())
    assert "settled" in refusal(lambda: operations.assign_courier(collected, "ACS", "ours"))[1]


def test_a_delivery_note_goes_with_what_the_warehouse_sends_and_with_nothing_else() -> None:
    from_warehouse = an_order(state=OrderState.ACCEPTED, fulfilment=Fulfilment.FBS)
    assert operations.dispatch(from_warehouse, NOTE).delivery_note == NOTE
    assert "delivery note" in refusal(lambda: operations.dispatch(accepted(), NOTE))[1]


def test_what_is_collected_from_the_store_is_delivered_and_never_dispatched() -> None:
    collected = accepted(fulfilment=Fulfilment.STORE_PICKUP, windows=())
    assert operations.deliver(collected).state is OrderState.DELIVERED
    assert "store" in refusal(lambda: operations.dispatch(collected, None))[1]
    assert "not dispatched" in refusal(lambda: operations.deliver(accepted()))[1]


def test_a_return_is_announced_beside_those_there_are() -> None:
    first, second = Return(return_uuid="r-1"), Return(return_uuid="r-2", tracking_ids=("T1",))
    after = operations.start_return(operations.deliver(dispatched()), first)
    assert (after.state, after.returns) == (OrderState.FOR_RETURN, (first,))
    straight = operations.start_return(dispatched(), None)
    assert (straight.state, straight.returns) == (OrderState.FOR_RETURN, None)
    again = operations.start_return(accepted_with(first), second)
    assert again.returns == (first, second)


def accepted_with(announced: Return) -> Order:
    return operations.deliver_partially(operations.dispatch(accepted(returns=(announced,)), None))


def test_lines_come_back_one_by_one() -> None:
    order = operations.start_return(operations.deliver(dispatched()), None)
    part = operations.take_back(order, ("line-2",), "wrong_size")
    assert part.state is OrderState.PARTIALLY_RETURNED
    assert [line.return_reason for line in part.lines] == [None, "wrong_size"]
    whole = operations.take_back(part, ("line-1",), "faulty")
    assert whole.state is OrderState.RETURNED
    assert [line.return_reason for line in whole.lines] == ["faulty", "wrong_size"]


def test_all_of_it_comes_back_unless_lines_are_named() -> None:
    back = operations.take_back(operations.deliver(dispatched()), (), "withdrawal")
    assert back.state is OrderState.RETURNED
    assert {line.return_reason for line in back.lines} == {"withdrawal"}


def test_a_line_that_is_not_the_orders_cannot_come_back() -> None:
    order = operations.deliver(dispatched())
    words = (RefusalCode.LINE_ITEMS, "'x' is not a line of this order.")
    assert refusal(lambda: operations.take_back(order, ("line-1", "x"), "faulty")) == words


def test_nothing_comes_back_before_it_was_sent() -> None:
    words = (RefusalCode.ORDER_STATUS, "Order is accepted.")
    assert refusal(lambda: operations.take_back(accepted(), (), "faulty")) == words
    assert refusal(lambda: operations.start_return(accepted(), None)) == words


def test_an_order_of_the_store_has_no_dispatch_to_put_off() -> None:
    order = an_order(dispatch_until=None, windows=(), fulfilment=Fulfilment.STORE_PICKUP)
    extended = operations.extend(order, later(hours=5) - NOW, NOW)
    assert extended.dispatch_until is None
    assert extended.expires_at == order.expires_at + (later(hours=5) - NOW)


@pytest.mark.parametrize(
    ("numbers", "kept"), [((), None), (("SN-1",), "SN-1"), (("SN-1", "SN-2"), "SN-1,SN-2")]
)
def test_serial_numbers_are_recorded_in_place_of_those_there_were(
    numbers: tuple[str, ...], kept: str | None
) -> None:
    before = operations.record_serial_numbers(accepted(), "line-1", ("old",))
    after = operations.record_serial_numbers(before, "line-1", numbers)
    assert [line.serial_numbers for line in after.lines] == [kept, None]
    assert (after.state, after.version) == (OrderState.ACCEPTED, before.version + 1)


def test_serial_numbers_that_will_not_do() -> None:
    too_many = (RefusalCode.LINE_ITEMS, "serial_numbers: 4 are given for 3 pieces.")
    assert refusal(
        lambda: operations.record_serial_numbers(accepted(), "line-1", tuple("abcd"))
    ) == (too_many)
    unseen = (RefusalCode.LINE_ITEMS, "serial_numbers: each must have visible characters.")
    assert refusal(lambda: operations.record_serial_numbers(accepted(), "line-1", (" ",))) == unseen
    assert (
        refusal(lambda: operations.record_serial_numbers(accepted(), "line-1", ("a\0",))) == unseen
    )


def test_a_line_comes_back_once() -> None:
    part = operations.take_back(operations.deliver(dispatched()), ("line-2",), "faulty")
    words = (RefusalCode.LINE_ITEMS, "Line 'line-2' is returned already.")
    assert refusal(lambda: operations.take_back(part, ("line-2",), "withdrawal")) == words
    rest = operations.take_back(part, (), "withdrawal")
    assert [line.return_reason for line in rest.lines] == ["withdrawal", "faulty"]


def test_an_order_that_is_to_end_early_expires_while_there_is_time() -> None:
    order = an_order()
    words = (RefusalCode.ORDER_STATUS, "Order may be answered until 2026-03-13 09:41:07.")
    assert refusal(lambda: operations.expire(order, NOW)) == words
    early = operations.expire(order, NOW, early=True)
    assert (early.state, early.expires_at) == (OrderState.EXPIRED, order.expires_at)


def test_a_note_it_was_placed_with_goes_with_what_the_warehouse_sends() -> None:
    noted = an_order(state=OrderState.ACCEPTED, fulfilment=Fulfilment.FBS, delivery_note=NOTE)
    assert operations.dispatch(noted, None).delivery_note == NOTE
