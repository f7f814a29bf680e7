"""A certificate authority made for one test run, for https sinks and sessions that trust it."""

import ssl
from functools import cache

import trustme


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


def serving(*names: str) -> ssl.SSLContext:
    """What a server shows for `names`, such as "127.0.0.1" or "shop.example"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert(*names).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """What a client needs to trust such a server."""
    context = ssl.create_default_context()
    _authority().configure_trust(context)
    return context
