"""Several shops in one process: `[merchant.shops.NAME]`, each with what `[merchant]` may have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import fields, replace

from smartcart.kit.settings import Member, SettingsError, load, members, named_file
from smartcart.merchant.settings import MerchantSettings

SECTION, GROUP = "merchant", "shops"
_VARIABLES = f"SMARTCART_{SECTION}_{GROUP}_".upper()

OF_THE_PROCESS: Final = (
    "host", "port", "watch_host", "watch_port", "stop_grace_seconds", "log_format",
)  # fmt: skip
"""Settings that all shops of a process have together."""
_OWN: Mapping[str, Callable[[MerchantSettings], object]] = {
    "database": lambda one: _place(one.database),
    "webhook_secret": lambda one: one.webhook_secret.reveal(),
    "api_token": lambda one: (one.api_url, one.api_token.reveal()),
    "dashboard_key": lambda one: one.dashboard_key.reveal() if one.dashboard_key else None,
    "print_folder": lambda one: one.print_folder.absolute(),
}
"""Settings of which no two shops may have the same."""


class Shop(Struct, frozen=True):
    """One of the shops of a process. `token_file` is where its token may be renewed."""

    name: str
    settings: MerchantSettings
    token_file: Path | None = None


def shop_names(file: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The shops that a settings file has, in its order; none when there is one shop alone.

    Raises `SettingsError` for a name that is none, and for a variable of a shop that is not there.
    """
    names = members(SECTION, GROUP, file)
    known = tuple(f"{_VARIABLES}{name.upper()}_" for name in names)
    strange = [key for key in sorted(environ) if key.startswith(_VARIABLES) and environ[key]]
    if strange := [key for key in strange if not key.startswith(known)]:
        there = f"there are {', '.join(names)}" if names else "there is none"
        raise SettingsError(
            f"{key}: is of no shop in the settings file; {there}, "
            f"each below a title [{SECTION}.{GROUP}.NAME]"
            for key in strange
        )
    return names


def read_shop(
    name: str, file: Path | None, environ: Mapping[str, str], given: Mapping[str, object]
) -> Shop:
    """One of the shops; its database and print folder have its name where nothing is set.

    Raises `SettingsError`, naming the shop.
    """
    member = Member(GROUP, name)
    try:
        settings = load(MerchantSettings, SECTION, file, environ, given, member)
    except SettingsError as error:
        raise SettingsError(f"shop {name}: {each}" for each in error.problems) from error
    return Shop(
        name,
        _with_own_places(name, settings),
        named_file(SECTION, "api_token", environ, file, member),
    )


def read_shops(
    file: Path | None, environ: Mapping[str, str], given: Mapping[str, object]
) -> tuple[Shop, ...]:
    """All of them. Raises `SettingsError` with everything that is wrong with any."""
    problems: list[str] = []
    shops: list[Shop] = []
    for name in shop_names(file, environ):
        try:
            shops.append(read_shop(name, file, environ, given))
        except SettingsError as error:
            problems += error.problems
    problems += _shared(shops)
    if problems:
        raise SettingsError(problems)
    return tuple(shops)


def _place(url: str) -> str | Path:
    path = url.removeprefix("sqlite:///")
    return path if "://" in path else Path(path).absolute()


def _with_own_places(name: str, settings: MerchantSettings) -> MerchantSettings:
    usual = {field.name: field.default for field in fields(MerchantSettings)}
    if settings.database == usual["database"]:
        settings = replace(settings, database=f"{name}.db")
    if settings.print_folder == usual["print_folder"]:
        settings = replace(settings, print_folder=settings.print_folder / name)
    return settings


def _shared(shops: Sequence[Shop]) -> Iterator[str]:
    for one, other in combinations(shops, 2):
        pair = f"shops {one.name} and {other.name}"
        for name, of in _OWN.items():
            if (value := of(one.settings)) is not None and value == of(other.settings):
                yield f"{name}: {pair} have the same; give each its own"
        for name in OF_THE_PROCESS:
            if getattr(one.settings, name) != getattr(other.settings, name):
                yield (
                    f"{name}: {pair} have different ones, and it is the whole process's; "
                    f"set it under [{SECTION}]"
                )
