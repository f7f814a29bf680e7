"""Couriers behind one protocol, and the one that is built in."""

import secrets
from typing import NamedTuple, Protocol

from smartcart.marketplace.domain.voucher import MINTED_DIGITS, Shipment, Voucher, tracking_code
from smartcart.marketplace.voucher.press import Press


class IssuedVoucher(NamedTuple):
    """What a courier gives for a shipment: a code for each parcel, in order, and their labels."""

    tracking_codes: tuple[str, ...]
    pdf: bytes


class Courier(Protocol):
    """Takes shipments on. One implementation for each carrier."""

    async def issue(self, shipment: Shipment) -> IssuedVoucher:
        """Take `shipment` on and return its voucher.

        A caller that crashed before it could keep the voucher issues the same order code again:
        an implementation that books at a carrier must find its first booking by that code.
        """
        ...


class LastMile:
    """The marketplace's own last mile: mints its tracking codes and draws its labels itself.

    Nothing is booked anywhere, so a voucher that was not kept has never existed. Codes are
    random and not checked against earlier ones: keep them under a unique key and issue again
    in the rare case that one is taken.
    """

    def __init__(self, press: Press) -> None:
        """Draw with `press`, which stays its owner's to close."""
        self._press = press

    async def issue(self, shipment: Shipment) -> IssuedVoucher:
        """Return new codes and their labels; LabelNotDrawnError when the press cannot."""
        voucher = Voucher(shipment, _mint(shipment.parcels))
        return IssuedVoucher(voucher.tracking_codes, await self._press.draw(voucher))


def _mint(parcels: int) -> tuple[str, ...]:
    codes: set[str] = set()
    while len(codes) < parcels:
        digits = f"{secrets.randbelow(10**MINTED_DIGITS):0{MINTED_DIGITS}}"
        codes.add(tracking_code(digits))
    return tuple(codes)
