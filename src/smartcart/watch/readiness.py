"""Whether the database answers a read and takes a write, each within a bounded time."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from smartcart.kit.database import (
    Database,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    Statement,
    WriteSet,
)

_WORDS: Mapping[type[DatabaseError], str] = {
    DatabaseBusy: "has too many writes waiting",
    DatabaseFull: "has no room",
    DatabaseLocked: "is locked by another program",
    DatabaseUnavailable: "cannot be reached",
}

# In a table that every database has; nobody ever sees the row.
_MARK = Statement(
    "insert into migration (component, version, name, applied_at) values ($1, 0, '', 0)", rank=0
)
_UNMARK = Statement("delete from migration where component = $1 and version = 0", rank=1)


class _One(msgspec.Struct, frozen=True):
    n: int


class Ready(Protocol):
    """Whether there is a database to work on."""

    async def problems(self) -> Mapping[str, str]:
        """What keeps this process from serving, by name; empty when nothing does."""
        ...


class Readiness:
    """Looks at `database` when it is asked, and no more often than once in `remembered` seconds.

    However many ask, one read and one write are under way at most: a database that hangs is not
    asked again before it has answered. `within` is how many seconds an answer may take.
    """

    def __init__(self, database: Database, *, within: float = 2.0, remembered: float = 1.0) -> None:
        self._database = database
        self._probes = {
            "database, to read": _Probe(self._read, within, remembered),
            "database, to write": _Probe(self._write, within, remembered),
        }

    async def problems(self) -> Mapping[str, str]:
        """What keeps this process from serving, by name; empty when nothing does."""
        found = await asyncio.gather(*(probe.problem() for probe in self._probes.values()))
        return {name: why for name, why in zip(self._probes, found, strict=True) if why}

    async def _read(self) -> None:
        await self._database.read(_One, "select count(*) as n from migration")

    async def _write(self) -> None:
        """What is taken back at once, the way that everything goes: a full disk refuses it too."""
        mark = f"probe/{secrets.token_hex(8)}"
        both = (_MARK.effect(mark, mark), _UNMARK.effect(mark, mark))
        await self._database.commit(WriteSet(effects=both))


class AnyReady:
    """Of several shops, one that is ready is enough: what keeps another keeps nobody else."""

    def __init__(self, shops: Mapping[str, Ready]) -> None:
        self._shops = shops

    async def problems(self) -> Mapping[str, str]:
        found = await asyncio.gather(*(one.problems() for one in self._shops.values()))
        if not all(found):
            return {}
        return {
            f"{shop}: {name}": why
            for shop, problems in zip(self._shops, found, strict=True)
            for name, why in problems.items()
        }


class _Probe:
    def __init__(self, ask: Callable[[], Awaitable[None]], within: float, remembered: float):
        self._ask = ask
        self._within = within
        self._remembered = remembered
        self._asking: asyncio.Task[str] | None = None
        self._answered_at = 0.0

    async def problem(self) -> str:
        """In words that tell nothing of where the database is; empty for none."""
        if self._asking is None or self._is_forgotten(self._asking):
            self._asking = asyncio.create_task(self._answer())
        done, _ = await asyncio.wait({self._asking}, timeout=self._within)
        return self._asking.result() if done else f"gives no answer within {self._within:g} s"

    def _is_forgotten(self, asking: asyncio.Task[str]) -> bool:
        now = asyncio.get_running_loop().time()
        return asking.done() and now - self._answered_at >= self._remembered

    async def _answer(self) -> str:
        try:
            await self._ask()
        except DatabaseError as error:
            return _WORDS.get(type(error), "refuses")
        finally:
            self._answered_at = asyncio.get_running_loop().time()
        return ""
