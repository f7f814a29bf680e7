"""When an effect that failed is tried again, and what its attempt says."""

import random
from dataclasses import dataclass

from smartcart.client import OrdersApiError, backoff
from smartcart.client.exchange import Exchange
from smartcart.outbox import Claim

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_SHOWN_BYTES = 1024
_SUCCESS = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """Back off from `base_seconds`, doubling, up to `cap_seconds`.

    The last attempt is made `last_chance_seconds` before the time is over.
    """

    base_seconds: float
    cap_seconds: float
    last_chance_seconds: float = 10

    def retry_at(
        self, claim: Claim, now: int, until: int | None, asked: float | None = None
    ) -> int | None:
        """When to try again, in microseconds; None when there is no time left for it.

        `until` is when the effect loses its point, a day after the first attempt when None.
        `asked` is how many seconds the other side wants us to wait at least.
        """
        end = until if until is not None else claim.first_attempt_at + _DAY
        wait = backoff(claim.attempt, random.random(), self.base_seconds, self.cap_seconds)  # noqa: S311 - jitter
        at = now + int(max(wait, asked or 0.0) * _SECOND)
        last = end - int(self.last_chance_seconds * _SECOND)
        if at <= last:
            return at
        return last if last > now else None


def detail(exchange: Exchange) -> str:
    """The status and how the answer began, or why there was none.

    An order that was read is told by its length: it is a customer's, and kept elsewhere.
    """
    if exchange.status is None:
        return f"no answer: {exchange.failure}"
    if exchange.method == "GET" and exchange.status // 100 == _SUCCESS:
        return f"{exchange.status}, {len(exchange.response_body)} bytes"
    shown = exchange.response_body[:_SHOWN_BYTES].decode(errors="replace").replace("\0", "")
    return f"{exchange.status} {shown or exchange.failure or ''}".rstrip()


def failed(error: OrdersApiError) -> str:
    """The same for a call that failed, with what that means."""
    return f"{type(error).__name__}: {detail(error.exchange)}"
