"""What a query on the shop's own database may be."""

import re

_READS = re.compile(r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*(?:select|with)\b", re.IGNORECASE | re.S)


def only_reads(query: str) -> bool:
    """Whether the query is one that is meant to read."""
    return _READS.match(query) is not None
