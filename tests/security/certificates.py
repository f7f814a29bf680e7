"""What servers show that will not do, signed where it can be by an authority that is trusted."""

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

NAME = "localhost"
_DAY = timedelta(days=1)


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def fine() -> ssl.SSLContext:
    return _of(authority().issue_cert(NAME))


def _of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _of_itself() -> ssl.SSLContext:
    lone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder, "lone.pem")
        file.write_bytes(lone.private_key_pem.bytes() + lone.cert_pem.bytes())
        context.load_cert_chain(file)
    return context


def _without_its_chain() -> ssl.SSLContext:
    """Signed by an intermediate authority that the server does not show."""
    leaf = authority().create_child_ca().issue_cert(NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder, "leaf.pem")
        file.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
        context.load_cert_chain(file)
    return context


def _expired() -> ssl.SSLContext:
    now = datetime.now(UTC)
    return _of(authority().issue_cert(NAME, not_before=now - 9 * _DAY, not_after=now - _DAY))


def _not_yet_valid() -> ssl.SSLContext:
    now = datetime.now(UTC)
    return _of(authority().issue_cert(NAME, not_before=now + _DAY, not_after=now + 9 * _DAY))


def _at_most(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = fine()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = version
    return context


def _with_ciphers(ciphers: str) -> ssl.SSLContext:
    context = fine()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    return context


BAD: Mapping[str, Callable[[], ssl.SSLContext]] = {
    "signed by itself": _of_itself,
    "signed by nobody known": lambda: _of(trustme.CA().issue_cert(NAME)),
    "without its chain": _without_its_chain,
    "expired": _expired,
    "not yet valid": _not_yet_valid,
    "another's": lambda: _of(authority().issue_cert("other.example")),
    "a longer name's": lambda: _of(authority().issue_cert(f"shop.{NAME}")),
    "all names' below": lambda: _of(authority().issue_cert(f"*.{NAME}")),
    "the name as a mere title": lambda: _of(
        authority().issue_cert("other.example", common_name=NAME)
    ),
    "the address's": lambda: _of(authority().issue_cert("127.0.0.1")),
    "TLS 1.0": lambda: _at_most(ssl.TLSVersion.TLSv1),
    "TLS 1.1": lambda: _at_most(ssl.TLSVersion.TLSv1_1),
    "ciphers without encryption": lambda: _with_ciphers("eNULL"),
    "ciphers without a certificate": lambda: _with_ciphers("aNULL"),
}
