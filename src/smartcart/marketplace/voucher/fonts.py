"""The two faces a label is set in: Noto Sans, cut down once to the letters a label can need.

The font comes from a package as one variable file, which reportlab can neither instance nor
embed in little time. So it is cut to Greek, Latin and Cyrillic and fixed at two weights, which
takes about a second, and kept in the user's cache directory for the next process.
"""

import contextlib
import functools
import hashlib
import io
import os
import struct
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import fontpkg
from reportlab.pdfbase import pdfmetrics, ttfonts

FAMILY = "noto-sans"
REGULAR, BOLD = 400, 700

# Recipe of the cut; what changes here changes the name of the cached file.
_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x24F),  # Latin-1, Latin Extended A and B
    (0x370, 0x3FF),  # Greek and Coptic
    (0x400, 0x52F),  # Cyrillic and its supplement
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x1F00, 0x1FFF),  # Greek Extended (polytonic)
    (0x2010, 0x2027),  # dashes, quotation marks, bullets, ellipsis
    (0x2030, 0x203A),  # per mille, primes, single guillemets
    (0x20A0, 0x20BF),  # currency signs
    (0x2116, 0x2116),  # numero
    (0x2122, 0x2122),  # trade mark
)
_RECIPE = 1
_GLYPH_BOUNDS = struct.Struct(">hhhh")
_DIGEST = hashlib.sha256().digest_size


class Leading(NamedTuple):
    """The room a line needs above and below its baseline, at size 1."""

    above: float
    below: float

    @property
    def height(self) -> float:
        """The distance between two baselines."""
        return self.above + self.below


# Greek, Cyrillic and most of Latin keep within this; it looks better than the font's own.
CLOSE = Leading(0.967, 0.253)


class Face:
    """A TrueType font, registered with reportlab under `name`. Measures are at size 1."""

    def __init__(self, name: str, file: bytes) -> None:
        """Load the face from the content of its file."""
        self.name = name
        # Without asciiReadable a document carries only the letters it uses.
        font = ttfonts.TTFont(name, io.BytesIO(file), asciiReadable=0, shapable=False)
        pdfmetrics.registerFont(font)
        self.advances: Mapping[str, float] = MappingProxyType(
            {chr(code): width / 1000 for code, width in font.face.charWidths.items()}
        )
        self._loose = Leading(font.face.ascent / 1000, -font.face.descent / 1000)
        self._tall = _tall_letters(font.face)

    def width(self, text: str) -> float:
        """Return the width of `text`; KeyError for a letter the face lacks."""
        return sum(map(self.advances.__getitem__, text))

    def leading(self, text: str) -> Leading:
        """Return the room between whose bounds all ink of `text` stays."""
        return CLOSE if self._tall.isdisjoint(text) else self._loose


def _tall_letters(face: ttfonts.TTFontFace) -> frozenset[str]:
    """Find the letters, such as `Ẫ`, that would leave a line of close leading."""
    glyphs = face.get_table_pos("glyf")[0]
    tall = set()
    for code, glyph in face.charToGlyph.items():
        outline = glyphs + face.glyphPos[glyph]
        if outline < glyphs + face.glyphPos[glyph + 1]:
            _, lowest, _, highest = _GLYPH_BOUNDS.unpack(face.get_chunk(outline + 2, 8))
            if highest > CLOSE.above * face.unitsPerEm or lowest < -CLOSE.below * face.unitsPerEm:
                tall.add(chr(code))
    return frozenset(tall)


@functools.cache
def faces() -> tuple[Face, Face]:
    """Return the regular and the bold face; they carry the same letters."""
    cache = cache_directory()
    return (
        Face("NotoSans-Regular", font_file(REGULAR, cache)),
        Face("NotoSans-Bold", font_file(BOLD, cache)),
    )


def cache_directory() -> Path | None:
    """Return where the user's caches live by the platform's custom; None without a home."""
    try:
        if sys.platform == "win32":
            root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            root = Path.home() / "Library" / "Caches"
        else:
            root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return root / "smartcart" / "fonts"


def font_file(weight: int, cache: Path | None) -> bytes:
    """Return the TrueType file of the cut face, from `cache` when it is there and whole.

    A damaged file is made anew; a cache that cannot be written is done without.
    """
    if cache is None:
        return _cut(weight)
    kept = cache / _cache_name(weight)
    content = _read_whole(kept)
    if content is None:
        content = _cut(weight)
        with contextlib.suppress(OSError):
            _write_whole(kept, content)
    return content


def _cache_name(weight: int) -> str:
    recipe = repr((_RECIPE, _RANGES)).encode()
    version = fontpkg.family(FAMILY).version
    return f"{FAMILY}-{version}-{weight}-{hashlib.sha256(recipe).hexdigest()[:12]}.face"


def _read_whole(kept: Path) -> bytes | None:
    """Read a cached face: its digest, then the font; None when absent, cut short or altered."""
    try:
        data = kept.read_bytes()
    except OSError:
        return None
    digest, content = data[:_DIGEST], data[_DIGEST:]
    return content if hashlib.sha256(content).digest() == digest else None


def _write_whole(kept: Path, content: bytes) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=kept.parent, prefix=kept.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(name).replace(kept)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _cut(weight: int) -> bytes:
    # Only the process that cuts pays for importing fontTools.
    from fontTools import subset, ttLib  # noqa: PLC0415
    from fontTools.varLib import instancer  # noqa: PLC0415

    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[1, 2, 3, 4, 6]
    )
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "STAT"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for low, high in _RANGES for code in range(low, high + 1)])
    file = io.BytesIO()
    path = fontpkg.path(FAMILY, weight=weight)
    with ttLib.TTFont(path, lazy=True, recalcTimestamp=False) as font:
        cutter.subset(font)
        # Only after the cut: to instance all 4,500 glyphs takes ten times as long.
        instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True)
        # reportlab tells the fonts of a document apart by this name.
        for record in font["name"].names:
            record.string = f"NotoSans-{weight}"
        font.save(file)
    return file.getvalue()
