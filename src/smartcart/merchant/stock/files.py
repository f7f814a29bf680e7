"""What sources that are files have in common."""

from pathlib import Path

from smartcart.merchant.stock import SourceUnreadable


def fingerprint(path: Path) -> str:
    """Changes with the file: when it was written, its size, and which file it is."""
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    return f"{found.st_mtime_ns}/{found.st_size}/{found.st_ino}"


def unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read ({error.strerror}); check the path")
