"""Cursors: how far a reader of pages has come, as a text that only its maker reads.

A cursor belongs to a `scope`, such as the list it is of and who reads that. Within a scope a place
has one text and a text one place, for ever. There is no secret in it, and anybody may make one up:
the type of the place says what may be in it.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

_CHECK_BYTES = 6
_LONGEST = 512

Place = TypeVar("Place", bound=msgspec.Struct)


class NotACursor(ValueError):
    """A text that was never a cursor of this scope, or was damaged on its way."""


def written(scope: str, place: msgspec.Struct) -> str:
    """`place` as a cursor: letters, digits, `-` and `_`."""
    packed = msgspec.msgpack.encode(place)
    return urlsafe_b64encode(_check(scope, packed) + packed).decode().rstrip("=")


def read(scope: str, text: str, kind: type[Place]) -> Place:
    """The place, of the type `kind`, that `text` was written for. Raises `NotACursor`."""
    try:
        whole = urlsafe_b64decode(text[:_LONGEST] + "=" * (-len(text) % 4))
        place = msgspec.msgpack.decode(whole[_CHECK_BYTES:], type=kind)
    except (ValueError, msgspec.DecodeError):
        raise NotACursor("This is no cursor.") from None
    if written(scope, place) != text:
        raise NotACursor("This is no cursor.")
    return place


def _check(scope: str, packed: bytes) -> bytes:
    key = hashlib.sha256(scope.encode()).digest()
    return hashlib.blake2b(packed, digest_size=_CHECK_BYTES, key=key).digest()
