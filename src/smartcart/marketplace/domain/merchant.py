"""A merchant: who sells, where its parcels are collected, which of the two tools it uses."""

from msgspec import Struct

from smartcart.marketplace.domain.order import PickupLocation


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
