"""Findings in words, in Greek and English."""

import locale
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from smartcart.going_live.finding import N_, Finding, Level, Text
from smartcart.kit.i18n import SOURCE, Language, load_languages

LANGUAGES: Final[Mapping[str, Language]] = load_languages("smartcart.going_live")
"""By name: `en` and `el`."""

_LEVELS: Mapping[Level, Text] = {
    Level.OK: N_("ok"),
    Level.WARNING: N_("warning"),
    Level.BAD: N_("bad"),
}


def spoken() -> str:
    """The name of the language that this machine's user has chosen, English where we lack it."""
    name = ""
    with suppress(ValueError):
        name = (locale.getlocale()[0] or "")[:2].lower()
    return name if name in LANGUAGES else {"gr": "el"}.get(name, SOURCE)


def line(finding: Finding, language: Language) -> str:
    """One line a check: how it is, what was looked at, what was seen, and the remedy."""
    saw, remedy = sentences(finding, language)
    level = language.text(_LEVELS[finding.level])
    told = f"{level:8}  {language.text(finding.check)}: {saw}"
    return f"{told} → {remedy}" if remedy else told


def sentences(finding: Finding, language: Language) -> tuple[str, str]:
    """What was seen, and the remedy or nothing."""
    saw, remedy = (
        language.text(each).format(**finding.facts) if each else ""
        for each in (finding.saw, finding.remedy)
    )
    return saw, remedy


def fill(text: Text, language: Language, **facts: object) -> str:
    """Any other text of this room, with its blanks filled."""
    return language.text(text).format(**facts)
