"""How an answer began, fit to be kept and shown.

Many a server repeats the URL in its error pages, and a webhook's URL is a secret.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

_HIDDEN = "***"
_SHORTEST = 4
"""Pieces of a URL shorter than this are no secrets, and would be found everywhere."""


def excerpt(head: bytes, url: str) -> str:
    """`head` as text without the pieces of the path and query of `url`, whole or cut off."""
    pieces = sorted(_pieces(url), key=len, reverse=True)
    text = head.decode(errors="replace").replace("\0", "\ufffd")
    if pieces:
        text = re.sub("|".join(map(re.escape, pieces)), _HIDDEN, text)
    cut = max((_cut(text, piece) for piece in pieces), default=0)
    return f"{text[: len(text) - cut]}{_HIDDEN}" if cut else text


def _pieces(url: str) -> set[str]:
    parts = urlsplit(url)
    written = re.split(r"[/?&=;#]", f"{parts.path}?{parts.query}")
    return {piece for one in written for piece in _spellings(one) if len(piece) >= _SHORTEST}


def _spellings(piece: str) -> Iterator[str]:
    yield piece
    yield unquote(piece)
    yield unquote(piece.replace("+", " "))


def _cut(text: str, piece: str) -> int:
    """How much of the beginning of `piece` the end of `text` is."""
    lengths = range(min(len(piece) - 1, len(text)), _SHORTEST - 1, -1)
    return next((length for length in lengths if text.endswith(piece[:length])), 0)
