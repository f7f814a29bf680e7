"""A configured half, looked over: every check that concerns it, one after the other."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from smartcart.going_live.checks.alarms import check_alarms
from smartcart.going_live.checks.database import check_backups, check_database
from smartcart.going_live.checks.folders import check_print_folder
from smartcart.going_live.checks.market import ask_marketplace, check_clock
from smartcart.going_live.checks.policy import check_policy
from smartcart.going_live.checks.secret_files import check_secrets
from smartcart.going_live.checks.stock import check_stock
from smartcart.going_live.checks.system import check_extras, check_python, check_time_zones
from smartcart.going_live.checks.token import check_token
from smartcart.going_live.checks.webhook import check_webhook
from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.settings import Member, SettingsError, load
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS as MARKETPLACE_MIGRATIONS
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import GROUP, read_shop
from smartcart.merchant.storage import MIGRATIONS as MERCHANT_MIGRATIONS

Settings = TypeVar("Settings", bound=msgspec.Struct)

_SETTINGS = N_("settings")


class Wanted(msgspec.Struct, frozen=True):
    """What the caller knows and the settings do not."""

    config: Path | None = None
    webhook_url: str = ""
    backups: Path | None = None
    ring: bool = False
    shop: str = ""
    """One of several."""


async def examine_machine() -> AsyncIterator[Finding]:
    """What both halves need of Python."""
    yield check_python()
    yield check_time_zones()


async def examine_merchant(wanted: Wanted) -> AsyncIterator[Finding]:
    """The shop's half. Nothing is changed, no order but DEMO-OPEN is asked for."""
    member = Member(GROUP, wanted.shop) if wanted.shop else None
    settings, findings = _loaded(lambda: _shop(wanted), wanted.config)
    for finding in findings:
        yield finding
    if settings is None:
        return
    for finding in check_secrets(MerchantSettings, "merchant", wanted.config, member):
        yield finding
    for finding in check_extras(settings.database, alarms=bool(settings.alarm_targets)):
        yield finding
    for finding in await check_database(settings.database, MERCHANT_MIGRATIONS):
        yield finding
    if wanted.backups is not None:
        yield check_backups(wanted.backups)
    yield await check_token(settings)
    yield check_clock(await ask_marketplace(settings.api_url))
    for finding in await check_stock(settings):
        yield finding
    yield check_print_folder(settings.print_folder)
    yield check_policy(settings)
    for finding in await check_alarms(settings, ring=wanted.ring):
        yield finding
    yield await _webhook(settings, wanted.webhook_url)


async def examine_marketplace(wanted: Wanted) -> AsyncIterator[Finding]:
    """The marketplace's half."""
    settings, findings = _loaded(
        lambda: load(MarketplaceSettings, "marketplace", wanted.config, os.environ), wanted.config
    )
    for finding in findings:
        yield finding
    if settings is None:
        return
    for finding in check_secrets(MarketplaceSettings, "marketplace", wanted.config):
        yield finding
    for finding in check_extras(settings.database, alarms=False):
        yield finding
    for finding in await check_database(settings.database, MARKETPLACE_MIGRATIONS):
        yield finding
    if wanted.backups is not None:
        yield check_backups(wanted.backups)
    for finding in _public(settings):
        yield finding


def configured(config: Path | None, environ: Mapping[str, str] = os.environ) -> list[str]:
    """The halves that something is set for; the shop's where nothing is."""
    text = config.read_text(encoding="utf-8") if config else ""
    found = [
        half
        for half in ("merchant", "marketplace")
        if f"[{half}]" in text
        or f"[{half}." in text
        or any(key.startswith(f"SMARTCART_{half.upper()}_") for key in environ)
    ]
    return found or ["merchant"]


def _shop(wanted: Wanted) -> MerchantSettings:
    """The shop's alone, or those of one of several."""
    if wanted.shop:
        return read_shop(wanted.shop, wanted.config, os.environ, {}).settings
    return load(MerchantSettings, "merchant", wanted.config, os.environ)


def _loaded(
    read: Callable[[], Settings], config: Path | None
) -> tuple[Settings | None, list[Finding]]:
    try:
        settings = read()
    except SettingsError as error:
        remedy = N_("Correct it there; `smartcart merchant init` writes a shop's settings.")
        return None, [bad(_SETTINGS, N_("{why}"), remedy, why=why) for why in error.problems]
    where = {"file": config.absolute() if config else "-"}
    return settings, [ok(_SETTINGS, N_("{file} and the environment will do"), **where)]


async def _webhook(settings: MerchantSettings, given: str) -> Finding:
    url = given or (settings.webhook_url.reveal() if settings.webhook_url else "")
    if url:
        return await check_webhook(url)
    saw = N_("its URL is not known, so it was not tried")
    return warning(N_("webhook"), saw, N_("Set webhook_url, or give --webhook-url."))


def _public(settings: MarketplaceSettings) -> list[Finding]:
    """What merchants see of it, and what must not stay as it is on a laptop."""
    check, found = N_("public"), []
    if settings.development:
        saw = N_("development is on: webhooks go to any address, without TLS")
        return [warning(check, saw, N_("Set development = false where merchants are served."))]
    if not settings.base_url.startswith("https://"):
        saw = N_("public_url is {url}, so vouchers and the API are reached without TLS")
        remedy = N_("Set public_url to the https address that merchants use.")
        found.append(warning(check, saw, remedy, url=settings.base_url))
    if settings.sender_networks == MarketplaceSettings().sender_networks:
        saw = N_("sender_networks names this machine alone, and merchants admit only what it names")
        found.append(warning(check, saw, N_("Set sender_networks to where webhooks come from.")))
    return found or [ok(check, N_("{url}, with the networks it sends from"), url=settings.base_url)]
