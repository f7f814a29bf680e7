"""How long a shop may hear nothing before somebody should look: by its own last weeks."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from smartcart.contract import athens, from_micros

WEEKS = 4
_HOUR = 3_600_000_000
_HOURS_A_WEEK = 168
_LEARNED_AFTER = 2 * _HOURS_A_WEEK
_SURPRISING = 7.0
"""So many events were to be expected: by chance that many fail to come once in a thousand times."""
_SHORTEST = timedelta(hours=1) // timedelta(microseconds=1)


class Habits(Struct, frozen=True):
    """Events an hour, for each hour of the week in Athens; `learned` from two weeks or more."""

    rates: Mapping[int, float]
    learned: bool


def habits(counts: Mapping[int, int], now: int) -> Habits:
    """From the events of the last `WEEKS`, counted by hours since the epoch; `now` is in
    microseconds."""
    present = now // _HOUR
    oldest = min(counts, default=present)
    by_slot = Counter[int]()
    for hour, events in counts.items():
        by_slot[_slot(hour)] += events
    weeks = max(1.0, (present - oldest) / _HOURS_A_WEEK)
    rates = {slot: events / weeks for slot, events in by_slot.items()}
    return Habits(rates, present - oldest >= _LEARNED_AFTER)


def is_alarming(last: int, now: int, habits: Habits, otherwise: timedelta) -> bool:
    """Whether nothing since `last` (microseconds) is longer than what is normal here.

    Where little is known of the shop, that is longer than `otherwise`; and never within an hour.
    """
    quiet = now - last
    if quiet < _SHORTEST:
        return False
    if not habits.learned:
        return quiet >= otherwise // timedelta(microseconds=1)
    return expected(last, now, habits) >= _SURPRISING


def expected(since: int, now: int, habits: Habits) -> float:
    """How many events usually come in that time."""
    total, at = 0.0, since
    while at < now:
        end = min(now, (at // _HOUR + 1) * _HOUR)
        total += habits.rates.get(_slot(at // _HOUR), 0.0) * (end - at) / _HOUR
        at = end
    return total


def _slot(hour: int) -> int:
    local = athens(from_micros(hour * _HOUR))
    return local.weekday() * 24 + local.hour
