"""Whatever a client sends, an order is answered, or refused with a reason; nothing else happens."""

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from smartcart.contract import (
    ContractError,
    OrderBody,
    OrderState,
    encode,
    parse_accept,
    parse_order,
    parse_reject,
)
from smartcart.marketplace.domain import answers
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import Refused
from tests.support.marketplace import NOW, SHOP, a_line, an_order

ORDER = an_order(a_line("line-1", 3), a_line("line-2", 1))

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-2, 9)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "2", "4", " 3 ", "1.0", "1e3", "", SHOP.id, "line-1", "line-2"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
accepts = st.fixed_dictionaries(
    {},
    optional={
        "pickup_location": anything | st.just(SHOP.id),
        "pickup_window": anything | st.integers(0, 7),
        "number_of_parcels": anything | st.integers(0, 4),
        "unknown": anything,
    },
)
rejected_lines = st.fixed_dictionaries(
    {},
    optional={
        "id": anything | st.sampled_from(["line-1", "line-2"]),
        "reason_id": anything | st.sampled_from([1, 2, 4, 5, 6]),
        "available_quantity": anything | st.integers(-1, 4),
    },
)
rejects = st.fixed_dictionaries(
    {},
    optional={
        "line_items": anything | st.lists(rejected_lines, max_size=3),
        "rejection_reason_other": anything,
    },
)
bodies = st.binary(max_size=40) | (anything | accepts | rejects).map(
    lambda value: json.dumps(value).encode()
)


def outcome(answer: Callable[[], Order]) -> Order | str:
    """The order as it was answered, or the code of the refusal; anything else is an error."""
    try:
        return answer()
    except ContractError:
        return "shape"
    except Refused as refused:
        return refused.code.name.lower()


def check_written(order: Order) -> None:
    """An answered order can be told from the one before, written, and read again."""
    assert order.version == ORDER.version + 1
    shown = document(order, NOW)
    assert parse_order(encode(OrderBody(order=shown))) == shown


@settings(max_examples=400, deadline=None)
@given(bodies | accepts.map(lambda value: json.dumps(value).encode()))
def test_accepting(body: bytes) -> None:
    after = outcome(lambda: answers.accept(ORDER, parse_accept(body), NOW))
    if isinstance(after, str):
        assert after in ("shape", "pickup_location", "pickup_window", "number_of_parcels")
        return
    check_written(after)
    assert after.state is OrderState.ACCEPTED
    assert after.acceptance is not None
    assert after.acceptance.window in ORDER.open_windows(NOW)
    assert after.acceptance.parcels in ORDER.parcels


@settings(max_examples=400, deadline=None)
@given(bodies | rejects.map(lambda value: json.dumps(value).encode()))
def test_rejecting(body: bytes) -> None:
    after = outcome(lambda: answers.reject(ORDER, parse_reject(body), NOW))
    if isinstance(after, str):
        assert after in ("shape", "line_items")
        return
    check_written(after)
    assert after.state is OrderState.REJECTED
    rejected = [line for line in after.lines if line.rejection]
    assert bool(rejected) is (after.rejected_because is None)
