"""What Python and this machine must bring along."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from smartcart.going_live.finding import N_, Finding, bad, ok, warning

_SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


def check_time_zones() -> Finding:
    """Whether Athens' time is known, with its summer time."""
    check = N_("time zones")
    try:
        offset = _SUMMER.astimezone(ZoneInfo("Europe/Athens")).utcoffset()
    except ZoneInfoNotFoundError:
        offset = None
    if offset == timedelta(hours=3):
        return ok(check, N_("Europe/Athens is known, with its summer time"))
    saw = N_("the data of Europe/Athens is missing or wrong")
    return bad(check, saw, N_("pip install --upgrade tzdata"))


def check_python() -> Finding:
    saw = N_("Python {version} on {system}")
    facts = {"version": platform.python_version(), "system": platform.system()}
    return ok(N_("Python"), saw, **facts)


def check_extras(database: str, *, alarms: bool) -> Iterator[Finding]:
    """The optional packages that the settings need, where they are missing."""
    needed = [("asyncpg", "postgres", database.startswith("postgres"))]
    needed.append(("apprise", "notify", alarms))
    for module, extra, wanted in needed:
        if wanted and find_spec(module) is None:
            yield warning(
                N_("extras"),
                N_("the settings need the extra {extra}, which is not installed"),
                N_("pip install 'smartcart[{extra}]'"),
                extra=extra,
            )
