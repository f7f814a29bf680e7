"""Which candidates a worker takes: every lane up to its slots, the worker up to its own."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest

from smartcart.outbox.entry import Candidate


def choose(
    candidates: Iterable[Candidate],
    busy: Mapping[str, int],
    *,
    slots: int,
    slots_per_lane: int,
) -> list[Candidate]:
    """Take at most `slots` candidates, lane by lane in turn.

    `busy` counts what is in flight by lane; no lane gets more than `slots_per_lane` in all. One of
    each lane is taken before a second of any, so a full lane never costs another its turn.
    """
    free = Counter[str]()
    waiting: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        lane = candidate.lane
        free.setdefault(lane, slots_per_lane - busy.get(lane, 0))
        if len(waiting.setdefault(lane, [])) < free[lane]:
            waiting[lane].append(candidate)
    rounds = zip_longest(*waiting.values())
    in_turn = [candidate for turn in rounds for candidate in turn if candidate is not None]
    return in_turn[:slots]
