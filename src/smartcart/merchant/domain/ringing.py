"""Whether an alarm rings again, and how long its message waits for others of its kind."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from smartcart.merchant.domain.alarms import UNANSWERED, Alarm, AlarmKind
from smartcart.merchant.domain.order import Status

_NEW_AFTER = 3_600_000_000
"""A trouble that comes and goes rings no more often."""
_DOUBLINGS = 3
_URGENT = frozenset({AlarmKind.DEADLINE, AlarmKind.NOT_ANSWERED, AlarmKind.PACKED_IN_VAIN})
"""Of these minutes matter, however many there are."""

_WHILE: Mapping[AlarmKind, Collection[Status]] = {
    AlarmKind.HELD: {Status.HELD},
    AlarmKind.DEADLINE: UNANSWERED,
    AlarmKind.TOKEN_REFUSED: UNANSWERED,
    AlarmKind.TOOL_OFF: UNANSWERED,
}


class Told(Struct, frozen=True):
    """When a kind was last told of, and how many messages were sent before that without a rest."""

    at: int
    in_a_row: int


def is_due(alarm: Alarm, rung: Mapping[str, int], now: int, again_after: int) -> bool:
    """Whether it rings now; `rung` is when subjects rang last, times are in microseconds.

    An all-clear rings for whom the trouble was told, and a trouble anew for whom it was over.
    """
    last = rung.get(alarm.subject)
    if alarm.ends:
        return any(rung[one] > (last or 0) for one in alarm.ends if one in rung)
    if last is None:
        return True
    if not alarm.repeats:
        return False
    is_new = rung.get(alarm.ended_by, 0) > last
    return now - last >= (min(_NEW_AFTER, again_after) if is_new else again_after)


def is_still_true(alarm: Alarm, status: Status | None) -> bool:
    """Whether there is still something to be done about it, as the order stands now."""
    return status is None or alarm.kind not in _WHILE or status in _WHILE[alarm.kind]


def silent_until(kind: AlarmKind, told: Told | None, gather: int) -> int:
    """Until then orders of this kind are gathered into one message.

    That is `gather` after the last one, and longer with each message while they keep coming.
    """
    return 0 if told is None else told.at + _pause(kind, told, gather)


def told_again(kind: AlarmKind, before: Told | None, now: int, gather: int) -> Told:
    """What is to be known once a message goes out `now`."""
    if before is None or now > before.at + 2 * _pause(kind, before, gather):
        return Told(now, 0)
    return Told(now, before.in_a_row + 1)


def _pause(kind: AlarmKind, told: Told, gather: int) -> int:
    return gather if kind in _URGENT else gather << min(told.in_a_row, _DOUBLINGS)
