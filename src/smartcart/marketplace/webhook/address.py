"""Which webhook URLs are admitted (contract §5)."""

from yarl import URL

from smartcart.kit.egress import UrlError, is_address, parse_url
from smartcart.marketplace.domain.refusal import RefusalCode, Refused


def check(url: str, domain: str, *, development: bool) -> None:
    """Raise `Refused` unless `url` is HTTPS at `domain` or below it; development asks neither.

    No message repeats the URL, whose path is often the shop's secret.
    """
    try:
        target = parse_url(url)
    except UrlError as error:
        raise _refused(str(error)) from None
    if target.raw_user or target.raw_password:
        raise _refused("must not hold a user name or password; put a secret in its path")
    if target.scheme != "https" and not development:
        raise _refused("must begin with https:// (http:// only in development)")
    if development:
        return
    if not domain:
        raise _refused("needs the shop's domain, at which it lies")
    host = _plain(target)
    if not f".{host}".endswith(f".{_name(domain)}"):
        raise _refused(f"its host '{host}' must be {domain} or below it")


def _name(domain: str) -> str:
    """The domain as it stands in URLs: `κύμα.example` is `xn--mxarg1e.example`."""
    try:
        target = parse_url(f"https://{domain}/")
    except UrlError:
        target = URL()
    name = _plain(target)
    if is_address(name) or str(target).rstrip("/") != f"https://{target.raw_host}":
        raise _refused(f"the shop's domain '{domain}' is not the name of a domain")
    return name


def _plain(target: URL) -> str:
    return (target.raw_host or "").lower().rstrip(".")


def _refused(why: str) -> Refused:
    return Refused(RefusalCode.MERCHANT, f"webhook_url: {why}")
