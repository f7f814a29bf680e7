"""A page of the documents as a script: its commands, each with what it is said to print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.docs.markdown import Document

ANYTHING = "…"


@dataclass(frozen=True)
class Step:
    """A block of commands; `prints` is the text block after it, where there is one."""

    line: int
    commands: str
    prints: str | None = None

    def told(self, output: str) -> bool:
        """Whether the output is the page's, where `…` stands for anything, also for lines."""
        if self.prints is None:
            return True
        pattern = ".*?".join(map(re.escape, self.prints.strip().split(ANYTHING)))
        return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def steps(page: Path) -> list[Step]:
    """Every block marked `sh`, in the page's order."""
    return list(_steps(page))


def _steps(page: Path) -> Iterator[Step]:
    pending: Step | None = None
    for found in Document.read(page).examples():
        if found.language == "text" and pending is not None:
            yield Step(pending.line, pending.commands, found.text)
            pending = None
        elif found.language == "sh":
            if pending is not None:
                yield pending
            pending = Step(found.line, found.text)
    if pending is not None:
        yield pending
