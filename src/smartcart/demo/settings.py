"""How the two programs are set for the demo: a TOML file to look at, secrets beside it."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from smartcart.demo.folder import Folder, State
from smartcart.demo.options import DemoOptions

Value = str | int | float | bool | tuple[float, ...]
Section = Mapping[str, Value]

HOST = "127.0.0.1"
MARKETPLACE, MERCHANT = "marketplace", "merchant"
_HEADER = """\
# How `smartcart demo` runs its two programs. The secrets are in the environment alone.
# Look around with this file, from its folder:  smartcart orders list --config smartcart.toml
"""


def url(port: int) -> str:
    return f"http://{HOST}:{port}"


def webhook_url(state: State) -> str:
    """Where the marketplace sends the shop's events."""
    return f"{url(state.merchant_port)}/webhook/{state.webhook_secret}"


def settings_file(folder: Folder, state: State, options: DemoOptions) -> bytes:
    """Everything that is no secret. Retries and leases are short: somebody is watching."""
    sections = {
        MARKETPLACE: _marketplace(folder, state, options),
        MERCHANT: _merchant(folder, state, options),
    }
    blocks = (f"\n[{name}]\n{_lines(section)}" for name, section in sections.items())
    return (_HEADER + "".join(blocks)).encode()


def environment(folder: Folder, state: State) -> dict[str, str]:
    """The environment of both programs: the visitor's, without settings of other programs."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SMARTCART_")
    }
    return inherited | {
        "PYTHONUNBUFFERED": "1",
        "SMARTCART_CONFIG": str(folder.settings_file.absolute()),
        "SMARTCART_MARKETPLACE_PANEL_KEY": state.panel_key,
        "SMARTCART_MERCHANT_DASHBOARD_KEY": state.dashboard_key,
        "SMARTCART_MERCHANT_WEBHOOK_SECRET": state.webhook_secret,
        "SMARTCART_MERCHANT_API_TOKEN": state.token,
    }


def _marketplace(folder: Folder, state: State, options: DemoOptions) -> Section:
    return {
        "database": _database(options.marketplace_database, folder.database(MARKETPLACE)),
        "host": HOST,
        "port": state.marketplace_port,
        "development": True,
        "answer_hours": 0.5,
        "webhook_retry_seconds": (2, 10, 40),
        "webhook_timeout_seconds": 5,
        "lease_seconds": 10,
    }


def _merchant(folder: Folder, state: State, options: DemoOptions) -> Section:
    return {
        "database": _database(options.merchant_database, folder.database(MERCHANT)),
        "host": HOST,
        "port": state.merchant_port,
        "api_url": url(state.marketplace_port),
        "development": True,
        "stock_csv": str(folder.stock.absolute()),
        "stock_refresh_seconds": 0.5,
        "print_folder": str(folder.vouchers.absolute()),
        "request_timeout_seconds": 3,
        "retry_cap_seconds": 5,
        "lease_seconds": 10,
    }


def _database(chosen: str, otherwise: Path) -> str:
    if chosen and "://" not in chosen:
        return str(Path(chosen).absolute())
    return chosen or str(otherwise.absolute())


def _lines(section: Section) -> str:
    # JSON's texts, numbers, truth values and lists are TOML's.
    return "".join(
        f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in section.items()
    )
