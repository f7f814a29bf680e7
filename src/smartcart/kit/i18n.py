"""Texts, dates and money in the reader's language.

Catalogues are gettext `.po` files in a package's `locale` folder, read at start: nothing to build.
The source texts are English, so English needs no file.
"""

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from importlib import resources
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

SOURCE: Final = "en"
# Ireland's English: euros, and the day before the month.
_LOCALES: Final = {"en": "en_IE", "el": "el_GR"}


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its texts, and how numbers and moments are written in it.

    Moments are shown in `zone`.
    """

    name: str
    locale: Locale
    texts: gettext.NullTranslations
    zone: tzinfo

    @property
    def own_name(self) -> str:
        """What its speakers call it: "Ελληνικά"."""
        return (self.locale.language_name or self.name).capitalize()

    def text(self, source: str) -> str:
        return self.texts.gettext(source)

    def count(self, one: str, many: str, n: int) -> str:
        """The form of a text for `n` things; the caller fills in the number."""
        return self.texts.ngettext(one, many, n)

    def euros(self, cents: int) -> str:
        return format_currency(Decimal(cents).scaleb(-2), "EUR", locale=self.locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def time(self, moment: datetime) -> str:
        """Hours, minutes and seconds."""
        return format_time(moment, "HH:mm:ss", tzinfo=self.zone, locale=self.locale)

    def date(self, moment: datetime) -> str:
        return format_date(moment.astimezone(self.zone), "medium", locale=self.locale)


def load_languages(
    package: str, names: Iterable[str] = ("en", "el"), zone: tzinfo | None = None
) -> dict[str, Language]:
    """The languages of `package`, in the order of `names`; moments in Athens' time by default.

    Raises `FileNotFoundError` when a language has no catalogue.
    """
    shown_in = zone or ZoneInfo("Europe/Athens")
    return {
        name: Language(name, Locale.parse(_LOCALES[name]), _texts(package, name), shown_in)
        for name in names
    }


def preferred(header: str, available: Mapping[str, object], otherwise: str) -> str:
    """The available language that an `Accept-Language` header likes best."""
    wanted = sorted(map(_weighed, header.split(",")), key=lambda each: each[1], reverse=True)
    for tag, weight in wanted:
        name = tag.partition("-")[0].lower()
        if weight > 0 and name in available:
            return name
    return otherwise


def _weighed(part: str) -> tuple[str, float]:
    tag, _, weight = part.partition(";")
    try:
        return tag.strip(), float(weight.replace(" ", "").removeprefix("q=") or 1)
    except ValueError:
        return tag.strip(), 0.0


def _texts(package: str, name: str) -> gettext.NullTranslations:
    if name == SOURCE:
        return gettext.NullTranslations()
    catalogue = resources.files(package).joinpath("locale", f"{name}.po")
    compiled = BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
