"""Text as it is meant to be seen."""

import re

__all__ = ["lines"]

_BREAK = re.compile(r"\r\n|\r|\n|\\r\\n|\\n")


def lines(text: str) -> list[str]:
    """The lines of an `extra_info` or comment.

    Breaks are real ones or, in some documents, a literal backslash-n (contract §4): both count.
    """
    return _BREAK.split(text)
