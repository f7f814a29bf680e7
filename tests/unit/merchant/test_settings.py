"""What a shop must set, and what it is told when it does not."""

from pathlib import Path
from typing import Any

import pytest

from smartcart.kit.settings import SettingsError, describe, load
from smartcart.merchant.domain.counts import Terms
from smartcart.merchant.settings import MerchantSettings

NEEDED = {"webhook_secret": "0123456789abcdef", "api_token": "t"}


def settings(**given: Any) -> MerchantSettings:
    return load(MerchantSettings, "merchant", None, {}, NEEDED | given)


def test_two_secrets_are_all_that_must_be_set() -> None:
    assert settings().database == "merchant.db"
    with pytest.raises(SettingsError) as error:
        load(MerchantSettings, "merchant", None, {})
    assert [problem.partition(":")[0] for problem in error.value.problems] == [
        "webhook_secret",
        "api_token",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"webhook_secret": "0123456789abcde"}, "webhook_secret: needs 16 characters"),
        ({"webhook_secret": "0123456789/abcdef"}, "webhook_secret: is one part of a URL's path"),
        ({"api_url": "http://shop.example"}, "api_url: must begin with https://"),
        ({"stock_feed": "a", "stock_csv": "b"}, "stock_csv: stock_feed is set too"),
        ({"lease_seconds": 10, "request_timeout_seconds": 10}, "lease_seconds: must be more"),
        ({"stock_refresh_seconds": 0}, "stock_refresh_seconds"),
    ],
)
def test_what_cannot_work_is_refused_with_its_remedy(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        settings(**given)


def test_a_plain_api_url_is_for_development() -> None:
    assert settings(api_url="http://127.0.0.1:1", development=True).development


def test_secrets_are_never_shown() -> None:
    assert "0123456789abcdef" not in repr(settings())


def test_every_setting_is_described() -> None:
    rows = {row.name: row for row in describe(MerchantSettings, "merchant")}
    assert rows["port"].variable == "SMARTCART_MERCHANT_PORT"
    assert all(row.description for row in rows.values())


def test_paths_come_from_the_environment() -> None:
    environ = {"SMARTCART_MERCHANT_STOCK_CSV": "/tmp/x.csv"}
    assert load(MerchantSettings, "merchant", None, environ, NEEDED).stock_csv == Path("/tmp/x.csv")


def test_what_is_normal_of_a_stock_list_is_taken_from_the_settings() -> None:
    given = {**NEEDED, "stock_csv": "a", "stock_max_age_minutes": 1.5, "stock_shrink_percent": 30}
    terms = load(MerchantSettings, "merchant", None, {}, given).stock_sources[0].terms
    assert terms == Terms(max_age=90_000_000, shrink_percent=30)
    usual = load(MerchantSettings, "merchant", None, {}, NEEDED | {"stock_csv": "a"})
    assert usual.stock_sources[0].terms == Terms()
