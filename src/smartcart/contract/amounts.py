"""No order that was read carries an amount that is not a number.

JSON has no NaN and no infinity, but the decoder takes both from text, and they poison every sum.
"""

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Final

from smartcart.contract.errors import ContractError
from smartcart.contract.order import Fees, LineItem, Order

__all__ = ["check_amounts"]

_OF_ORDER: Final = ("commission", "shipping_cost")
_OF_FEES: Final = Fees.__struct_fields__
_OF_LINE: Final = ("unit_price", "total_price", "commission", "commission_rate", "vat_ratio")

_Amounts = tuple[Decimal | None, ...]
_order_amounts: Callable[[Order], _Amounts] = attrgetter(*_OF_ORDER)
_fee_amounts: Callable[[Fees], _Amounts] = attrgetter(*_OF_FEES)
_line_amounts: Callable[[LineItem], _Amounts] = attrgetter(*_OF_LINE)


def check_amounts(order: Order) -> None:
    """Raise `ContractError`, naming the field, for an amount that is NaN or infinite."""
    _check("order.", _OF_ORDER, _order_amounts(order))
    _check("order.fees.", _OF_FEES, _fee_amounts(order.fees))
    for line in order.line_items:
        _check("order.line_items[...].", _OF_LINE, _line_amounts(line))
        if isinstance(line.readjusted_vat, Decimal):
            _check("order.line_items[...].", ("readjusted_vat",), (line.readjusted_vat,))


def _check(where: str, names: tuple[str, ...], amounts: _Amounts) -> None:
    for amount in amounts:
        if amount is not None and not amount.is_finite():
            name = names[amounts.index(amount)]
            raise ContractError(where + name, f"{amount} is not a number.")
