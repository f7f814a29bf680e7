"""Connections to the server, and what its errors mean to a caller."""

from urllib.parse import urlsplit

import asyncpg

from smartcart.kit.database.errors import (
    DatabaseError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    IntegrityViolation,
    QueryTimeout,
)
from smartcart.kit.database.limits import Limits

FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    ValueError,
)
"""What the driver raises; ValueError for values that cannot be sent as the column's type.

InternalClientError comes from a connection on which the server has said goodbye while nobody asked,
as it does when it shuts down, and whose end was not seen yet.
"""

LOCKED = "55P03"
DEADLOCK = "40P01"
SERIALIZATION = "40001"

_BY_STATE: dict[str, tuple[type[DatabaseError], str]] = {
    LOCKED: (DatabaseLocked, "holds a row or table locked; see pg_stat_activity for who does"),
    DEADLOCK: (DatabaseLocked, "could not get past deadlocks with other sessions; try again"),
    SERIALIZATION: (DatabaseLocked, "could not get past other sessions' changes; try again"),
    "57014": (QueryTimeout, "stopped a read that took too long"),
    "53100": (DatabaseFull, "has no room: make room on its disk"),
    "58030": (DatabaseFull, "cannot read or write its disk"),
    "25006": (DatabaseUnavailable, "is read-only: connect to the primary"),
    "3D000": (DatabaseUnavailable, "does not exist: create it first"),
}
_BY_CLASS: dict[str, tuple[type[DatabaseError], str]] = {
    "08": (DatabaseUnavailable, "lost the connection"),
    "28": (DatabaseUnavailable, "refused the login: look at the user and password of the URL"),
    "53": (DatabaseUnavailable, "is out of resources"),
    "57": (DatabaseUnavailable, "is shutting down or starting up"),
}

_SETTINGS = {
    "application_name": "smartcart",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60000",
}
_SERVER_LATER = 5
"""Seconds after this side has given a statement up, the server does, too: it may not have heard."""


def place(url: str) -> str:
    """The server and database of `url`, for people; never the password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'local'}:{parts.port or 5432}{parts.path or '/'}"


async def connect_to_write(url: str, limits: Limits) -> asyncpg.Connection:
    return await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=limits.answer_time,
        statement_cache_size=512,
        max_cached_statement_lifetime=0,
        server_settings={
            **_SETTINGS,
            "lock_timeout": _milliseconds(limits.lock_wait),
            "statement_timeout": _milliseconds(limits.answer_time + _SERVER_LATER),
            "synchronous_commit": "on",
        },
    )


async def connect_to_migrate(url: str, limits: Limits) -> asyncpg.Connection:
    """For statements that may take as long as they need, once they have their locks."""
    return await asyncpg.connect(
        url,
        timeout=10,
        server_settings={**_SETTINGS, "lock_timeout": _milliseconds(limits.lock_wait)},
    )


async def connect_to_read(url: str, limits: Limits) -> asyncpg.Connection:
    connection = await asyncpg.connect(
        url,
        timeout=10,
        command_timeout=limits.read_time + 5,
        statement_cache_size=512,
        max_cached_statement_lifetime=0,
        server_settings={
            **_SETTINGS,
            "lock_timeout": _milliseconds(limits.lock_wait),
            "statement_timeout": _milliseconds(limits.read_time),
            "default_transaction_read_only": "on",
        },
    )
    await _read_sums_as_integers(connection)
    return connection


def state(error: BaseException) -> str:
    """The SQLSTATE of what the server refused; empty for other errors."""
    return getattr(error, "sqlstate", None) or ""


def is_lost(error: BaseException, connection: asyncpg.Connection) -> bool:
    """Whether the connection is gone, or can no longer be trusted."""
    return (
        connection.is_closed()
        or isinstance(error, OSError | asyncpg.InternalClientError)
        or state(error).startswith(("08", "57P"))
    )


def concerns_all(error: BaseException, connection: asyncpg.Connection) -> bool:
    """Whether no other statement would fare better in this transaction."""
    return is_lost(error, connection) or state(error).startswith(
        ("53", "58", "25", DEADLOCK, SERIALIZATION)
    )


def unavailable(error: BaseException, where: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"{where} cannot be reached: {reason(error)}")


def reason(error: BaseException) -> str:
    return str(error) or "no answer in time"


def explained(error: BaseException, where: str) -> DatabaseError:
    """What `error` means to a caller; `where` names the server to people."""
    if isinstance(error, OSError | asyncpg.InternalClientError):
        return unavailable(error, where)
    if state(error).startswith("23"):
        return IntegrityViolation(str(error))
    kind, remedy = (
        _BY_STATE.get(state(error)) or _BY_CLASS.get(state(error)[:2]) or (DatabaseError, None)
    )
    return kind(f"{where} {remedy} ({error})" if remedy else f"{where}: {error}")


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


async def _read_sums_as_integers(connection: asyncpg.Connection) -> None:
    """Sums of bigint are numeric to PostgreSQL and integers to SQLite: integers on both, then."""
    await connection.set_type_codec(
        "numeric", schema="pg_catalog", encoder=str, decoder=_integer_or_float, format="text"
    )


def _integer_or_float(text: str) -> int | float:
    return float(text) if "." in text else int(text)
