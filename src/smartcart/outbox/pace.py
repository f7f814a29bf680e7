"""How much at once: decided from how a lane has fared, and from what is in flight."""

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum

import msgspec

_SECOND = 1_000_000
_REMEMBERED = 4


class Line(IntEnum):
    """Two lines are worked side by side, so that neither keeps the other waiting."""

    FIRST = 0
    """Entries that nobody has tried yet."""
    AGAIN = 1
    """Entries tried before: their next try is due, or the lease of their worker has ended."""

    @classmethod
    def of(cls, tries: int) -> "Line":
        """Where an entry stands that has been tried `tries` times."""
        return cls.AGAIN if tries else cls.FIRST


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and how patiently.

    `slots` entries are in flight in all, `slots_per_lane` of one lane; of both numbers half at
    most are second and later tries. So, with even numbers, lanes that hang fill neither line, and
    one that is well finds a slot in both, while they are fewer than `slots / slots_per_lane`. A
    lane that failed `failing_after` times in a row is *failing* until it succeeds: of its new
    entries one is tried at a time, and none while others are tried again and late. A
    lease of `lease_seconds` must outlast the slowest handler: when it ends, the entry is worked
    again. `poll_seconds` is how late a retry or another process's entry may be noticed.
    `drain_seconds` is how long a worker that is told to stop waits for what it has in flight.
    Unless `durable_tries`, claims and failures are not waited for until they are on the disk: when
    the database's machine fails, tries of its last moment may be forgotten, and are made again.
    """

    slots: int = 64
    slots_per_lane: int = 8
    failing_after: int = 5
    lease_seconds: float = 60
    poll_seconds: float = 0.25
    drain_seconds: float = 3
    durable_tries: bool = True


class Streak(msgspec.Struct, frozen=True):
    """How a lane has fared of late: failures in a row, and the moment of the first of them."""

    failures: int = 0
    since: int = 0
    is_failing: bool = False

    def failed(self, at: int, failing_after: int) -> "Streak":
        """After one more failure, at `at` (microseconds)."""
        failures = self.failures + 1
        return Streak(failures, self.since or at, self.is_failing or failures >= failing_after)

    def known(self, failing_since: int | None) -> "Streak":
        """With what all workers know of the lane: since when it is failing, if it is."""
        if failing_since is not None:
            return Streak(self.failures, failing_since, True)
        return WELL if self.is_failing else self


WELL = Streak()


class Behind:
    """Which lanes' entries were tried again late just now, as far as a worker has seen.

    What was begun has its tries within a time, and what was not begun loses nothing by waiting: so
    a lane that fails begins nothing more than can be tried again when it is due. `seconds` is how
    late is late; that holds until something is tried again in time, or some times as long as it was
    late, `longest` seconds at most, have passed.
    """

    def __init__(self, seconds: float, longest: float) -> None:
        self._span, self._longest = int(seconds * _SECOND), int(longest * _SECOND)
        self._until: dict[str, int] = {}

    def taken(self, lane: str, due: int, now: int) -> None:
        """An entry of the lane that was due at `due` is tried again only `now` (microseconds)."""
        if now - due <= self._span:
            self._until.pop(lane, None)
        else:
            until = now + min(_REMEMBERED * (now - due), self._longest)
            self._until[lane] = max(self._until.get(lane, 0), until)

    def is_so(self, lane: str, now: int) -> bool:
        until = self._until.get(lane)
        if until is None or now < until:
            return until is not None
        del self._until[lane]
        return False


MOST_AT_ONCE = 8
_IN_TIME = 200_000
_ONE_MORE_FOR = 100_000
_BREATH_SECONDS = 0.003


class Pace(msgspec.Struct, frozen=True):
    """How what is tried again is begun: so many at once, then none for so many seconds.

    Requests that begin together are made one after the other, and a new entry that comes meanwhile
    waits for all of them. A retry has time: it waits for its turn, until it is late.
    """

    at_once: int = 1
    breath: float = _BREATH_SECONDS

    @classmethod
    def of(cls, late: int) -> "Pace":
        """For what was due `late` microseconds ago.

        One more at once for each tenth of a second beyond what passes from one look to the next.
        """
        at_once = min(MOST_AT_ONCE, 1 + max(0, late - _IN_TIME) // _ONE_MORE_FOR)
        return cls(at_once, 0 if at_once == MOST_AT_ONCE else _BREATH_SECONDS)


class InFlight:
    """What a worker holds, by lane and line."""

    def __init__(self) -> None:
        self._held = Counter[tuple[str, Line]]()
        self._by_line = Counter[Line]()

    def add(self, lane: str, line: Line) -> None:
        self._held[lane, line] += 1
        self._by_line[line] += 1

    def remove(self, lane: str, line: Line) -> None:
        self._held[lane, line] -= 1
        self._by_line[line] -= 1
        if not self._held[lane, line]:
            del self._held[lane, line]

    def free(self, line: Line, limits: Limits, awaited: int = 0) -> int:
        """How many more of the line may be begun; `awaited` are kept for what is tried again."""
        free = limits.slots - self._by_line.total()
        left = _share(limits.slots, line) - self._by_line[line]
        if line is Line.AGAIN:
            return min(free, left)
        of_again = _share(limits.slots, Line.AGAIN) - self._by_line[Line.AGAIN]
        return min(free, left) - min(awaited, of_again)

    def room(
        self,
        lane: str,
        line: Line,
        limits: Limits,
        *,
        is_failing: bool,
        is_behind: bool = False,
        is_awaited: bool = False,
    ) -> int:
        """How many more of the lane and line may be begun, as far as the lane goes.

        When `is_awaited`, something of the lane that is to be tried again has the next slot.
        """
        first, again = self._held[lane, Line.FIRST], self._held[lane, Line.AGAIN]
        if is_failing and line is Line.FIRST:
            return 0 if is_behind and again else 1 - min(1, first)
        free = limits.slots_per_lane - first - again
        if line is Line.AGAIN:
            return max(0, min(free, _share(limits.slots_per_lane, line) - again))
        if is_awaited and again < _share(limits.slots_per_lane, Line.AGAIN):
            free -= 1
        return max(0, free)


def _share(slots: int, line: Line) -> int:
    """How many of the slots a line may take."""
    return max(1, slots // 2) if line is Line.AGAIN else slots
