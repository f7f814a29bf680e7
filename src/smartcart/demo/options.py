"""What a visitor may choose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE_PORT: Final = 8080
MARKETPLACE_PORT: Final = 8700
MERCHANT_PORT: Final = 8800
MOST_CARTS_A_SECOND: Final = 5.0
LEAST_CARTS_A_SECOND: Final = 0.1


class DemoError(Exception):
    """The demo cannot go on; the message says why, and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How the demo runs.

    `port` 0 takes a free one. The programs' ports are None for those of an earlier run in the same
    folder, and else the usual ones. Without database URLs both keep SQLite files in the folder.
    """

    folder: Path = Path(".demo")
    port: int = PAGE_PORT
    marketplace_port: int | None = None
    merchant_port: int | None = None
    language: str = ""
    """`el` or `en` for visitors who have not chosen; empty: as their browser asks."""
    rate: float = 1.0
    """Carts a second, once the visitor has switched the steady stream on."""
    marketplace_database: str = ""
    merchant_database: str = ""

    def __post_init__(self) -> None:
        if bool(self.marketplace_database) is not bool(self.merchant_database):
            raise DemoError(
                "Give both --marketplace-database and --merchant-database, or neither: "
                "each program has a database of its own."
            )
        if self.marketplace_database and self.marketplace_database == self.merchant_database:
            raise DemoError(
                "--merchant-database: is the marketplace's; give each program its own database."
            )
        if not LEAST_CARTS_A_SECOND <= self.rate <= MOST_CARTS_A_SECOND:
            raise DemoError(
                f"--rate: must be {LEAST_CARTS_A_SECOND} to {MOST_CARTS_A_SECOND:g} carts a second."
            )
