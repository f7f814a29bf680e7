"""How much disk tables and indexes take, by attempt."""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from smartcart.kit.database import Database


class _Size(msgspec.Struct):
    name: str
    bytes: int


async def sizes(database: Database, url: str, attempts: int) -> dict[str, tuple[float, str]]:
    """On PostgreSQL of each table and each index of attempts, on SQLite of the file."""
    if urlsplit(url).scheme != "postgresql":
        whole = _length(url.removeprefix("sqlite:///"))
        return {"an attempt, with entry, stream and indexes": (whole / attempts, "bytes")}
    rows = await database.read(
        _Size,
        """select c.relname as name,
                  case when c.relkind = 'i' then pg_relation_size(c.oid)
                       else pg_table_size(c.oid) end as bytes
           from pg_class c left join pg_index i on i.indexrelid = c.oid
                left join pg_class t on t.oid = i.indrelid
           where coalesce(t.relname, c.relname) in ('attempt', 'entry', 'stream')
                 and c.relkind in ('r', 'i')
           order by coalesce(t.relname, c.relname), c.relkind desc, c.relname""",
    )
    total = sum(row.bytes for row in rows)
    return {
        "an attempt, with entry, stream and indexes": (total / attempts, "bytes"),
        **{f"{row.name}, by attempt": (row.bytes / attempts, "bytes") for row in rows},
    }


def _length(path: str) -> int:
    return Path(path).stat().st_size
