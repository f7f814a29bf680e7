"""Finds what is wrong with an example: a command, option, setting or variable there is not."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.docs.settings_page import SECTIONS
from smartcart.cli import main
from smartcart.kit.settings import describe
from smartcart.merchant.shops import GROUP, SECTION

_COMMAND = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(?P<command>(?:make|smartcart)(?: .*)?)$")
_MAKE_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Examples:
    """Knows what may stand in an example."""

    targets: frozenset[str]
    """Of make."""
    variables: Mapping[str, Mapping[str, str]]
    """The environment variable of each setting by its name, by section."""

    @classmethod
    def of(cls, root: Path) -> "Examples":
        """By the Makefile at `root`, the commands and the settings."""
        makefile = (root / "Makefile").read_text(encoding="utf-8")
        variables = {
            section: {row.name: row.variable for row in describe(kind, section)}
            for section, kind in SECTIONS.items()
        }
        return cls(frozenset(_MAKE_TARGET.findall(makefile)), variables)

    def problems(self, language: str, text: str) -> Iterator[str]:
        """What would not work in `text`, by the language of its fence."""
        match language:
            case "sh" | "bash" | "console":
                for line in text.replace("\\\n", " ").splitlines():
                    yield from self._in_command(line)
            case "toml":
                yield from self._in_toml(text)
            case "json":
                yield from _in_json(text)
            case "python":
                yield from _in_python(text)
        yield from self._in_variables(text)

    def _in_command(self, line: str) -> Iterator[str]:
        match = _COMMAND.match(line.partition("  #")[0].strip())
        try:
            program, *words = shlex.split(match["command"]) if match else [""]
        except ValueError as error:
            yield f"is not a command: {error}"
            return
        if program == "make":
            unknown = [word for word in words if _WORD.fullmatch(word)]
            yield from (f"make has no target {w}" for w in unknown if w not in self.targets)
        elif program == "smartcart":
            yield from _in_words(main, words)

    def _in_toml(self, text: str) -> Iterator[str]:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            yield f"is not TOML: {error}"
            return
        for section, known in self.variables.items():
            table = document.get(section, {})
            shops = table.get(GROUP, {}) if section == SECTION else {}
            for name in (*table, *(name for shop in shops.values() for name in shop)):
                there = known.keys() | ({GROUP} if shops else set())
                if name not in there and name.removesuffix("_file") not in known:
                    yield f"[{section}] has no setting {name}"

    def _in_variables(self, text: str) -> Iterator[str]:
        for section, known in self.variables.items():
            prefix = f"SMARTCART_{section.upper()}_"
            for found in re.findall(rf"\b{prefix}[A-Z0-9_]*[A-Z0-9]\b", text):
                name = re.sub(rf"^{prefix}{GROUP.upper()}_[A-Z0-9]+_", prefix, found)
                if name.removesuffix("_FILE") not in known.values() and name not in known.values():
                    yield f"there is no variable {name}"


def _in_words(command: click.Command, words: list[str]) -> Iterator[str]:
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    for number, word in enumerate(words):
        if word.startswith("-"):
            if word.partition("=")[0] not in options | {"--help", "-h"}:
                yield f"{command.name} has no option {word}"
        elif isinstance(command, click.Group):
            if below := command.get_command(click.Context(command), word):
                yield from _in_words(below, words[number + 1 :])
            elif _WORD.fullmatch(word):
                yield f"{command.name} has no command {word}"
            return


def _in_json(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError as error:
        yield f"is not JSON: {error}"


def _in_python(text: str) -> Iterator[str]:
    try:
        compile(text, "example", "exec")
    except SyntaxError as error:
        yield f"is not Python: {error}"
