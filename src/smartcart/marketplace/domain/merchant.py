"""A merchant: who sells, where its parcels are collected, which of the two tools it uses."""

from msgspec import Struct

from smartcart.marketplace.domain.order import PickupLocation
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

LONGEST_ID = 64


class Merchant(Struct, frozen=True, kw_only=True):
    """`webhook_url` is where events go, empty for nowhere; its host is `domain` or below it (§5).

    Each of the two tools has its own switch (§1).
    """

    id: str
    name: str
    domain: str
    phone: str
    webhook_url: str
    locations: tuple[PickupLocation, ...]
    webhook_enabled: bool = True
    orders_api_enabled: bool = True
    set_as_ready_required: bool = False
    commission_basis_points: int = 1_000

    @property
    def is_told_by_webhook(self) -> bool:
        return self.webhook_enabled and bool(self.webhook_url)


def check(merchant: Merchant) -> None:
    """Raise `Refused`, naming the field, for a merchant that cannot be one."""
    visible = merchant.id.isprintable() and " " not in merchant.id
    if not visible or not 1 <= len(merchant.id) <= LONGEST_ID:
        raise _refused(f"id: give 1 to {LONGEST_ID} visible characters without blanks")
    if not merchant.name.strip():
        raise _refused("name: give the shop's name, as it is to stand on vouchers")
    if not merchant.locations:
        raise _refused("locations: give at least one place parcels are collected from")
    if not 0 <= merchant.commission_basis_points <= 10_000:
        raise _refused("commission: give 0 to 100 per cent")


def _refused(message: str) -> Refused:
    return Refused(RefusalCode.MERCHANT, message)
