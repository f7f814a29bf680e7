"""The conversation of `smartcart merchant init`, on a terminal or without anybody there."""

from dataclasses import dataclass

import click

from smartcart.going_live.finding import Finding, Level, Text
from smartcart.going_live.telling import fill, line
from smartcart.kit.i18n import Language
from smartcart.kit.settings import SettingsError


@dataclass(slots=True)
class Talk:
    """Asks and tells in one language; with `yes`, every answer is the default.

    `bad` counts the findings that were.
    """

    language: Language
    yes: bool
    bad: int = 0

    def say(self, text: Text, **facts: object) -> None:
        click.echo(fill(text, self.language, **facts))

    def show(self, what: object) -> None:
        """As it is, set in from the text around it."""
        click.echo(f"    {what}")

    def blank(self) -> None:
        click.echo()

    def tell(self, finding: Finding) -> Finding:
        self.bad += finding.level is Level.BAD
        click.echo(line(finding, self.language))
        return finding

    def forget(self, finding: Finding) -> None:
        """It was mended: what is asked again is judged again."""
        self.bad -= finding.level is Level.BAD

    def ask(self, question: Text, default: str = "") -> str:
        if self.yes:
            return default
        asked = fill(question, self.language)
        return str(click.prompt(asked, default=default, show_default=bool(default))).strip()

    def ask_secret(self, question: Text, option: str) -> str:
        if self.yes:
            raise SettingsError([f"{option}: is needed where nobody is asked (--yes)"])
        return str(click.prompt(fill(question, self.language), hide_input=True)).strip()

    def confirm(self, question: Text, *, default: bool) -> bool:
        if self.yes:
            return default
        return click.confirm(fill(question, self.language), default=default)
