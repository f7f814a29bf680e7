"""The slots of one worker: who holds them, and to whom the next that is free belongs."""

from smartcart.outbox.entry import Candidate
from smartcart.outbox.health import Health
from smartcart.outbox.looking import Found
from smartcart.outbox.pace import MOST_AT_ONCE, Behind, InFlight, Limits, Line, Pace
from smartcart.outbox.storage import Lane

_LATE_POLLS = 2
"""Tried again later than so many polls after it was due: there is more than can be done in time."""


class Slots:
    """Held from the moment an entry is chosen, so that lines that choose by themselves never hold
    too many.

    New entries come at any moment and take what is free; so what is to be tried again, and found
    no slot when it was looked for, has the next one.
    """

    def __init__(self, limits: Limits, health: Health) -> None:
        self._limits = limits
        self._health = health
        self._in_flight = InFlight()
        self._behind = Behind(_LATE_POLLS * limits.poll_seconds, limits.lease_seconds)
        self._found = {line: Found((), frozenset(), is_cut=False) for line in Line}
        self._pace = Pace()
        self._now = 0

    def free(self, line: Line) -> int:
        """How many of the line may be begun at once."""
        if line is Line.AGAIN:
            return min(self._pace.at_once, self._in_flight.free(line, self._limits))
        awaited = MOST_AT_ONCE if self._found[Line.AGAIN].is_cut else 0
        return self._in_flight.free(line, self._limits, awaited)

    def breath(self, line: Line) -> float:
        """Seconds from one look at the line to the next, at least."""
        return self._pace.breath if line is Line.AGAIN else 0

    def room(self, line: Line, lane: Lane, now: int) -> int:
        """How many more of the lane and line may be begun, as far as the lane goes."""
        self._health.known(lane)
        return self._room(line, lane.lane, now)

    def take(self, line: Line, candidate: Candidate, now: int) -> bool:
        """Hold a slot for it, if there still is one; `now` is when it was looked for."""
        lane = candidate.lane
        if min(self.free(line), self._room(line, lane, now)) <= 0:
            return False
        self._in_flight.add(lane, line)
        if line is Line.AGAIN:
            self._behind.taken(lane, candidate.due, now)
        return True

    def looked(self, line: Line, found: Found, now: int) -> bool:
        """Whether new entries may find a slot that was kept from them before."""
        before, self._found[line], self._now = self._found[line], found, now
        if line is Line.AGAIN:
            self._pace = Pace.of(max((now - head.due for head in found.heads), default=0))
        is_less = before.is_cut > found.is_cut or not before.full <= found.full
        return line is Line.AGAIN and is_less

    def give_back(self, line: Line, lane: str) -> None:
        self._in_flight.remove(lane, line)

    def is_missed(self, line: Line, lane: str) -> bool:
        """Whether the last look at the line left something for a slot such as the lane's, and there
        is one."""
        if self.free(line) <= 0:
            return False
        left = self._found[line]
        return left.is_cut or (lane in left.full and self._room(line, lane, self._now) > 0)

    def _room(self, line: Line, lane: str, now: int) -> int:
        return self._in_flight.room(
            lane,
            line,
            self._limits,
            is_failing=self._health.is_failing(lane),
            is_behind=self._behind.is_so(lane, now),
            is_awaited=lane in self._found[Line.AGAIN].full,
        )
