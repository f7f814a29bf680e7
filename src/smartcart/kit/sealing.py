"""Secrets that must be had again, encrypted for the database under a key that is not in it."""

import base64
import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smartcart.kit.settings import Secret


class CannotOpen(Exception):
    """What was sealed was sealed with another key, for somebody else, or damaged."""


class Seal:
    """Seals with the first of the keys in `keys`, which blanks separate, and opens with any.

    A key is 32 bytes in URL-safe base64, as `new_key` makes them. Raises `ValueError` for others.
    """

    def __init__(self, keys: Secret) -> None:
        try:
            self._keys = MultiFernet([Fernet(key) for key in keys.reveal().split()])
        except ValueError:
            raise ValueError(
                "give 32 random bytes in URL-safe base64; for example by: python3 -c "
                '"import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
            ) from None

    def close(self, text: str, whose: str) -> str:
        """`text`, encrypted and bound to `whose` it is."""
        return self._keys.encrypt(f"{whose}\n{text}".encode()).decode()

    def open(self, sealed: str, whose: str) -> str:
        """What was sealed for `whose`. Raises `CannotOpen`."""
        try:
            owner, _, text = self._keys.decrypt(sealed).decode().partition("\n")
        except (InvalidToken, ValueError):
            raise CannotOpen("it was sealed with another key") from None
        if owner != whose:
            raise CannotOpen("it was sealed for somebody else")
        return text


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
