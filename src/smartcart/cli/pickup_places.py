"""Places parcels are collected from, as they are given on the command line."""

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import ParamSpec, TypeVar

import click

from smartcart.contract import Address
from smartcart.marketplace.actions import minting
from smartcart.marketplace.domain.order import PickupLocation

P = ParamSpec("P")
R = TypeVar("R")

FORM = "STREET NUMBER, ZIP CITY[, REGION]"

_PARTS = {
    "street_name": ("--street", "Street of the place parcels are collected from."),
    "street_number": ("--street-number", "Its number."),
    "zip": ("--zip", "Its postal code."),
    "city": ("--city", "Its city."),
    "region": ("--region", "Its region."),
}
_NEEDED = ("street_name", "zip", "city")
_WRITTEN = re.compile(
    r"(?P<street_name>[^,]+?)(?:\s+(?P<street_number>\d[^\s,]*))?\s*,"
    r"\s*(?P<zip>\d{3}\s?\d{2}|\d{4})\s+(?P<city>[^,]+?)\s*"
    r"(?:,\s*(?P<region>[^,]+?)\s*)?"
)
_CYPRUS = 4
_MADE_UP = Address(
    street_name="Ερμού",
    street_number="12",
    zip="10563",
    city="Αθήνα",
    region="Αττική",
    country_code="GR",
)


def address_options(function: Callable[P, R]) -> Callable[P, R]:
    """The options by which the places are given; `locations` reads them."""
    places = click.option(
        "--location",
        "places",
        multiple=True,
        metavar=f"'{FORM}'",
        help="A place parcels are collected from, in one; may be repeated.",
    )
    parts = [click.option(option, name, help=text) for name, (option, text) in _PARTS.items()]
    return reduce(lambda decorated, option: option(decorated), [places, *parts[::-1]], function)


def locations(given: Mapping[str, str | None], places: tuple[str, ...]) -> list[PickupLocation]:
    """The place of the single options, if there is one, and those of `--location`."""
    parts = {name: given[name] or "" for name in _PARTS}
    single = [_address(parts)] if any(parts.values()) else []
    return [_location(address) for address in (*single, *map(_read, places))]


def made_up() -> PickupLocation:
    """For a merchant that is only there to try something out."""
    return _location(_MADE_UP)


def _location(address: Address) -> PickupLocation:
    return PickupLocation(minting.identifier(), address)


def _read(text: str) -> Address:
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"'{text}' is not {FORM}", param_hint="--location")
    return _address(match.groupdict(default=""))


def _address(parts: Mapping[str, str]) -> Address:
    for name in _NEEDED:
        if not parts[name].strip():
            raise click.BadParameter("give it, the courier goes by it", param_hint=_PARTS[name][0])
    code = "".join(parts["zip"].split())
    return Address(
        street_name=parts["street_name"],
        street_number=parts["street_number"],
        zip=code,
        city=parts["city"],
        region=parts["region"],
        country_code="CY" if len(code) == _CYPRUS else "GR",
    )
