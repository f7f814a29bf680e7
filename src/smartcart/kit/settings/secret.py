"""A text that must not appear in logs, errors or documents."""

import hmac


class Secret:
    """Holds a text and shows it to nobody who does not ask with `reveal`.

    Printing, formatting and `repr` hide it; JSON refuses it. Comparing takes constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for an empty text: a secret anybody can guess."""
        if not text:
            raise ValueError("a secret cannot be empty")
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)
