"""The courier voucher as data: what travels, from whom, to whom, under which tracking codes."""

from datetime import datetime

import msgspec

PREFIX = "SC"
MINTED_DIGITS = 11
LONGEST_TRACKING_CODE = 24
MOST_PARCELS = 99


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a shipment. `lines` are street, number, floor: all between name and zip."""

    name: str
    lines: tuple[str, ...]
    zip: str
    city: str
    phone: str = ""


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier is asked to carry.

    Times are aware. `cash_on_delivery_cents` is collected once for the whole shipment; 0 means
    that it is paid. Raises ValueError, naming the field, for what no courier could carry.
    """

    order_code: str
    courier: str
    sender: Party
    recipient: Party
    created_at: datetime
    parcels: int = 1
    pickup_from: datetime | None = None
    pickup_to: datetime | None = None
    cash_on_delivery_cents: int = 0
    comments: str = ""
    collection_point: bool = False

    def __post_init__(self) -> None:
        """Refuse what would give a label that misleads the courier."""
        if not 1 <= self.parcels <= MOST_PARCELS:
            raise ValueError(f"parcels must be 1 to {MOST_PARCELS}, not {self.parcels}")
        if self.cash_on_delivery_cents < 0:
            raise ValueError("cash_on_delivery_cents must not be negative; 0 means paid")
        if (self.pickup_from is None) != (self.pickup_to is None):
            raise ValueError("pickup_from and pickup_to go together: give both or neither")
        for name in ("created_at", "pickup_from", "pickup_to"):
            _require_aware(name, getattr(self, name))


class Voucher(msgspec.Struct, frozen=True):
    """A shipment its courier took on: one tracking code for each parcel, in their order.

    Raises ValueError when the codes do not match the parcels or cannot be a Code 128 barcode.
    """

    shipment: Shipment
    tracking_codes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse codes that a scanner could not tell apart or read."""
        if len(self.tracking_codes) != self.shipment.parcels:
            raise ValueError(
                f"tracking_codes: {len(self.tracking_codes)} codes for "
                f"{self.shipment.parcels} parcels; give one for each"
            )
        if len(set(self.tracking_codes)) != len(self.tracking_codes):
            raise ValueError("tracking_codes: two parcels share a code; each needs its own")
        for code in self.tracking_codes:
            _require_scannable(code)


def tracking_code(minted: str) -> str:
    """Return the tracking code for `minted`, eleven random decimal digits.

    The code is `SC`, the digits and a check digit by Damm's algorithm: fourteen characters, of
    which any one mistyped digit and any two swapped neighbours are noticed.
    """
    if len(minted) != MINTED_DIGITS or not _is_decimal(minted):
        raise ValueError(f"minted must be {MINTED_DIGITS} decimal digits, not {minted!r}")
    return f"{PREFIX}{minted}{_damm(minted)}"


def is_valid_tracking_code(code: str) -> bool:
    """Tell whether `code` is one that `tracking_code` can have made."""
    digits = code.removeprefix(PREFIX)
    return (
        code.startswith(PREFIX)
        and len(digits) == MINTED_DIGITS + 1
        and _is_decimal(digits)
        and _damm(digits) == 0
    )


# H. Michael Damm, "Total anti-symmetrische Quasigruppen" (2004), the table of order ten.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _require_aware(name: str, time: datetime | None) -> None:
    if time is not None and time.utcoffset() is None:
        raise ValueError(f"{name} must carry its offset; a naive time has no instant")


def _require_scannable(code: str) -> None:
    visible = code.isascii() and code.isprintable() and " " not in code
    if not visible or not 1 <= len(code) <= LONGEST_TRACKING_CODE:
        raise ValueError(
            f"tracking_codes: {code!r} must be 1 to {LONGEST_TRACKING_CODE} "
            "visible ASCII characters to fit a barcode on the label"
        )
