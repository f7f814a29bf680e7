"""What a shop may set; what it must set are its two secrets."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from smartcart.contract import signatures
from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.settings import Secret
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.policy_file import read_policy
from smartcart.merchant.stock.settings import StockTable
from smartcart.outbox import Keep

_SHORTEST_SECRET = 16


class MerchantSettings(Struct, frozen=True, kw_only=True):
    """Section `[merchant]` of the settings file; also `SMARTCART_MERCHANT_…`."""

    database: Annotated[
        str, Meta(description="Where orders are kept: a file for SQLite, or postgresql://…")
    ] = "merchant.db"
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = 8800
    webhook_secret: Annotated[
        Secret,
        Meta(description="Last part of the webhook's URL, which nobody may guess: /webhook/SECRET"),
    ]
    webhook_url: Annotated[
        Secret | None,
        Meta(
            description="The webhook's URL as the marketplace knows it, where `smartcart doctor` "
            "tries it; whoever knows it may send events."
        ),
    ] = None
    webhook_keys: Annotated[
        Secret | None,
        Meta(
            description="Keys that events must be signed with, where the marketplace signs: "
            "whsec_… or whpk_…, several with blanks between."
        ),
    ] = None
    api_url: Annotated[
        str, Meta(description="The marketplace's Orders API: everything before /merchants/…")
    ] = "https://api.skroutz.gr"
    api_token: Annotated[Secret, Meta(description="Bearer token of the Orders API.")]
    vendor: Annotated[
        str, Meta(description="The name in the media type application/vnd.NAME+json.")
    ] = DEFAULT_VENDOR
    stock_feed: Annotated[
        Path | None, Meta(description="The shop's product feed, an XML file, as stock.")
    ] = None
    stock_csv: Annotated[
        Path | None, Meta(description="A CSV file as stock: shop_uid, shop_variation_uid, quantity")
    ] = None
    stock: Annotated[
        tuple[StockTable, ...],
        Meta(description="Sources of stock, in place of stock_feed and stock_csv; see below."),
    ] = ()
    stock_refresh_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="How often the stock's file is looked at; it is read when it has changed "
            "and is the same at two looks.",
        ),
    ] = 5
    stock_max_age_minutes: Annotated[
        float,
        Meta(
            ge=0,
            description="A stock list that was not written anew for so long is not relied on: "
            "orders are held. 0 relies on one of any age.",
        ),
    ] = 0
    stock_shrink_percent: Annotated[
        float,
        Meta(
            gt=0,
            le=100,
            description="A stock list that has lost more of the products in stock than this, and "
            "5 or all of several, is not taken over: orders are held. 100 takes any over.",
        ),
    ] = 50
    print_folder: Annotated[Path, Meta(description="Folder that vouchers are printed to.")] = Path(
        "vouchers"
    )
    policy: Annotated[
        Path | None,
        Meta(description="The shop's policy, a TOML file; without it, the policy's defaults."),
    ] = None
    shadow: Annotated[
        bool,
        Meta(
            description="Decide, record and tell what would be done, and do none of it: nothing is "
            "sent, reserved or printed."
        ),
    ] = False
    dashboard_key: Annotated[
        Secret | None,
        Meta(description="Bearer key of the shop's calls under /dashboard; without it: off."),
    ] = None
    development: Annotated[
        bool, Meta(description="Admit an API and vouchers without TLS and on private addresses.")
    ] = False
    request_timeout_seconds: Annotated[
        float, Meta(gt=0, description="Longest wait for an answer of the marketplace.")
    ] = 15
    retry_base_seconds: Annotated[
        float, Meta(gt=0, description="Wait after the first failure; it doubles with each.")
    ] = 1
    retry_cap_seconds: Annotated[
        float, Meta(gt=0, description="Longest wait between two tries of the same call.")
    ] = 120
    reconcile_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="How often events that the webhook did not bring are looked for, where the "
            "marketplace keeps a journal.",
        ),
    ] = 300
    reconcile_calls: Annotated[
        int, Meta(ge=0, description="Requests for that each time at most; 0 never looks.")
    ] = 20
    reread_minutes: Annotated[
        float,
        Meta(
            gt=0,
            description="An order to be answered is read again when nothing was heard of it for "
            "so long.",
        ),
    ] = 15
    reread_accepted_minutes: Annotated[
        float, Meta(gt=0, description="The same for an accepted order that is still at the shop.")
    ] = 60
    reread_calls_per_minute: Annotated[
        int,
        Meta(
            ge=0,
            le=6000,
            description="Requests for that at most, the orders that expire first coming first; "
            "0 reads none again.",
        ),
    ] = 30
    alarm_urls: Annotated[
        Secret | None,
        Meta(
            description="Whom to call when a person is needed: URLs as apprise takes them, several "
            "with blanks between; without any, alarms are in the log and the history alone."
        ),
    ] = None
    alarm_language: Annotated[
        Literal["el", "en"], Meta(description="The language of these messages.")
    ] = "el"
    alarm_minutes_before_expiry: Annotated[
        tuple[int, ...],
        Meta(description="When to call for an order that is not answered yet."),
    ] = (240, 60, 15)
    alarm_again_hours: Annotated[
        float,
        Meta(gt=0, description="How often to call again for a trouble that goes on."),
    ] = 6
    alarm_gather_minutes: Annotated[
        float,
        Meta(
            ge=0,
            description="How long orders that need a person are gathered into one message, after "
            "one of their kind was sent; longer while they keep coming.",
        ),
    ] = 5
    alarm_silence_hours: Annotated[
        float,
        Meta(
            gt=0,
            description="Call when nothing came from the marketplace for so long, until two weeks "
            "have shown what is normal for the shop.",
        ),
    ] = 24
    calls_at_once: Annotated[
        int, Meta(ge=1, description="Answers in flight at once, and as many vouchers.")
    ] = 16
    lease_seconds: Annotated[
        float,
        Meta(gt=0, description="After this long, work whose process died is done by another."),
    ] = 60
    poll_seconds: Annotated[
        float, Meta(gt=0, description="How often retries and other processes' work are looked for.")
    ] = 0.25
    record_days: Annotated[
        float,
        Meta(
            gt=0,
            le=36_500,
            description="For how long the record of what was done for an order is kept.",
        ),
    ] = 90
    record_exhausted_days: Annotated[
        float,
        Meta(
            gt=0,
            le=36_500,
            description="The same where it was given up and not done since, if that is longer.",
        ),
    ] = 365
    personal_data_days: Annotated[
        float,
        Meta(
            ge=0,
            le=36_500,
            description="So long after an order was last heard of, if it is finished, what tells "
            "who the customer is goes: from the database, and its vouchers from print_folder. "
            "0 keeps it.",
        ),
    ] = 90
    watch_host: Annotated[
        str, Meta(description="Address of watch_port: one that strangers do not reach.")
    ] = "127.0.0.1"
    watch_port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(
            description="Port of /metrics, /healthz and /readyz, for any who reach it; "
            "without it nothing is measured."
        ),
    ] = None
    stop_grace_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=5,
            description="How long requests are served after SIGTERM, while /readyz says 503; "
            "not at all when nobody asked it in the last minute.",
        ),
    ] = 3
    log_format: Annotated[
        Literal["text", "json"], Meta(description="How log lines are written.")
    ] = "text"

    def __post_init__(self) -> None:
        if len(self.webhook_secret.reveal()) < _SHORTEST_SECRET:
            raise ValueError(
                f"webhook_secret: needs {_SHORTEST_SECRET} characters or more, chosen at random; "
                'for example by: python3 -c "import secrets; print(secrets.token_urlsafe(24))"'
            )
        if "/" in self.webhook_secret.reveal():
            raise ValueError("webhook_secret: is one part of a URL's path; leave out every '/'")
        for key in self.signing_keys:
            _check_key(key)
        if not self.api_url.lower().startswith("https://") and not self.development:
            raise ValueError(
                "api_url: must begin with https://, for the token goes there; "
                "only with development = true may it be another"
            )
        if self.stock_feed is not None and self.stock_csv is not None:
            raise ValueError("stock_csv: stock_feed is set too; set one of them")
        if self.stock and (self.stock_feed is not None or self.stock_csv is not None):
            raise ValueError(
                "[[merchant.stock]]: stock_feed or stock_csv is set too; move it there"
            )
        titles = [table.title for table in self.stock]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"[[merchant.stock]]: {title} is there twice; give each a name")
        if any(minutes <= 0 for minutes in self.alarm_minutes_before_expiry):
            raise ValueError("alarm_minutes_before_expiry: give minutes, each more than 0")
        if self.lease_seconds <= self.request_timeout_seconds:
            raise ValueError(
                "lease_seconds: must be more than request_timeout_seconds, "
                "or a call is made again while it waits for its answer"
            )

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return tuple(self.webhook_keys.reveal().split()) if self.webhook_keys else ()

    @property
    def stock_sources(self) -> tuple[StockTable, ...]:
        """Where the stock is told, also by the settings that are for one file alone."""
        if self.stock_feed is not None:
            return (self._one("feed", self.stock_feed),)
        return self.stock if self.stock_csv is None else (self._one("csv", self.stock_csv),)

    def _one(self, kind: Literal["feed", "csv"], file: Path) -> StockTable:
        return StockTable(
            kind=kind,
            file=file,
            refresh_seconds=self.stock_refresh_seconds,
            max_age_minutes=self.stock_max_age_minutes,
            shrink_percent=self.stock_shrink_percent,
        )

    @property
    def alarm_targets(self) -> tuple[str, ...]:
        return tuple(self.alarm_urls.reveal().split()) if self.alarm_urls else ()

    @property
    def keep(self) -> Keep:
        return Keep(timedelta(self.record_days), timedelta(self.record_exhausted_days))

    @property
    def personal_data_kept(self) -> timedelta | None:
        """For how long; None for ever."""
        return timedelta(self.personal_data_days) if self.personal_data_days else None

    @property
    def rules(self) -> Policy:
        """The policy in force. Raises `SettingsError` when its file will not do."""
        return read_policy(self.policy, shadow=self.shadow)


def _check_key(key: str) -> None:
    try:
        signatures.check(key)
    except ValueError as error:
        raise ValueError(
            f"webhook_keys: {error}; give what the marketplace told you: whsec_… or whpk_…"
        ) from None
