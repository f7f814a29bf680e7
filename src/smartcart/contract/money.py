"""Euros on the wire, integer cents everywhere else.

On the wire money is a JSON number of at most two places; 25, 25.5 and 10.40 are all published
(contract §4). It is read into `Decimal` exactly as written. What we write comes from `to_euros` and
so always has two places: 25 euros leave as `25.00`.
"""

from decimal import Decimal

from smartcart.contract.errors import ContractError

__all__ = ["to_cents", "to_euros"]

_LARGEST = Decimal(10) ** 12


def to_cents(euros: Decimal, field: str = "amount") -> int:
    """The amount in integer cents, exactly.

    Raises `ContractError` (naming `field` and the value) for more than two places, for NaN and
    infinity, and from a trillion euros up. `10.400` is fine: its third place says nothing.
    """
    if not euros.is_finite() or abs(euros) >= _LARGEST:
        raise ContractError(field, f"{euros} is not an amount of money in euros")
    cents = euros.scaleb(2)
    if cents != cents.to_integral_value():
        raise ContractError(field, f"{euros} has more than two places; money is whole cents")
    return int(cents)


def to_euros(cents: int) -> Decimal:
    """The amount in euros with two places: 1040 is `Decimal('10.40')`."""
    return Decimal(cents).scaleb(-2)
