"""Entries that stay and no longer say what they said."""

from smartcart.kit.database import Statement, WriteSet

_ENTRY_RANK, _ATTEMPT_RANK = 80, 82

_EMPTY_ENTRIES = Statement("update entry set payload = $2 where key = $1", rank=_ENTRY_RANK)
_EMPTY_ATTEMPTS = Statement(
    """update attempt set detail = '', excerpt = null
       where key = $1 and (detail <> '' or excerpt is not null)""",
    rank=_ATTEMPT_RANK,
)


def emptied(key: str, payload: str | None = None) -> WriteSet:
    """Of the attempts of `key` only when they were made and how they ended.

    With a `payload`, that is what every entry of it says.
    """
    entries = () if payload is None else (_EMPTY_ENTRIES.effect(key, key, payload),)
    return WriteSet(effects=(*entries, _EMPTY_ATTEMPTS.effect(key, key)))
