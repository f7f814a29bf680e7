"""When a failed call is made again, and after how long: decided here, waited for elsewhere."""

import random
import time
from dataclasses import dataclass
from typing import Self

from smartcart.client.errors import AnswerLost, OrdersApiError, TooManyRequests, Unavailable

_NOT_CARRIED_OUT = (Unavailable, TooManyRequests)
_HARMLESS = (*_NOT_CARRIED_OUT, AnswerLost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how long a client tries.

    At most `attempts` requests for one call, the first among them, and none that would begin more
    than `budget` seconds after the first did. The wait before the next doubles from `base` seconds
    up to `cap`, less a random part; a `Retry-After` is waited out, or the call ends at once when
    that would take more than the budget. Raises `ValueError` for values that make no sense.
    """

    attempts: int = 4
    budget: float = 30.0
    base: float = 0.5
    cap: float = 10.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts: give 1 or more; 1 never repeats a request")
        if not 0 <= self.budget < float("inf"):
            raise ValueError("budget: give seconds, 0 or more")
        if not 0 < self.base <= self.cap < float("inf"):
            raise ValueError("base, cap: give seconds, 0 < base <= cap")

    @classmethod
    def none(cls) -> Self:
        """Every call is one request, for callers who repeat calls themselves."""
        return cls(attempts=1)


def next_wait(
    retries: Retries,
    error: OrdersApiError,
    *,
    method: str,
    attempt: int,
    elapsed: float,
    jitter: float,
) -> float | None:
    """Seconds until the request may be made again; None when the call ends with `error`.

    `attempt` requests were made, the first `elapsed` seconds ago; `jitter` is from 0 to 1. A GET
    is harmless to repeat. A POST is repeated only when it is certain that nothing was carried out.
    """
    repeatable = _HARMLESS if method == "GET" else _NOT_CARRIED_OUT
    if attempt >= retries.attempts or not isinstance(error, repeatable):
        return None
    wait = max(backoff(attempt, jitter, retries.base, retries.cap), error.retry_after or 0.0)
    return wait if elapsed + wait <= retries.budget else None


def backoff(attempt: int, jitter: float, base: float = 1.0, cap: float = 60.0) -> float:
    """Seconds to wait after the `attempt`th failure (1 is the first).

    The wait doubles from `base` up to `cap`; `jitter`, from 0 to 1, takes up to half of it away,
    so that many callers who failed together do not come back together.
    """
    doubled = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, 100))
    return doubled * (1 - jitter / 2)


class Tries:
    """The requests made for one call, counted from its beginning."""

    def __init__(self, retries: Retries, method: str) -> None:
        self._retries = retries
        self._method = method
        self._began = time.monotonic()
        self._made = 0

    def wait_after(self, error: OrdersApiError) -> float | None:
        """Seconds to wait after one more request that failed; None to give up."""
        self._made += 1
        return next_wait(
            self._retries,
            error,
            method=self._method,
            attempt=self._made,
            elapsed=time.monotonic() - self._began,
            jitter=random.random(),  # noqa: S311 - jitter
        )
