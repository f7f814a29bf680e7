"""What is random, minted before a decision and given to it as values."""

import secrets
import string

from smartcart.marketplace.domain.codes import NUMBERS

_ALPHABET = string.ascii_letters + string.digits


def identifier() -> str:
    """Ten letters and digits: the ids of line items, customers and locations."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def order_number() -> int:
    """The number in a new order's code."""
    return secrets.randbelow(NUMBERS)


def token() -> str:
    """A bearer token or the secret part of a URL: 256 random bits."""
    return secrets.token_urlsafe(32)
