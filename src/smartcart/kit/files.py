"""Files that are either wholly there or not there at all, also after the power went."""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

_PLAIN = re.compile(r"[0-9A-Z][0-9A-Z-]{0,63}")
_RESERVED_ON_WINDOWS = re.compile(r"CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]")
_UNSAFE = re.compile(r"[^0-9a-z]+")


class FileDiffers(FileExistsError):
    """A file that may be written once is there already, with other content."""


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, replacing what was there: a reader sees the old file or the new one.

    The folder must exist. When this returns, the file survives a loss of power.
    """
    with _written_beside(path, content) as written:
        written.replace(path)
        _flush_folder(path.parent)


def create_once(path: Path, content: bytes) -> bool:
    """Put `content` at `path` unless a file is there: True when this call created it.

    False when the same content was there already, so that repeating the call is harmless.
    Raises `FileDiffers`, touching nothing, when the content there is another.
    Of several callers at once exactly one creates. Needs a file system with hard links.
    """
    with _written_beside(path, content) as written:
        try:
            path.hardlink_to(written)
        except FileExistsError:
            _require_same(path, content)
            return False
        _flush_folder(path.parent)
        return True


def file_name(code: str, suffix: str = "") -> str:
    """A file name for an opaque code, with `suffix` (such as ".pdf") after it.

    Different codes get different names, also where upper and lower case are one. Codes of digits,
    capitals and hyphens stay as they are; any other becomes what is readable of it and a digest.
    The name never leaves its folder, never starts with a dot and fits every common file system.
    """
    if _PLAIN.fullmatch(code) and not _RESERVED_ON_WINDOWS.fullmatch(code):
        return code + suffix
    readable = _UNSAFE.sub("-", code.lower()).strip("-")[:40]
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{readable}~{digest}{suffix}"


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[Path]:
    """A flushed file of another name in the folder of `path`, removed in the end if still there."""
    beside = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    # Windows can neither open a folder nor needs to: its file systems keep names with the data.
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_same(path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise FileDiffers(f"{path} is there already with other content; move it away to go on")
