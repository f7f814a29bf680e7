"""How much a worker of the outbox does at once, and how long it waits."""

from smartcart.merchant.settings import MerchantSettings
from smartcart.outbox import Limits


def limits(settings: MerchantSettings, slots: int, slots_per_lane: int) -> Limits:
    return Limits(
        slots=slots,
        slots_per_lane=slots_per_lane,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
    )
