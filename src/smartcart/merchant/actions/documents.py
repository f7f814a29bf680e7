"""Documents as they are read here."""

import re

from smartcart.contract import ContractError, Order, parse_order

# PostgreSQL keeps no NUL in its texts. An even number of backslashes before it is text of its own.
_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def read_document(body: bytes) -> Order | None:
    """The order in an event or a reading; None when it cannot be read. NULs are left out."""
    try:
        return parse_order(_ESCAPED_NUL.sub(rb"\1", body) if b"\\u0000" in body else body)
    except ContractError:
        return None
