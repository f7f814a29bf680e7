"""Which webhook URLs are admitted: HTTPS, at the shop's domain or below it (contract §5)."""

import pytest

from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.webhook import address
from tests.support.proving import proves

DOMAIN = "kyma.example"


@proves("webhook.below-domain")
@pytest.mark.parametrize(
    "url",
    [
        "https://kyma.example/hook",
        "https://KYMA.example/hook?shop=1&x=%2F",
        "https://api.kyma.example:8443/hook",
        "https://a.b.kyma.example",
    ],
)
def test_admitted(url: str) -> None:
    address.check(url, DOMAIN, development=False)
    address.check(url, DOMAIN.upper(), development=False)


@proves("webhook.https", "webhook.own-domain")
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://kyma.example/hook", "must begin with https://"),
        ("ftp://kyma.example/hook", "must begin with https://"),
        ("kyma.example/hook", "names no host"),
        ("https:///hook", "names no host"),
        ("https://kyma.example:0/hook", "names no host"),
        ("https://kyma.example:port/hook", "is not a URL"),
        ("https://[::1/hook", "is not a URL"),
        ("https://user:secret@kyma.example/hook", "user name or password"),
        ("https://notkyma.example/hook", "must be kyma.example or below it"),
        ("https://kyma.example.evil.example/hook", "must be kyma.example or below it"),
        ("https://evil.example/kyma.example", "must be kyma.example or below it"),
        ("https://127.0.0.1/hook", "must be kyma.example or below it"),
    ],
)
def test_refused(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        address.check(url, DOMAIN, development=False)
    assert refused.value.code is RefusalCode.MERCHANT
    assert refused.value.message.startswith("webhook_url: ")


@pytest.mark.parametrize("url", ["https://kyma.example/hook", "https://evil.example./hook"])
def test_a_shop_without_a_domain_has_no_webhook(url: str) -> None:
    with pytest.raises(Refused, match="domain"):
        address.check(url, "", development=False)


@proves("webhook.development")
@pytest.mark.parametrize("url", ["http://127.0.0.1:8701/hook", "https://other.example/hook"])
def test_development_asks_for_neither(url: str) -> None:
    address.check(url, "", development=True)


def test_development_does_not_admit_everything() -> None:
    for url in ("ftp://127.0.0.1/hook", "hook", "http://user:secret@127.0.0.1/"):
        with pytest.raises(Refused):
            address.check(url, "", development=True)
