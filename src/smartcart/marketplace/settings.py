"""What an operator may set; every setting has a default."""

from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from smartcart.contract import IpRanges, athens
from smartcart.kit.sealing import Seal
from smartcart.kit.settings import Secret
from smartcart.marketplace.domain.placement import Terms
from smartcart.marketplace.domain.redelivery import Schedule
from smartcart.outbox import Keep


class MarketplaceSettings(Struct, frozen=True, kw_only=True):
    """Section `[marketplace]` of the settings file; also `SMARTCART_MARKETPLACE_…`."""

    database: Annotated[
        str, Meta(description="Where orders are kept: a file for SQLite, or postgresql://…")
    ] = "marketplace.db"
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = 8700
    public_url: Annotated[
        str,
        Meta(description="How merchants reach this program; empty: http://host:port."),
    ] = ""
    vendor: Annotated[
        str, Meta(description="The name in the media type application/vnd.NAME+json.")
    ] = "skroutz"
    user_agent: Annotated[str, Meta(description="User-Agent of webhook requests.")] = (
        "Skroutz OrderNotifier v1"
    )
    panel_key: Annotated[
        Secret | None,
        Meta(description="Bearer key of the operator's calls under /panel; without it: off."),
    ] = None
    secrets_key: Annotated[
        Secret | None,
        Meta(
            description="Key under which merchants' signing keys are kept: 32 random bytes in "
            "URL-safe base64. Of several, with blanks between, the first is used from now on."
        ),
    ] = None
    development: Annotated[
        bool, Meta(description="Admit webhook URLs without TLS and on private addresses.")
    ] = False
    courier: Annotated[str, Meta(description="Name of the courier on orders and vouchers.")] = (
        "Skroutz Last Mile"
    )
    answer_hours: Annotated[
        float, Meta(gt=0, description="Hours a merchant has to answer a new order.")
    ] = 24
    dispatch_working_days: Annotated[
        int, Meta(ge=1, description="Working days within which an order must be dispatched.")
    ] = 2
    webhook_timeout_seconds: Annotated[
        float, Meta(gt=0, description="Longest wait for a merchant's answer to a webhook request.")
    ] = 10
    webhook_retry_seconds: Annotated[
        tuple[float, ...],
        Meta(description="When an event is sent again, in seconds from its first request."),
    ] = (60, 300, 1_080)
    webhook_jitter: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="Up to how much later it is sent again, as a share of the wait before it.",
        ),
    ] = 0.1
    webhook_within_seconds: Annotated[
        float, Meta(gt=0, description="No request for an event is made later than this.")
    ] = 1_200
    sender_networks: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks webhook requests come from, as /ip_ranges.json tells merchants; "
            "this machine alone until it is said."
        ),
    ] = ("127.0.0.1/32", "::1/128")
    sender_networks_modified: Annotated[
        str, Meta(description="When sender_networks changed last, ISO 8601 with offset.")
    ] = "2026-01-01T00:00:00+02:00"
    webhook_slots: Annotated[
        int,
        Meta(ge=1, description="Webhook requests in flight at once, at most half of them retries."),
    ] = 256
    webhook_slots_per_merchant: Annotated[
        int,
        Meta(
            ge=1,
            description="Webhook requests in flight at once to one merchant, at most half of them "
            "retries. Merchants that hang keep nobody else waiting while they are fewer than "
            "webhook_slots divided by this.",
        ),
    ] = 16
    webhook_failing_after: Annotated[
        int,
        Meta(
            ge=1,
            description="Failures in a row after which a merchant's new events are tried one at a "
            "time, until one is delivered.",
        ),
    ] = 5
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
            description="For how long deliveries are on record, and what they delivered is kept.",
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
        _ = self.seal
        _ = self.ip_ranges  # looked at now, before anybody asks for it
        if self.lease_seconds <= self.webhook_timeout_seconds:
            raise ValueError(
                "lease_seconds: must be more than webhook_timeout_seconds "
                f"({self.webhook_timeout_seconds}), or a request that is waited for is made twice"
            )
        offsets = (0.0, *self.webhook_retry_seconds, self.webhook_within_seconds)
        if any(later <= earlier for earlier, later in pairwise(offsets)):
            raise ValueError(
                "webhook_retry_seconds: each must be later than the one before, "
                f"and all within webhook_within_seconds ({self.webhook_within_seconds})"
            )

    @property
    def ip_ranges(self) -> IpRanges:
        """Raises `ValueError`, naming the setting, for what is no network or no moment."""
        networks = [_network(text) for text in self.sender_networks]
        return IpRanges(
            ipv4=tuple(str(network) for network in networks if network.version == 4),
            ipv6=tuple(str(network) for network in networks if network.version == 6),
            last_modified=athens(_moment(self.sender_networks_modified)).isoformat(),
        )

    @property
    def seal(self) -> Seal | None:
        """Raises `ValueError`, naming the setting, for a key that is none."""
        try:
            return Seal(self.secrets_key) if self.secrets_key else None
        except ValueError as error:
            raise ValueError(f"secrets_key: {error}") from None

    @property
    def terms(self) -> Terms:
        return Terms(
            answer_within=timedelta(hours=self.answer_hours),
            dispatch_working_days=self.dispatch_working_days,
            courier=self.courier,
        )

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            offsets=self.webhook_retry_seconds,
            within=self.webhook_within_seconds,
            jitter=self.webhook_jitter,
        )

    @property
    def keep(self) -> Keep:
        return Keep(timedelta(self.record_days), timedelta(self.record_exhausted_days))

    @property
    def base_url(self) -> str:
        """The public URL without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(
            f"sender_networks: {error}; write each like 198.51.100.0/24 or 2001:db8::/32"
        ) from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.utcoffset() is None:
        raise ValueError(
            f"sender_networks_modified: '{text}' is no moment with an offset; "
            "write it like 2026-01-01T00:00:00+02:00"
        )
    return moment
