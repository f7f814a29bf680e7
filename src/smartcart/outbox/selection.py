"""Which candidates a worker takes when there are more than it has slots."""

from collections.abc import Iterable
from itertools import zip_longest

from smartcart.outbox.entry import Candidate


def choose(candidates: Iterable[Candidate], *, slots: int) -> list[Candidate]:
    """Take at most `slots` candidates, one of each lane before a second of any."""
    waiting: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        waiting.setdefault(candidate.lane, []).append(candidate)
    turns = zip_longest(*waiting.values())
    return [candidate for turn in turns for candidate in turn if candidate is not None][:slots]
