"""The public holidays of Greece, the movable ones of Orthodox Easter included."""

from datetime import date
from functools import lru_cache

_FROM, _UNTIL = 2019, 2060


@lru_cache
def greek_holidays() -> frozenset[date]:
    """All of them from 2019 to 2060. Good Friday is one of them, and so is a moved May Day."""
    # Imported when it is asked for: it takes a third of a program's start.
    import holidays  # noqa: PLC0415

    return frozenset(holidays.country_holidays("GR", years=range(_FROM, _UNTIL + 1)))
