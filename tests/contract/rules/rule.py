"""What a rule of the contract is, and how one is written down."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How we know the rule."""

    PUBLISHED = "published"
    SEEN = "seen in the wild"
    OURS = "our decision"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that crosses the wire in one way and no other."""

    id: str
    """What a test names with `proves`."""
    text: str
    """Markdown, one line."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Section:
    """Rules about one noun."""

    title: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A numbered part of the contract: the `§` of comments and docstrings."""

    title: str
    sections: tuple[Section, ...]


def section(title: str, *rules: Rule) -> Section:
    return Section(title, rules)


def published(id: str, text: str) -> Rule:
    """Stands in the developer documentation or its example documents."""
    return Rule(id, text, Mark.PUBLISHED)


def seen(id: str, text: str) -> Rule:
    """Is what independent clients do, or what the maintainers answered."""
    return Rule(id, text, Mark.SEEN)


def ours(id: str, text: str) -> Rule:
    """Is not specified: this is how we decided it."""
    return Rule(id, text, Mark.OURS)
