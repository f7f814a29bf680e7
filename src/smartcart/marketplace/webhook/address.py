"""Which webhook URLs are admitted (contract §5)."""

from urllib.parse import urlsplit

from smartcart.marketplace.domain.refusal import RefusalCode, Refused


def check(url: str, domain: str, *, development: bool) -> None:
    """Raise `Refused` unless `url` is HTTPS at `domain` or below it; development asks neither."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(f"'{url}' is not a URL: {error}") from None
    if not parts.hostname or port == 0:
        raise _refused(f"'{url}' names no host")
    if parts.username or parts.password:
        raise _refused("must not hold a user name or password; put a secret in its path")
    if parts.scheme != "https" and not (development and parts.scheme == "http"):
        raise _refused(f"'{url}' must begin with https:// (http:// only in development)")
    if development:
        return
    if not domain:
        raise _refused("needs the shop's domain, at which it lies")
    if not f".{parts.hostname}".endswith(f".{domain.lower()}"):
        raise _refused(f"its host '{parts.hostname}' must be {domain} or below it")


def _refused(why: str) -> Refused:
    return Refused(RefusalCode.MERCHANT, f"webhook_url: {why}")
