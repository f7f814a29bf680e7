"""How write sets share one batch and still end as if they had run one after the other.

A batch runs all guards of its sets, then all effects, each in the order of (table rank, SQL text,
key). A key names a row of its table, so two sets meet where rank and key are the same.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import TypeVar

from smartcart.kit.database.write_set import Effect, Guard, WriteSet

Row = tuple[int, str]
Place = tuple[int, str]
"""When a statement runs among those on one row: guards before effects, then by SQL text."""

_GUARDS, _EFFECTS = 0, 1
_NO_PLACE = (2, "")

T = TypeVar("T")
Step = TypeVar("Step", Guard, Effect)


class Admission:
    """Admits to a batch, in turn, the sets whose statements run after those they must follow.

    Those on `busy` rows must follow what another batch is about to write there.
    """

    def __init__(self, busy: Iterable[Row] = ()) -> None:
        self.rows = set[Row]()
        """What the admitted sets write."""
        self._last = dict.fromkeys(busy, _NO_PLACE)

    def admits(self, write_set: WriteSet) -> bool:
        """Whether `write_set` may join. One that may not keeps later ones off its rows, too."""
        last: dict[Row, Place] = {}
        for row, place in _places(write_set):
            if self._last.get(row, place) > place:
                self._last.update((row, _NO_PLACE) for row, _ in _places(write_set))
                return False
            last[row] = max(place, last.get(row, place))
        self._last.update(last)
        self.rows.update(last)
        return True


def take(
    waiting: deque[T], write_set: Callable[[T], WriteSet], limit: int, admission: Admission
) -> list[T]:
    """Take up to `limit` from the front of `waiting`; those that may not join stay, in order."""
    taken: list[T] = []
    left: list[T] = []
    while waiting and len(taken) < limit and len(left) < limit:
        one = waiting.popleft()
        (taken if admission.admits(write_set(one)) else left).append(one)
    waiting.extendleft(reversed(left))
    return taken


def calls(steps: Iterable[tuple[int, Step]]) -> Iterator[tuple[str, list[tuple[int, Step]]]]:
    """Steps with the number of their set, gathered by statement in the order in which they run."""
    ordered = sorted(steps, key=lambda numbered: _order(numbered[1]))
    for sql, group in groupby(ordered, key=lambda numbered: numbered[1].statement.sql):
        yield sql, list(group)


def certain(write_sets: Mapping[int, WriteSet], spoiled: Collection[int]) -> list[int]:
    """Those of `spoiled` that would have missed had the sets run one after the other.

    `spoiled` are the sets that missed a guard after they had hit another. What came later on the
    same rows saw changes that are going to be undone, so of that nothing is certain.
    """
    tainted: set[Row] = set()
    found = []
    for number, write_set in write_sets.items():
        guarded = {(guard.statement.rank, guard.key) for guard in write_set.guards}
        if number in spoiled and tainted.isdisjoint(guarded):
            found.append(number)
            tainted |= guarded
        elif not tainted.isdisjoint(guarded):
            tainted |= guarded
    return found


def _places(write_set: WriteSet) -> Iterator[tuple[Row, Place]]:
    for guard in write_set.guards:
        yield (guard.statement.rank, guard.key), (_GUARDS, guard.statement.sql)
    for effect in write_set.effects:
        yield (effect.statement.rank, effect.key), (_EFFECTS, effect.statement.sql)


def _order(step: Guard | Effect) -> tuple[int, str, str]:
    return step.statement.rank, step.statement.sql, step.key
