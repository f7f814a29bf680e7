"""The little Markdown of descriptions as HTML: `code` and **strong** words."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def phrase(text: str) -> Markup:
    """A paragraph's content; everything else in `text` is text."""
    html = _STRONG.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", html))  # noqa: S704 - escaped a line above
