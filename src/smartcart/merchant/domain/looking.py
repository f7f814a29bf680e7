"""When an order that waits must be looked at again."""

from datetime import datetime

from smartcart.contract import to_micros
from smartcart.merchant.domain.order import ShopOrder, Status
from smartcart.merchant.domain.policy import Policy


def next_look(order: ShopOrder, policy: Policy, now: datetime) -> int | None:
    """The moment, in microseconds, at which an order on hold must be decided again.

    By time alone, that is when its last resort begins; `now` when that has begun and the order was
    not decided since. None for an order that is not on hold, that does not expire or has expired,
    or that was decided within its last resort already. Deciding again also when nothing comes of
    it settles the matter: then there is no next look.
    """
    present = to_micros(now)
    if order.status is not Status.HELD or order.expires_at is None or order.expires_at <= present:
        return None
    moment = order.expires_at - round(policy.last_resort.minutes_before_expiry * 60_000_000)
    if moment > present:
        return moment
    return present if order.grounds is None or order.grounds.at < moment else None
