"""Entries that were given up, written once more: each a new entry with the same payload.

The new entry is at the end of the same stream. That the old one was written again is on record, so
that two who ask at once do not do it twice. The new entry may be given up in its turn; then it is
found (`exhausted`), and the old one is not.
"""

from collections.abc import Sequence

import msgspec

from smartcart.kit.database import Database, Many, WriteSet
from smartcart.outbox.storage import Copies, enqueue_copies

_RESEND = Many(
    "insert into resend (key, seq, again, at) :rows on conflict (key, seq) do nothing",
    ("text", "bigint", "bigint", "bigint"),
    rank=83,
)


class _Seq(msgspec.Struct):
    seq: int


def written(copies: Sequence[Copies], queue: str, at: int) -> WriteSet:
    """Write all of them once more, due at `at`.

    A conflict when one was before, or is kept no longer, or where a number is taken already.
    """
    on_record = [
        (one.key, seq, new, at) for one in copies for new, seq in enumerate(one.seqs, one.first)
    ]
    return WriteSet(guards=_RESEND.guards(on_record)) + enqueue_copies(copies, queue, at)


async def not_written_again(database: Database, key: str) -> set[int]:
    """The entries of `key` that are kept, and may be."""
    rows = await database.read(
        _Seq,
        """select e.seq as seq from entry e where e.key = $1 and not exists (
               select 1 from resend r where r.key = e.key and r.seq = e.seq)""",
        key,
    )
    return {row.seq for row in rows}
