"""How much of what was tried was refused, by part and class."""

from collections import Counter
from dataclasses import dataclass, field

import pytest


@dataclass
class Tally:
    """Counts are added as they are found; what is wrong fails its own test."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, part: str, kind: str, *, tried: int = 1, refused: int) -> None:
        self.tried[part, kind] += tried
        self.refused[part, kind] += refused

    def lines(self) -> list[str]:
        """A table, with the sum of each part after its classes."""
        lines = [f"{'':58}{'tried':>8}{'refused':>9}"]
        for part in dict.fromkeys(part for part, _ in self.tried):
            kinds = [key for key in self.tried if key[0] == part]
            lines += [_line(f"  {key[1]}", self.tried[key], self.refused[key]) for key in kinds]
            sums = (sum(counts[key] for key in kinds) for counts in (self.tried, self.refused))
            lines += [_line(part, *sums), ""]
        return lines


def _line(name: str, tried: int, refused: int) -> str:
    return f"{name:58}{tried:>8,}{refused:>9,}"


TALLY = pytest.StashKey[Tally]()
DEPTH = pytest.StashKey[int]()
