"""Which of several shops a command is about."""

import os
from pathlib import Path

import click

from smartcart.cli.common import config_file, settings
from smartcart.kit.settings import named_file
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import SECTION, Shop, read_shop, read_shops, shop_names

shop_option = click.option(
    "--shop", metavar="NAME", help="One of several shops: the NAME of its [merchant.shops.NAME]."
)


def shop_settings(config: Path | None, shop: str | None) -> MerchantSettings:
    """Those of the shop that a command is about: the only one, or the one that is named."""
    return one_shop(config, shop).settings


def one_shop(config: Path | None, shop: str | None, **given: object) -> Shop:
    """The shop that a command is about. Says which there are when it is not said which."""
    names = shop_names(config_file(config), os.environ)
    if not names and shop is None:
        chosen = settings(MerchantSettings, SECTION, config, **given)
        token_file = named_file(SECTION, "api_token", os.environ, config_file(config))
        return Shop("", chosen, token_file)
    there = f"there are {', '.join(names)}" if names else "there is one shop alone"
    if shop is None:
        raise click.UsageError(f"Say which shop with --shop NAME; {there}.")
    if shop not in names:
        raise click.UsageError(f"There is no shop '{shop}'; {there}.")
    return read_shop(shop, config_file(config), os.environ, given)


def several_shops(config: Path | None, shop: str | None, **given: object) -> tuple[Shop, ...]:
    """All shops of the settings, or the one that is named."""
    if shop is None and shop_names(config_file(config), os.environ):
        return read_shops(config_file(config), os.environ, given)
    return (one_shop(config, shop, **given),)
