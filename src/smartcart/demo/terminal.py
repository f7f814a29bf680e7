"""The terminal that the demo was started in."""

from collections.abc import Callable

Say = Callable[[str], None]


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)
