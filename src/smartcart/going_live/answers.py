"""What a new shop answers, as plain data."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.settings import Secret
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock.documents import OLD_WORKBOOK, WORKBOOK
from smartcart.merchant.stock.settings import StockTable

WEBHOOK_PATH = "/smartcart/webhook/"
"""Where the snippets in deploy/ have the website pass events on."""

Kind = Literal["feed", "csv", "excel"]
"""Lists that need nothing told but where they are."""
_KINDS: Mapping[str, Kind] = {
    ".xml": "feed",
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), "excel"),
}


class Answers(Struct, frozen=True, kw_only=True):
    """Everything that is written down for a shop. Paths are absolute."""

    api_url: str
    token: Secret
    webhook_secret: Secret
    webhook_url: str
    vendor: str = DEFAULT_VENDOR
    development: bool = False
    host: str = "127.0.0.1"
    port: int = 8800
    stock: str = ""
    """The path of a file, or a URL; empty where there is none."""
    print_folder: Path
    database: str
    policy: Path | None = None
    shop: str = ""
    """The name of one of several; empty for the only one."""

    def settings(self) -> MerchantSettings:
        """As the program will have them. Raises `ValueError`, naming the setting and the remedy."""
        given = MerchantSettings(
            database=self.database,
            host=self.host,
            port=self.port,
            webhook_secret=self.webhook_secret,
            webhook_url=Secret(self.webhook_url) if self.webhook_url else None,
            api_url=self.api_url,
            api_token=self.token,
            vendor=self.vendor,
            print_folder=self.print_folder,
            policy=self.policy,
            development=self.development,
        )
        if not self.stock:
            return given
        kind = kind_of(self.stock)
        if is_url(self.stock):
            table = StockTable(kind=kind, url=Secret(self.stock))
            return replace(given, stock=(table,))
        file = Path(self.stock)
        if kind == "excel":
            return replace(given, stock=(StockTable(kind=kind, file=file),))
        return replace(given, **{f"stock_{kind}": file})


def is_url(stock: str) -> bool:
    return stock.lower().startswith(("http://", "https://"))


def kind_of(stock: str) -> Kind:
    """How a stock list is written: by its name, else by how it begins."""
    name = urlsplit(stock).path if is_url(stock) else stock
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    if suffix in _KINDS or is_url(stock):
        return _KINDS.get(suffix, "feed")
    try:
        with Path(stock).open("rb") as opened:
            beginning = opened.read(64)
    except OSError:
        return "csv"
    if beginning.startswith((WORKBOOK, OLD_WORKBOOK)):
        return "excel"
    return "feed" if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "csv"


def new_secret() -> Secret:
    return Secret(secrets.token_urlsafe(24))


def webhook_url(site: str, secret: Secret) -> str:
    """The URL by the website that passes on, as the snippets for nginx, Apache and Caddy do."""
    return site.rstrip("/") + WEBHOOK_PATH + secret.reveal()
