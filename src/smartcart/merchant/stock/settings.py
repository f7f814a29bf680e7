"""One source of the shop's stock, as it is set: a table `[[merchant.stock]]` of the TOML file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from msgspec import Meta, Struct

from smartcart.kit.egress import UrlError, parse_url
from smartcart.kit.settings import Secret, SettingsError
from smartcart.merchant.domain.counts import Terms
from smartcart.merchant.stock.queries import only_reads

_MINUTE = 60_000_000
_PLACEHOLDER = "{secret}"


class StockTable(Struct, frozen=True, kw_only=True):
    """Where a list of products is, and what is normal of it."""

    kind: Annotated[
        Literal["feed", "csv", "excel", "json", "sql"],
        Meta(description="How the list is written, or sql for a query on a database."),
    ]
    name: Annotated[
        str,
        Meta(description="What it is called in the log and in alarms; by default, where it is."),
    ] = ""
    file: Annotated[
        Path | None, Meta(description="The list is this file, which may be packed by gzip.")
    ] = None
    url: Annotated[
        Secret | None,
        Meta(
            description="The list is fetched from this http or https URL, in place of a file. Of "
            "sql: the database, as SQLAlchemy names it."
        ),
    ] = None
    query: Annotated[
        str,
        Meta(
            description="Of sql: one SELECT, its columns titled as those of a CSV list: shop_uid, "
            "shop_variation_uid, quantity, price, weight."
        ),
    ] = ""
    row_limit: Annotated[
        int, Meta(ge=1, description="Of sql: more rows than this are unreadable.")
    ] = 500_000
    items: Annotated[
        str,
        Meta(
            description="Of json: the path to the list of products, keys with dots between; by "
            "default the answer is that list."
        ),
    ] = ""
    variations: Annotated[
        str, Meta(description="Of json: the path in a product to the list of its variations.")
    ] = ""
    shop_uid: Annotated[str, Meta(description="Of json: the path in a product to its id.")] = (
        "shop_uid"
    )
    variation: Annotated[
        str, Meta(description="Of json: the path to the variation's id, in it or in the product.")
    ] = "shop_variation_uid"
    quantity: Annotated[str, Meta(description="Of json: the path to the pieces.")] = "quantity"
    price: Annotated[str, Meta(description="Of json: the path to the price in euros with VAT.")] = (
        "price"
    )
    weight: Annotated[
        str, Meta(description="Of json: the path to a piece's weight, in grams or with its unit.")
    ] = "weight"
    next: Annotated[
        str,
        Meta(description="Of json: the path in the answer to the URL of its next page, if any."),
    ] = ""
    location: Annotated[
        str,
        Meta(
            description="Where these pieces are: the id of a pickup location of the marketplace, "
            "or a place that the policy's [pickup] places names; by default, at every one."
        ),
    ] = ""
    headers: Annotated[
        tuple[Secret, ...],
        Meta(description="Headers of the request, each as 'Name: value'."),
    ] = ()
    secret_env: Annotated[
        str,
        Meta(description="The environment variable whose value replaces {secret} in url, headers."),
    ] = ""
    secret_file: Annotated[
        Path | None, Meta(description="The file whose content does, in place of a variable.")
    ] = None
    private_network: Annotated[
        bool, Meta(description="The URL may lead into the shop's own network, or this machine.")
    ] = False
    timeout_seconds: Annotated[
        float, Meta(gt=0, le=300, description="Longest wait for the whole answer.")
    ] = 60
    refresh_seconds: Annotated[
        float | None,
        Meta(description="How often it is looked at; by default 5 for a file, 60 for a URL."),
    ] = None
    max_age_minutes: Annotated[
        float, Meta(ge=0, description="Older than this it is stale. 0 relies on one of any age.")
    ] = 0
    sold_off_after_minutes: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(
            description="For a system of yours that takes off what is sold before it is handed "
            "over: how long after an order came it has done so at the latest."
        ),
    ] = None
    shrink_percent: Annotated[
        float,
        Meta(
            gt=0,
            le=100,
            description="It has shrunk when it loses more of its products in stock than this, and "
            "5 or all of several.",
        ),
    ] = 50

    def __post_init__(self) -> None:
        if (self.file is None) == (self.url is None):
            raise ValueError("set one of file and url")
        if self.refresh_seconds is not None and self.refresh_seconds <= 0:
            raise ValueError("refresh_seconds: give seconds, more than 0")
        texts = [each.reveal() for each in (self.url, *self.headers) if each is not None]
        asked = any(_PLACEHOLDER in text for text in texts)
        if asked != bool(self.secret_env or self.secret_file is not None):
            raise ValueError(
                "secret_env: or secret_file is for the {secret} in url or headers; set both or none"
            )
        if self.secret_env and self.secret_file is not None:
            raise ValueError("secret_file: secret_env is set too; set one of them")
        for header in self.headers:
            if not all(part.strip() for part in header.reveal().partition(":")):
                raise ValueError("headers: write each like 'Authorization: Bearer {secret}'")
        if (self.kind == "sql") != bool(self.query):
            raise ValueError("query: is for kind sql, which needs it")
        if self.kind == "sql":
            self._check_sql()
        elif self.url is not None:
            _check_url(
                self.url.reveal(), with_headers=bool(self.headers), near=self.private_network
            )

    def _check_sql(self) -> None:
        if self.url is None:
            raise ValueError("url: name the database, as sqlite:////srv/erp.db")
        if not only_reads(self.query):
            raise ValueError("query: is to begin with SELECT or WITH; nothing is ever written")

    @property
    def title(self) -> str:
        """Names the source in the log, in alarms and among what was read before."""
        where = str(self.file) if self.url is None else without_secrets(self.url.reveal())
        return self.name or f"{self.kind} {where}"

    @property
    def every_seconds(self) -> float:
        return self.refresh_seconds or (5 if self.url is None else 60)

    @property
    def terms(self) -> Terms:
        sold_off = self.sold_off_after_minutes
        return Terms(
            max_age=round(self.max_age_minutes * _MINUTE),
            shrink_percent=self.shrink_percent,
            sold_off_after=None if sold_off is None else round(sold_off * _MINUTE),
        )

    @property
    def secret(self) -> str:
        """What replaces `{secret}`. Raises `SettingsError` when it cannot be had."""
        if self.secret_file is not None:
            return _content(self.secret_file)
        if not self.secret_env:
            return ""
        if secret := os.environ.get(self.secret_env, ""):
            return secret
        raise SettingsError([f"secret_env: the variable {self.secret_env} is not set; set it"])

    @property
    def address(self) -> str:
        """The URL with its secret in it, written as a URL needs it."""
        url = self.url.reveal() if self.url else ""
        return url.replace(_PLACEHOLDER, quote(self.secret, safe=""))

    @property
    def request_headers(self) -> Mapping[str, str]:
        filled = (h.reveal().replace(_PLACEHOLDER, self.secret) for h in self.headers)
        pairs = (header.partition(":") for header in filled)
        return {name.strip(): value.strip() for name, _, value in pairs}


def without_secrets(url: str) -> str:
    """The part of a URL that may be shown."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _check_url(url: str, *, with_headers: bool, near: bool) -> None:
    try:
        parsed = parse_url(url.replace(_PLACEHOLDER, "secret"))
    except UrlError as error:
        raise ValueError(f"url: {error}") from None
    if parsed.user or parsed.password:
        raise ValueError("url: holds a user; send that as a header: 'Authorization: Basic …'")
    if urlsplit(url).scheme != "https" and not near and (with_headers or _PLACEHOLDER in url):
        raise ValueError(
            "url: must begin with https://, for a secret goes there; or set private_network "
            "= true where it goes no further than the shop's own network"
        )


def _content(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"secret_file: {file} cannot be read ({error})"]) from error
    if not text:
        raise SettingsError([f"secret_file: {file} is empty; write the secret into it"])
    return text
