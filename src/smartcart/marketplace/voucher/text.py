"""Text made to fit: letters the faces have, in lines that stay inside their box."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from smartcart.marketplace.voucher.fonts import Face, Leading, faces

STEP = 0.5
LONGEST = 2000

_ELLIPSIS = "…"
_UNREADABLE = "\0"
_UNREADABLE_RUN = re.compile("\0+")
_PIECES = re.compile(r"[^-/,;]+[-/,;]*|[-/,;]+")


class Block(NamedTuple):
    """Lines of text, the size in points at which they fit, and the leading at that size."""

    lines: tuple[str, ...]
    size: float
    leading: Leading


def printable(text: str) -> str:
    """Return `text` in letters both faces have: NFC, white space squeezed to single spaces.

    What has a plainer form takes it (a full-width digit becomes a digit). Letters and digits of
    other scripts become one `?` a run; signs without a reading (emoji, controls, direction
    marks, loose accents) are left out. Only the first 2,000 characters are looked at.
    """
    plain = unicodedata.normalize("NFC", text[:LONGEST])
    if not known_characters().issuperset(plain):
        plain = _UNREADABLE_RUN.sub("?", "".join(map(_plainer, plain)))
    return " ".join(plain.split())


def fit(text: str, face: Face, width: float, height: float, sizes: tuple[float, float]) -> Block:
    """Set printable `text` in a box of `width` by `height` points, as large as `sizes` allows.

    A line feed in `text` begins a new line. `sizes` is the largest and the smallest size in
    points; what does not fit at the smallest ends in an ellipsis.
    """
    size, smallest = sizes
    leading = face.leading(text)
    advance = sum(map(face.width, text.split("\n")))
    while size > smallest:
        room = int(height / (size * leading.height))
        if advance * size <= width * room:
            lines = _wrap(text, face, width / size)
            if len(lines) <= room:
                return _block(lines, size, leading)
        size -= STEP
    room = max(1, int(height / (smallest * leading.height)))
    lines = _wrap(text, face, width / smallest)
    if len(lines) > room:
        lines = _cut_short(text, lines[: room - 1], face, width / smallest)
    return _block(lines, smallest, leading)


@functools.cache
def known_characters() -> frozenset[str]:
    """Return the characters both faces can set, and the plain space alone as white space."""
    regular, bold = faces()
    both = regular.advances.keys() & bold.advances.keys()
    return frozenset(c for c in both if unicodedata.category(c)[0] not in "CMZ") | {" "}


def _plainer(character: str) -> str:
    known = known_characters()
    if character in known:
        return character
    if character.isspace():
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKC", character) if c in known)
    if plain:
        return plain
    return _UNREADABLE if unicodedata.category(character)[0] in "LN" else ""


def _block(lines: tuple[str, ...], size: float, leading: Leading) -> Block:
    return Block(lines, size, Leading(leading.above * size, leading.below * size))


def _wrap(text: str, face: Face, width: float) -> tuple[str, ...]:
    """Break `text` at its spaces, and inside a word only where the word alone is too wide."""
    return tuple(line for part in text.split("\n") for line in _lines(part, face, width))


def _lines(text: str, face: Face, width: float) -> Iterator[str]:
    line, used = "", 0.0
    for glue, part in _parts(text, face, width):
        advance = face.width(part)
        if line and used + face.width(glue) + advance <= width:
            line, used = line + glue + part, used + face.width(glue) + advance
            continue
        if line:
            yield line
        line, used = part, advance
    if line:
        yield line


def _parts(text: str, face: Face, width: float) -> Iterator[tuple[str, str]]:
    """Yield what must not be broken, after what joins it to the part before on the same line."""
    for word in text.split(" "):
        glue = " "
        parts = (word,) if face.width(word) <= width else _break_word(word, face, width)
        for part in parts:
            yield glue, part
            glue = ""


def _break_word(word: str, face: Face, width: float) -> Iterator[str]:
    """Break after hyphens and the like where there are any, else between letters."""
    part, used = "", 0.0
    for piece in _PIECES.findall(word):
        if part and used + face.width(piece) > width:
            yield part
            part, used = "", 0.0
        for letter in piece:
            advance = face.advances[letter]
            if part and used + advance > width:
                yield part
                part, used = "", 0.0
            part, used = part + letter, used + advance
    yield part


def _cut_short(text: str, kept: tuple[str, ...], face: Face, width: float) -> tuple[str, ...]:
    """Add to the `kept` first lines of `text` one more, as long as an ellipsis leaves room for."""
    end = 0
    for line in kept:
        end = text.index(line, end) + len(line)
    last = text[end:].replace("\n", " ").lstrip()
    used = face.advances[_ELLIPSIS]
    for length, letter in enumerate(last):
        used += face.advances[letter]
        if used > width:
            return (*kept, last[:length].rstrip() + _ELLIPSIS)
    return (*kept, last + _ELLIPSIS)
