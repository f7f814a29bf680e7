"""The Retry-After header (RFC 9110 §10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""No peer makes us wait longer than a day."""


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from 0 to `LONGEST`; None when the header is absent or unreadable.

    `value` is a number of seconds or an HTTP date; `now` must be aware.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return LONGEST if len(text) > 6 else min(float(text), LONGEST)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), LONGEST)
