"""What went wrong with an attempt, in one of a few words."""

from smartcart.kit.egress import FailureKind
from smartcart.outbox import Failed

_WORDS = frozenset(FailureKind) | {"not_sent"}


def error_class(failed: Failed) -> str:
    """A class of statuses such as `5xx`, a `FailureKind`, `not_sent`, or `other`."""
    met = failed.trace
    if met.error == FailureKind.STATUS and met.status is not None:
        return f"{met.status // 100}xx"
    return met.error if met.error in _WORDS else "other"
