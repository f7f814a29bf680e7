"""Text as HTML: code as it stands, and the little Markdown of descriptions."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def code(text: str) -> Markup:
    """What stands between tags: quotes in it need no escape, and examples are full of them."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(escaped)  # noqa: S704 - escaped a line above


def phrase(text: str) -> Markup:
    """A paragraph's content; everything else in `text` is text."""
    html = _STRONG.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", html))  # noqa: S704 - escaped a line above
