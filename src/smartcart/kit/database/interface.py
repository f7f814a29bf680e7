"""What a program may ask of its database, whichever engine it is."""

import asyncio
from typing import Protocol, TypeVar

import msgspec

from smartcart.kit.database.wake_ups import Only, every
from smartcart.kit.database.write_set import Value, WriteSet

T = TypeVar("T", bound=msgspec.Struct)


class Database(Protocol):
    """A database opened by one process on one event loop."""

    async def read(self, row: type[T], sql: str, *params: Value) -> list[T]:
        """Select committed rows, columns matched by name to the fields of the struct `row`.

        A bigint 0 or 1 may be read as bool. What a finished `commit` of this process wrote is seen.
        Raises QueryTimeout, DatabaseUnavailable, DatabaseLocked; DatabaseError for SQL that the
        database refuses, and msgspec.ValidationError for rows that are not of the type `row`.
        """
        ...

    async def commit(self, write_set: WriteSet) -> None:
        """Write the set whole and return once it is durable, or raise and have written nothing.

        Raises Conflict, IntegrityViolation, DatabaseFull, DatabaseLocked, DatabaseBusy,
        DatabaseUnavailable; DatabaseError for a statement or value that the database refuses; and
        CommitUnknown, the one case in which the set may have been written.
        A caller that is cancelled does not cancel its set.
        """
        ...

    async def now(self) -> int:
        """The database's own clock, in microseconds since the epoch, UTC.

        On PostgreSQL the server is asked at most once a second; in between the time is carried
        forward by this process's monotonic clock, so it is right to within a round trip.
        """
        ...

    def wake_up(self, channel: str, only: Only = every) -> asyncio.Event:
        """A new event, set after each commit whose write set wakes `channel`, or one below it.

        Channels are paths: `orders/new` lies below `orders`. `only` is asked for each: it must be
        quick, and answer True for a channel that is too long a path to be told, cut at a `/`.
        It is the caller's own: keep it, wait for it, clear it, and only then look at the database.
        Commits of other processes are told by PostgreSQL alone, and not while its connection is
        lost: look from time to time as well.
        """
        ...

    async def close(self) -> None:
        """Write what is queued, then let go of everything. Later calls: DatabaseUnavailable."""
        ...
