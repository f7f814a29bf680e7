"""Ways to print a voucher: one a file, behind one protocol."""

from typing import Protocol


class Printer(Protocol):
    """Puts documents on paper, or where paper is made of them."""

    def print_once(self, name: str, pdf: bytes) -> str:
        """Print the document called `name`, and say where it is now.

        Printing the same name again does nothing and says the same, however the first time ended.
        Blocks: call it in a thread. Raises `OSError` when it cannot be printed now.
        """
        ...

    def remove(self, name: str) -> None:
        """Take away what was kept of the document called `name`, if anything still is.

        Blocks. Raises `OSError` when it cannot be taken away now.
        """
        ...

    def was_printed(self, name: str) -> bool:
        """Whether the document called `name` was printed, also by a program that died after."""
        ...
