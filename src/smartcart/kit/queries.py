"""Numbers in the query of a URL, which anybody may write."""

_MOST_DIGITS = 18


def as_number(text: str, default: int) -> int:
    """The number that `text` is, `default` when it is none.

    Never negative, and small enough for a bigint.
    """
    usable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if usable else default
