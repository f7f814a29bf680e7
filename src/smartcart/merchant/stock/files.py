"""Documents on this machine, or on a share that looks so."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from smartcart.merchant.stock import Look, SourceUnreadable


@dataclass(frozen=True, slots=True)
class LocalFile:
    """See `Origin`. Its fingerprint is when it was written, its size, and which file it is."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def comes_whole(self) -> bool:
        return False

    def look(self) -> Look:
        try:
            found = self.path.stat()
        except OSError as error:
            raise _unreadable(self.path, error) from error
        fingerprint = f"{found.st_mtime_ns}/{found.st_size}/{found.st_ino}"
        return Look(fingerprint, written=found.st_mtime_ns // 1000)

    def open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read ({error.strerror}); check the path")
