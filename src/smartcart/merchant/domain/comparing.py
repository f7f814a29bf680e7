"""What another policy would have made of an order, and what that is worth."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract import ContractError, LineItem, Order, from_micros, to_cents
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.decisions import Accept, Decision, Hold, Reject, Rule
from smartcart.merchant.domain.doubts import value
from smartcart.merchant.domain.order import Basis, Decided
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.domain.shelves import Stock
from smartcart.merchant.domain.skus import wanted


class Comparison(Struct, frozen=True):
    """An order decided twice. Money is cents: what the order is worth, None when it does not say,
    and what each decision loses, see `lost`.
    """

    code: str
    before: Decision
    after: Decision
    value: int | None
    lost_before: int
    lost_after: int

    @property
    def differs(self) -> bool:
        """Whether something else would be done; two holds do the same whatever their reasons."""
        return _done(self.before) != _done(self.after)

    @property
    def change(self) -> tuple[str, str]:
        """The kinds of the two decisions: `accept`, `reject`, `hold` or `nothing`."""
        return kind(self.before), kind(self.after)


def again(order: Order, decided: Decided, policy: Policy) -> Comparison:
    """The order decided by `policy`, at the same moment and from the same stock as it was."""
    now = from_micros(decided.grounds.at)
    after = decide(order, recalled(order, decided.basis), now, policy)
    return compared(order, decided.decision, after)


def compared(order: Order, before: Decision, after: Decision) -> Comparison:
    """Two decisions about one order, side by side."""
    return Comparison(
        order.code, before, after, value(order), lost(order, before), lost(order, after)
    )


def recalled(order: Order, basis: Iterable[Basis]) -> Stock:
    """The stock that an order was decided from."""
    known = {one.sku: one.shelf for one in basis}
    return {
        sku: shelf for sku in wanted(order.line_items) if (shelf := known.get(str(sku))) is not None
    }


def lost(order: Order, decision: Decision) -> int:
    """Cents that a reject costs: half the commission of the pieces that are not served.

    Lines that do not tell their commission count for nothing; so do all other decisions.
    """
    if not isinstance(decision, Reject):
        return 0
    served = {line.id: line.available_quantity or 0 for line in decision.lines}
    halves = [_half(line, served[line.id]) for line in order.line_items if line.id in served]
    return sum(halves)


def kind(decision: Decision) -> str:
    """The decision in one word."""
    return type(decision).__name__.lower()


def _half(line: LineItem, served: int) -> int:
    if line.commission is None or not line.quantity:
        return 0
    try:
        cents = to_cents(line.commission)
    except ContractError:
        return 0
    return round(Decimal(cents) * (line.quantity - served) / line.quantity / 2)


def _done(decision: Decision) -> Decision | str:
    match decision:
        case Accept():
            return replace(decision, rule=Rule.IN_STOCK)
        case Reject():
            return replace(decision, rule=Rule.SHORT)
        case Hold():
            return "hold"
        case _:
            return "nothing"
