"""What an operator may set, and what does not go together."""

from datetime import timedelta

import pytest

from smartcart.kit.settings import SettingsError, load
from smartcart.marketplace.settings import MarketplaceSettings


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
    ],
)
def test_what_does_not_go_together_is_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        settings(**given)


def test_an_event_may_be_sent_only_once() -> None:
    assert settings(webhook_retry_seconds=[]).schedule.requests == 1
