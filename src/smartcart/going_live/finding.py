"""What a check saw, as plain data."""

from enum import StrEnum
from typing import NewType

from msgspec import Struct

Text = NewType("Text", str)
"""A sentence in English, with blanks for facts: translated where it is shown."""


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


class Finding(Struct, frozen=True):
    """One check: what it tried and saw, and the remedy where it is not well.

    Facts fill the blanks of both sentences. None of them is a secret.
    """

    check: Text
    level: Level
    saw: Text
    remedy: Text = Text("")
    facts: dict[str, str] = {}


def N_(source: str) -> Text:
    """Marks a text for the catalogues where it cannot be translated yet."""
    return Text(source)


def ok(check: Text, saw: Text, /, **facts: object) -> Finding:
    return Finding(check, Level.OK, saw, Text(""), _texts(facts))


def warning(check: Text, saw: Text, remedy: Text, /, **facts: object) -> Finding:
    return Finding(check, Level.WARNING, saw, remedy, _texts(facts))


def bad(check: Text, saw: Text, remedy: Text, /, **facts: object) -> Finding:
    return Finding(check, Level.BAD, saw, remedy, _texts(facts))


def _texts(facts: dict[str, object]) -> dict[str, str]:
    return {name: str(fact) for name, fact in facts.items()}
