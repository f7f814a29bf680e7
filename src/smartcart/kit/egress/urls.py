"""The one parser of URLs to send to: what judges a URL reads it as what connects does."""

import re
from ipaddress import ip_address
from typing import Final

from yarl import URL

LONGEST_URL: Final = 8_000
"""Characters; about what servers take for a whole request line."""

_LONGEST_NAME: Final = 253
_AS_WRITTEN = re.compile(r"[!-~]+")
_NOT_IN_A_URL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|^\s|\s$")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


class UrlError(ValueError):
    """Says what is wrong with a URL, and does not repeat it: it may hold a secret."""


def parse_url(text: str, base: URL | None = None) -> URL:
    """An absolute http or https URL, sent as it is written where it is plain ASCII.

    Its host is a name that may stand in the DNS, or an IP address in its canonical form; what
    others read as an address in disguise (`127.1`, `0x7f000001`) is refused. A relative `text`
    is taken from `base`. Raises `UrlError`.
    """
    if len(text) > LONGEST_URL:
        raise UrlError(f"the URL is longer than {LONGEST_URL:,} characters")
    if _NOT_IN_A_URL.search(text):
        raise UrlError("the URL holds a control character, or begins or ends with a blank")
    try:
        url = URL(text, encoded=bool(_AS_WRITTEN.fullmatch(text)))
        url = base.join(url) if base is not None else url
        host, port = url.raw_host, url.port
    except ValueError:
        raise UrlError("the URL is not an absolute http or https one") from None
    if not host:
        raise UrlError("the URL is not an absolute http or https one: it names no host")
    if url.scheme not in {"http", "https"}:
        raise UrlError("the URL is not an absolute http or https one")
    if not port or not (is_address(host) or _is_name(host)):
        raise UrlError("the URL names no host and port that can be connected to")
    return url


def is_address(host: str) -> bool:
    """Whether a URL's host is an IP address; those with a zone mean nothing to anybody else."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_name(host: str) -> bool:
    """Whether it may be a name. One that ends in a number is an address to some (WHATWG URL)."""
    labels = host.removesuffix(".").split(".")
    fits = len(host.removesuffix(".")) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))
    return fits and not _NUMBER.fullmatch(labels[-1])
