"""What is done to the programs, and when: all of it known before the run begins."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

POSTGRES = "postgres"


class How(StrEnum):
    """In which way something ends before it is started again."""

    KILLED = "kill -9"
    CRASHED = "immediate shutdown"
    SHUT_DOWN = "fast shutdown"


class Blow(NamedTuple):
    """One fault: `part`'s process `number` ends when `after_orders` were placed."""

    after_orders: int
    part: str
    number: int
    how: How


@dataclass(frozen=True)
class Plan:
    """How many carts and faults; the seed repeats carts, moments and victims."""

    orders: int
    kills: int
    restarts: int = 0
    seed: int = 1
    failing_share: float = 0.05
    """Of the requests to either half, by each kind of failure as often."""
    in_flight: int = 300
    """Carts wait while more work than this is unfinished."""
    placers: int = 8

    def schedule(self, parts: dict[str, int]) -> list[Blow]:
        """All faults by their moment; `parts` says how many processes there are of each."""
        chance = random.Random(self.seed)
        names = sorted(parts)
        kills = [
            Blow(self._moment(chance), part, chance.randrange(parts[part]), How.KILLED)
            for part in (names[n % len(names)] for n in range(self.kills))
        ]
        restarts = [
            Blow(self._moment(chance), POSTGRES, 0, (How.CRASHED, How.SHUT_DOWN)[n % 2])
            for n in range(self.restarts)
        ]
        return sorted(kills + restarts)

    def _moment(self, chance: random.Random) -> int:
        return chance.randrange(self.orders // 50, self.orders - self.orders // 50)

    def carts(self) -> list[dict[str, int]]:
        """Products of each cart and how many; one in five asks for what the shop has little of."""
        chance = random.Random(self.seed + 1)
        return [_cart(chance) for _ in range(self.orders)]


PLENTY = {f"2{n:03}": 10_000_000 for n in range(12)}
SHORT = {f"3{n:03}": 4 for n in range(30)}
SHELF = {**PLENTY, **SHORT}


def _cart(chance: random.Random) -> dict[str, int]:
    uids = chance.sample(sorted(PLENTY), k=chance.randint(1, 2))
    uids += chance.sample(sorted(SHORT), k=chance.random() < 0.2)
    return {uid: chance.randint(1, 3) for uid in uids}
