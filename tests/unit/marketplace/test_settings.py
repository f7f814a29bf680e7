"""What an operator may set, and what does not go together."""

from datetime import timedelta

import pytest

from smartcart.contract import IpRanges
from smartcart.kit.settings import SettingsError, load
from smartcart.marketplace.settings import MarketplaceSettings
from tests.support.proving import proves


def settings(**given: object) -> MarketplaceSettings:
    return load(MarketplaceSettings, "marketplace", None, {}, given)


def test_everything_has_a_default_and_the_defaults_are_the_contracts() -> None:
    defaults = settings()
    assert defaults.schedule.requests == 4
    assert defaults.schedule.within == 1_200
    assert defaults.vendor == "skroutz"
    assert defaults.user_agent == "Skroutz OrderNotifier v1"
    assert defaults.panel_key is None
    assert not defaults.development
    assert defaults.base_url == "http://127.0.0.1:8700"


def test_where_merchants_reach_it() -> None:
    assert settings(host="10.0.0.1", port=80).base_url == "http://10.0.0.1:80"
    assert settings(public_url="https://market.example/x/").base_url == "https://market.example/x"


def test_the_terms_of_new_orders() -> None:
    terms = settings(answer_hours=1.5, dispatch_working_days=3, courier="ACS").terms
    assert terms.answer_within == timedelta(minutes=90)
    assert (terms.dispatch_working_days, terms.courier) == (3, "ACS")


@proves("webhook.ip-ranges")
def test_where_webhook_requests_come_from() -> None:
    assert settings().ip_ranges == IpRanges(
        ipv4=("127.0.0.1/32",), ipv6=("::1/128",), last_modified="2026-01-01T00:00:00+02:00"
    )
    given = {
        "SMARTCART_MARKETPLACE_SENDER_NETWORKS": "198.51.100.0/24, 2001:db8::/32,192.0.2.7",
        "SMARTCART_MARKETPLACE_SENDER_NETWORKS_MODIFIED": "2026-07-01T10:00:00Z",
    }
    found = load(MarketplaceSettings, "marketplace", None, given)
    assert found.ip_ranges == IpRanges(
        ipv4=("198.51.100.0/24", "192.0.2.7/32"),
        ipv6=("2001:db8::/32",),
        last_modified="2026-07-01T13:00:00+03:00",
    )


def test_a_list_from_the_environment() -> None:
    given = {"SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1, 2.5,9"}
    found = load(MarketplaceSettings, "marketplace", None, given)
    assert found.webhook_retry_seconds == (1, 2.5, 9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lease_seconds": 10, "webhook_timeout_seconds": 10}, "lease_seconds: must be more than"),
        ({"webhook_retry_seconds": [60, 30]}, "each must be later than the one before"),
        ({"webhook_retry_seconds": [0, 30]}, "each must be later than the one before"),
        ({"webhook_retry_seconds": [1_200]}, r"within webhook_within_seconds \(1200\)"),
        ({"answer_hours": 0}, "answer_hours, from option --answer-hours: is 0"),
        ({"webhook_slots": 0}, "a whole number, at least 1"),
        ({"sender_networks": ["10.0.0.1/8"]}, "sender_networks: 10.0.0.1/8 has host bits set; wr"),
        ({"sender_networks": ["shop.example"]}, "write each like 198.51.100.0/24 or 2001:db8::"),
        ({"sender_networks_modified": "yesterday"}, "sender_networks_modified: 'yesterday' is no"),
        ({"sender_networks_modified": "2026-01-01"}, "is no moment with an offset"),
    ],
)
def test_what_does_not_go_together_is_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        settings(**given)


def test_an_event_may_be_sent_only_once() -> None:
    assert settings(webhook_retry_seconds=[]).schedule.requests == 1
