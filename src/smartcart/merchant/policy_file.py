"""A policy as it is written down: a TOML file of its own, a section for each question."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from smartcart.kit.holidays import greek_holidays
from smartcart.kit.settings import SettingsError, load
from smartcart.merchant.domain.hours import Opening
from smartcart.merchant.domain.policy import (
    Answers,
    Holds,
    LastResort,
    Parcels,
    Pickup,
    Policy,
    Rejects,
)

Section = TypeVar("Section", bound=msgspec.Struct)

SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "answers": Answers,
    "hold": Holds,
    "reject": Rejects,
    "parcels": Parcels,
    "pickup": Pickup,
    "hours": Opening,
    "last_resort": LastResort,
}
"""What may stand in the file; a section, or a setting of it, that is missing has its default."""


def read_policy(file: Path | None, *, shadow: bool = False) -> Policy:
    """The policy of a file, or the defaults without one.

    Raises `SettingsError` that names every section, setting and value that will not do, each with
    its remedy.
    """
    problems = _unknown_sections(file) if file else []

    def section(name: str, kind: type[Section]) -> Section:
        try:
            return load(kind, name, file, {})
        except SettingsError as error:
            problems.extend(each for each in error.problems if each not in problems)
            return kind()

    answers, holds = section("answers", Answers), section("hold", Holds)
    rejects, parcels = section("reject", Rejects), section("parcels", Parcels)
    pickup, opening = section("pickup", Pickup), section("hours", Opening)
    last_resort = section("last_resort", LastResort)
    if problems:
        raise SettingsError(problems)
    try:
        return Policy(
            answers=answers,
            hold=holds,
            reject=rejects,
            parcels=parcels,
            pickup=pickup,
            hours=opening.hours(greek_holidays()),
            last_resort=last_resort,
            name=_name(file),
            shadow=shadow,
        )
    except ValueError as error:
        raise SettingsError([f"{file}, {error}"]) from error


def _unknown_sections(file: Path) -> list[str]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # told by whoever reads it for its settings
    unknown = [key for key, value in document.items() if isinstance(value, dict)]
    return [
        f"{file}, [{key}]: no such section; there are {', '.join(f'[{name}]' for name in SECTIONS)}"
        for key in unknown
        if key not in SECTIONS
    ]


def _name(file: Path | None) -> str:
    """The file's own, and the beginning of its fingerprint, so that a changed one has another."""
    if file is None:
        return "defaults"
    return f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
