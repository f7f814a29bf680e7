"""A folder that vouchers are put in: for a spooler that watches it, or for a person."""

import logging
from dataclasses import dataclass
from pathlib import Path

from smartcart.kit.files import FileDiffers, create_once

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrintFolder:
    """See `Printer`. The folder is made when it is missing."""

    folder: Path

    def print_once(self, name: str, pdf: bytes) -> str:
        """A file appears whole or not at all, and one that is there is never replaced."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            create_once(self.folder / name, pdf)
        except FileDiffers:
            # Of one voucher, so drawn anew since: it was printed just before the program died.
            log.info("voucher was printed already", extra={"file": name})
        return name

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def was_printed(self, name: str) -> bool:
        return (self.folder / name).exists()
