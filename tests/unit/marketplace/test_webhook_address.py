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
        "https://kyma.example./hook",
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
        ("ftp://kyma.example/hook", "is not an absolute http or https one"),
        ("kyma.example/hook", "names no host"),
        ("https:///hook", "names no host"),
        ("https://kyma.example:0/hook", "names no host and port"),
        ("https://kyma.example:port/hook", "is not an absolute http or https one"),
        ("https://[::1/hook", "is not an absolute http or https one"),
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


def test_a_name_in_greek_is_the_same_in_both_spellings() -> None:
    for host in ("κύμα.example", "xn--mxarg1e.example", "ΚΎΜΑ.example"):
        for domain in ("κύμα.example", "xn--mxarg1e.example"):
            address.check(f"https://api.{host}/hook", domain, development=False)


@pytest.mark.parametrize(
    "domain",
    ["127.0.0.1", "[::1]", "https://kyma.example", "kyma.example/shop", "*.kyma.example", "1"],
)
def test_what_is_no_domain(domain: str) -> None:
    with pytest.raises(Refused, match="is not the name of a domain"):
        address.check("https://kyma.example/hook", domain, development=False)


def test_no_message_repeats_the_secret_in_the_path() -> None:
    for url in (
        "ftp://kyma.example/s3cr3t",
        "http://kyma.example/s3cr3t",
        "x/s3cr3t",
        "https://e.example/s3cr3t",
    ):
        with pytest.raises(Refused) as refused:
            address.check(url, DOMAIN, development=False)
        assert "s3cr3t" not in refused.value.message


@proves("webhook.development")
@pytest.mark.parametrize("url", ["http://127.0.0.1:8701/hook", "https://other.example/hook"])
def test_development_asks_for_neither(url: str) -> None:
    address.check(url, "", development=True)


def test_development_does_not_admit_everything() -> None:
    for url in ("ftp://127.0.0.1/hook", "hook", "http://user:secret@127.0.0.1/"):
        with pytest.raises(Refused):
            address.check(url, "", development=True)
