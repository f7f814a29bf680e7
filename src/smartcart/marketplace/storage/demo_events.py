"""How far the events of a demo order have come: a look at the outbox's own counters."""

import msgspec

from smartcart.kit.database import Database


class Told(msgspec.Struct, frozen=True):
    """The last event written under a key, 0 and empty for none; and how many wait to be sent."""

    seq: int = 0
    waiting: int = 0
    payload: str = ""


async def told(database: Database, key: str) -> Told:
    rows = await database.read(
        Told,
        """select s.tail as seq, s.tail - s.head + 1 as waiting, e.payload as payload
           from stream s join entry e on e.key = s.key and e.seq = s.tail where s.key = $1""",
        key,
    )
    return rows[0] if rows else Told()
