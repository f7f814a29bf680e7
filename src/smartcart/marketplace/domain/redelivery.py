"""When a webhook request is made again: 4 in total, all within 20 minutes (contract §5)."""

from hashlib import blake2b

from msgspec import Struct

_SECOND = 1_000_000
_ROOM = 0.05
"""Of the whole span, what is kept free after each request that is put off."""


class Schedule(Struct, frozen=True):
    """Seconds from the first request of an event to each that follows it, at the earliest.

    `jitter` is how much later a request may be, as a share of the wait before it: what failed
    together is not tried again together. `within` is the span that all requests lie in.
    """

    offsets: tuple[float, ...] = (60, 300, 1_080)
    within: float = 1_200
    jitter: float = 0.1

    @property
    def requests(self) -> int:
        return 1 + len(self.offsets)

    def is_over(self, attempt: int, first_at: int, now: int) -> bool:
        """Whether request number `attempt` may no longer be made."""
        return attempt > self.requests or now > first_at + int(self.within * _SECOND)

    def next_at(
        self, event: str, attempt: int, first_at: int, now: int, asked: float | None = None
    ) -> int | None:
        """When the request after number `attempt` is due; None when that was the last.

        Moments are microseconds. The same for the same `event`, a name of its own. `asked` are the
        seconds from `now` that the receiver asked to be left alone (Retry-After): as far as the
        requests that are left still fit into the span.
        """
        if attempt >= self.requests:
            return None
        seconds = (now - first_at) / _SECOND
        planned = self._planned(event, attempt, seconds)
        latest = max(self._latest(attempt + 1), self.offsets[attempt - 1])
        return first_at + int(min(max(planned, seconds + (asked or 0)), latest) * _SECOND)

    def _planned(self, event: str, attempt: int, now: float) -> float:
        """As the offsets say; where that is past, an even share of the time that is left."""
        offset, before = self.offsets[attempt - 1], (0.0, *self.offsets)[attempt - 1]
        planned = offset + (offset - before) * self.jitter * _fraction(f"{event}/{attempt}")
        if planned > now:
            return planned
        return now + (self._latest(self.requests) - now) / (self.requests - attempt)

    def _latest(self, request: int) -> float:
        """After which there is no room for the requests that come behind this one."""
        return self.within * (1 - _ROOM * (1 + self.requests - request))


def _fraction(name: str) -> float:
    """From 0 up to 1: any, and always the same for a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) / 2**32
