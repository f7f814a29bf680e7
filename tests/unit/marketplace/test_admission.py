"""Which `Accept` headers admit the vendor's media type (contract §2)."""

import pytest

from smartcart.marketplace.api.admission import admits
from tests.support.proving import proves


@proves("transport.accept-required")
@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.skroutz+json; version=3.0",
        "application/vnd.skroutz+json;version=3.0",
        "Application/VND.skroutz+JSON ; Version=3.0",
        "application/vnd.skroutz+json; version=3.0; q=0.9",
        "application/vnd.skroutz+json; q=0.9; version=3.0",
        'application/vnd.skroutz+json; version="3.0"',
        "text/html, application/vnd.skroutz+json; version=3.0, */*;q=0.1",
    ],
)
def test_admitted(accept: str) -> None:
    assert admits(accept, "skroutz")


@proves("transport.not-acceptable")
@pytest.mark.parametrize(
    "accept",
    [
        "",
        ",",
        ";",
        "text/html",
        "application/json",
        "application/vnd.skroutz+json; version=2.0",
        "application/vnd.other+json; version=3.0",
        "application/vnd.skroutz+xml; version=3.0",
        "application/json; version=3.0",
    ],
)
def test_not_admitted(accept: str) -> None:
    assert not admits(accept, "skroutz")


def test_the_vendor_is_a_setting() -> None:
    assert admits("application/vnd.agora+json; version=3.0", "agora")
    assert not admits("application/vnd.skroutz+json; version=3.0", "agora")
