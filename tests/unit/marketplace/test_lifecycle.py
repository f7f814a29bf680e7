"""The table of an order's life, against the contract's words (§3, §4, §7)."""

import itertools

import pytest

from smartcart.contract import OrderState
from smartcart.marketplace.domain.lifecycle import TABLE, Verb, after
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

KNOWN = {state for state, _ in TABLE if state} | set(TABLE.values())


def test_every_state_is_reached_from_the_beginning() -> None:
    reached: set[OrderState | None] = {None}
    while new := {to for (start, _), to in TABLE.items() if start in reached} - reached:
        reached |= new
    assert reached - {None} == KNOWN


def test_every_verb_is_of_use() -> None:
    assert {verb for _, verb in TABLE} == set(Verb)


def test_an_order_begins_once() -> None:
    placing = {Verb.PLACE, Verb.PLACE_ACCEPTED}
    assert {key for key in TABLE if None in key} == {(None, verb) for verb in placing}
    assert {key[0] for key in TABLE if key[1] in placing} == {None}


@pytest.mark.parametrize(("start", "verb"), [key for key in TABLE if key[0]])
def test_what_is_in_the_table_happens(start: OrderState, verb: Verb) -> None:
    assert after(start, verb) is TABLE[start, verb]


@pytest.mark.parametrize(
    ("start", "verb"),
    [pair for pair in itertools.product(OrderState, Verb) if pair not in TABLE],
)
def test_what_is_not_in_the_table_is_refused(start: OrderState, verb: Verb) -> None:
    with pytest.raises(Refused) as refused:
        after(start, verb)
    assert refused.value.code is RefusalCode.ORDER_STATUS
    assert start.value in refused.value.message


@pytest.mark.parametrize(
    ("start", "verb", "message"),
    [
        (OrderState.ACCEPTED, Verb.ACCEPT, "Order already accepted."),
        (OrderState.REJECTED, Verb.REJECT, "Order already rejected."),
        (OrderState.ACCEPTED, Verb.REJECT, "Order is accepted."),
        (OrderState.REJECTED, Verb.ACCEPT, "Order is rejected."),
        (OrderState.CANCELLED, Verb.ACCEPT, "Order is cancelled."),
        (OrderState.EXPIRED, Verb.ACCEPT, "Order is expired."),
        (OrderState.DELIVERED, Verb.REJECT, "Order is delivered."),
    ],
)
def test_the_words_of_a_refusal(start: OrderState, verb: Verb, message: str) -> None:
    with pytest.raises(Refused) as refused:
        after(start, verb)
    assert refused.value.message == message


def test_a_merchant_cannot_take_back_what_it_accepted() -> None:
    """Contract §7: an accepted order cannot be rejected, and may still be cancelled."""
    assert (OrderState.ACCEPTED, Verb.REJECT) not in TABLE
    assert TABLE[OrderState.ACCEPTED, Verb.CANCEL] is OrderState.CANCELLED
