"""Ways to call somebody: one a file, behind one protocol."""

from typing import Protocol


class NotSent(Exception):
    """The message did not go out; trying again later may help. Never holds a secret."""


class Channel(Protocol):
    """One place that messages go to."""

    def send(self, title: str, body: str) -> None:
        """Send a message; returns once the other side has taken it.

        Blocks: call it in a thread. Raises `NotSent`.
        """
        ...
