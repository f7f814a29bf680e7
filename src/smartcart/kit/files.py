"""Files that are either wholly there or not there at all, also after the power went."""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

_PLAIN = re.compile(r"[0-9A-Z][0-9A-Z-]{0,63}")
_RESERVED_ON_WINDOWS = re.compile(r"CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]")
_DESCRIPTORS = Path("/proc/self/fd")
_UNSAFE = re.compile(r"[^0-9a-z]+")


class FileDiffers(FileExistsError):
    """A file that may be written once is there already, with other content."""


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, replacing what was there: a reader sees the old file or the new one.

    The folder must exist. When this returns, the file survives a loss of power. A process killed
    meanwhile may leave a hidden file ending in .tmp beside it.
    """
    with _written_beside(path.parent, content) as written:
        written.replace(path)
        _flush_folder(path.parent)


def write_private(path: Path, content: bytes) -> None:
    """`write_atomically`, for a secret: readable by its owner alone from its first byte on.

    On Windows the folder's own rights decide instead.
    """
    with _written_beside(path.parent, content, mode=0o600) as written:
        written.replace(path)
        _flush_folder(path.parent)


def is_private(path: Path) -> bool:
    """Whether no other user may read or write the file; always so where rights are no bits."""
    return os.name == "nt" or not path.stat().st_mode & 0o077


def create_once(path: Path, content: bytes) -> bool:
    """Put `content` at `path` unless a file is there: True when this call created it.

    False when the same content was there already, so that repeating the call is harmless.
    Raises `FileDiffers`, touching nothing, when the content there is another.
    Of several callers at once exactly one creates. Needs a file system with hard links. On Linux
    a process killed meanwhile leaves nothing behind.
    """
    with _linkable(path.parent, content) as written:
        try:
            _link(written, path)
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


def _link(written: Path, path: Path) -> None:
    if written.parent == _DESCRIPTORS:
        # Only with a descriptor named, ignored for an absolute path, are links followed.
        os.link(written, path, src_dir_fd=0, follow_symlinks=True)
    else:
        os.link(written, path)  # Windows takes no descriptor


@contextlib.contextmanager
def _linkable(folder: Path, content: bytes) -> Iterator[Path]:
    """The absolute path of a flushed file that a name can be given to by a hard link."""
    nameless = _nameless(folder)
    if nameless is None:
        with _written_beside(folder.absolute(), content) as beside:
            yield beside
        return
    with os.fdopen(nameless, "wb") as file:
        _flush(file, content)
        yield _DESCRIPTORS / str(nameless)


def _nameless(folder: Path) -> int | None:
    """A new file that is gone when nobody has it open; None where there is no such thing."""
    if not hasattr(os, "O_TMPFILE") or not _DESCRIPTORS.is_dir():
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError:
        return None


@contextlib.contextmanager
def _written_beside(folder: Path, content: bytes, mode: int = 0o666) -> Iterator[Path]:
    """A flushed file in `folder`, removed in the end if it is still there under its name."""
    beside = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        with open(beside, "xb", opener=partial(os.open, mode=mode)) as file:
            _flush(file, content)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _flush(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


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
