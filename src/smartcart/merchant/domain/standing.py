"""How the shop's webhook fares at the marketplace: whether somebody must be told."""

from datetime import datetime
from typing import Final

from smartcart.contract import WebhookStanding

TOLD_EVERY: Final = 3_600_000_000
"""Microseconds after which a trouble that goes on is told of again."""


def fails(standing: WebhookStanding, seen: datetime) -> bool:
    """Whether the shop is not reached although it is there.

    `seen` is the newest request when it was first asked: what failed until then may have failed
    because nobody was there, and is over with the next event.
    """
    if standing.failing_since is None or not standing.attempts:
        return False
    newest = standing.attempts[0]
    return newest.at > seen and newest.outcome != "delivered"


def minutes(standing: WebhookStanding, now: datetime) -> int:
    """For how long it has failed, one at least."""
    since = standing.failing_since or now
    return max(1, round((now - since).total_seconds() / 60))
