"""When a webhook request is made again: 4 in total, all within 20 minutes (contract §5)."""

from msgspec import Struct

_SECOND = 1_000_000


class Schedule(Struct, frozen=True):
    """Seconds from the first request of an event to each that follows it."""

    offsets: tuple[float, ...] = (60, 300, 1_080)
    within: float = 1_200

    @property
    def requests(self) -> int:
        return 1 + len(self.offsets)

    def is_over(self, attempt: int, first_at: int, now: int) -> bool:
        """Whether request number `attempt` may no longer be made."""
        return attempt > self.requests or now > first_at + int(self.within * _SECOND)

    def next_at(self, attempt: int, first_at: int) -> int | None:
        """When the request after number `attempt` is due; None when that was the last.

        Times are microseconds.
        """
        if attempt >= self.requests:
            return None
        return first_at + int(self.offsets[attempt - 1] * _SECOND)
