"""Signed webhooks, as https://www.standardwebhooks.com describes them; ours, not the contract's.

A shop verifies in any framework, with the body as it came and before anything else is done with it:

    event_id = verify(["whsec_…"], request.headers, body, datetime.now(UTC))

A request carries `webhook-id`, the same each time an event is sent, `webhook-timestamp` and
`webhook-signature`: one for each key that is live, so that keys can be changed without a gap. A key
is a text: `whsec_…` (HMAC-SHA256, which both sides hold), `whsk_…` (Ed25519, the marketplace's) or
`whpk_…` (Ed25519, the shop's).
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from smartcart.contract.times import to_micros

__all__ = ["BadSignature", "event_id", "public_key", "sign", "verify", "written"]

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
TOLERANCE = timedelta(minutes=5)

HMAC, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
_SHORTEST, _LONGEST = 24, 64
_SECOND = 1_000_000
_MOST_DIGITS = 12


class BadSignature(ValueError):
    """A request that was not signed with one of the keys, or not just now; says why."""


def event_id(body: bytes) -> str:
    """The `webhook-id` of an event: told by its bytes, so that it is the same each time."""
    return f"evt_{hashlib.sha256(body).hexdigest()[:32]}"


def sign(keys: Iterable[str], body: bytes, now: datetime) -> dict[str, str]:
    """The three headers of a request made `now`, signed with each of `keys`."""
    signed_id, timestamp = event_id(body), str(to_micros(now) // _SECOND)
    signed = _signed(signed_id, timestamp, body)
    return {
        ID_HEADER: signed_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: " ".join(_signature(key, signed) for key in keys),
    }


def verify(
    keys: Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> str:
    """The `webhook-id`, when one of `keys` signed the request within `tolerance` of `now`.

    Names of headers are in any case. Raises `BadSignature`; and `ValueError` for a key that is none
    to verify with. Signatures are compared in constant time.
    """
    found = {name.lower(): value for name, value in headers.items()}
    signed_id, timestamp, given = (
        _header(found, name) for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
    )
    _check_time(timestamp, now, tolerance)
    signed = _signed(signed_id, timestamp, body)
    signatures = list(_signatures(given))
    if not any(_is_by(key, signed, each) for key in keys for each in signatures):
        raise BadSignature(f"{SIGNATURE_HEADER}: none of the keys signed this request")
    return signed_id


def public_key(private: str) -> str:
    """The `whpk_…` of a `whsk_…`."""
    return written(PUBLIC, _private(private).public_key().public_bytes_raw())


def written(prefix: str, raw: bytes) -> str:
    """A key as a text."""
    return prefix + b64encode(raw).decode()


def check(key: str) -> None:
    """Raise `ValueError` for a text that is no key to verify with; it is not repeated."""
    if key.startswith(HMAC):
        _secret(key)
    else:
        _public(key)


def _signed(signed_id: str, timestamp: str, body: bytes) -> bytes:
    return b"%b.%b.%b" % (signed_id.encode(), timestamp.encode(), body)


def _signature(key: str, signed: bytes) -> str:
    if key.startswith(HMAC):
        return f"v1,{b64encode(_digest(key, signed)).decode()}"
    return f"v1a,{b64encode(_private(key).sign(signed)).decode()}"


def _signatures(header: str) -> Iterator[tuple[str, bytes]]:
    """Those that can be read; what is of a version to come is let be."""
    for each in header.split():
        version, _, text = each.partition(",")
        try:
            yield version, b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue


def _is_by(key: str, signed: bytes, signature: tuple[str, bytes]) -> bool:
    version, given = signature
    if key.startswith(HMAC):
        return version == "v1" and hmac.compare_digest(_digest(key, signed), given)
    if version != "v1a":
        return False
    try:
        _public(key).verify(given, signed)
    except InvalidSignature:
        return False
    return True


def _check_time(timestamp: str, now: datetime, tolerance: timedelta) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS):
        raise BadSignature(f"{TIMESTAMP_HEADER}: is no number of seconds since 1970")
    apart = abs(to_micros(now) - int(timestamp) * _SECOND)
    if apart > tolerance // timedelta(microseconds=1):
        raise BadSignature(
            f"{TIMESTAMP_HEADER}: is {apart // _SECOND} seconds from now, more than "
            f"{tolerance // timedelta(seconds=1)}; if it was sent just now, set the clock"
        )


def _header(headers: Mapping[str, str], name: str) -> str:
    if not headers.get(name):
        raise BadSignature(f"{name}: the header is missing; the request is not signed")
    return headers[name]


def _digest(key: str, signed: bytes) -> bytes:
    return hmac.digest(_secret(key), signed, "sha256")


def _secret(key: str) -> bytes:
    raw = _raw(key, HMAC)
    if not _SHORTEST <= len(raw) <= _LONGEST:
        raise ValueError(f"a {HMAC}… key has {_SHORTEST} to {_LONGEST} bytes")
    return raw


def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_raw(key, PRIVATE))


def _public(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_raw(key, PUBLIC))


def _raw(key: str, prefix: str) -> bytes:
    if not key.startswith(prefix):
        raise ValueError(f"a key of this kind begins with {prefix}")
    try:
        return b64decode(key.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows {prefix} is not base64") from None
