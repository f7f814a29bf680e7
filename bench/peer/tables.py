"""The marketplace's tables for SQLAlchemy, and sessions that read and that write."""

from dataclasses import dataclass
from typing import Any, Self, cast

from sqlalchemy import BigInteger, Table, event
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger}  # noqa: RUF012 - SQLAlchemy reads it from the class


class MerchantRow(Base):
    __tablename__ = "merchant"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    document: Mapped[str]


class OrderRow(Base):
    __tablename__ = "orders"
    code: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[int]
    expires_at: Mapped[int]
    document: Mapped[str]


class EntryRow(Base):
    __tablename__ = "entry"
    key: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[str]
    created_at: Mapped[int]


class StreamRow(Base):
    __tablename__ = "stream"
    key: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str]
    lane: Mapped[str]
    head: Mapped[int]
    tail: Mapped[int]
    due: Mapped[int | None]
    lease: Mapped[str | None]
    tries: Mapped[int]
    first_try: Mapped[int | None]


class StepRow(Base):
    __tablename__ = "journal"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    at: Mapped[int]
    what: Mapped[str]
    facts: Mapped[str]


def table(model: type[Base]) -> Table:
    """For statements that go round the unit of work."""
    return cast("Table", model.__table__)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makers of sessions: to read without a transaction, to write in one."""

    reading: async_sessionmaker[AsyncSession]
    writing: async_sessionmaker[AsyncSession]
    engines: tuple[AsyncEngine, AsyncEngine]

    @classmethod
    def opened(cls, url: str) -> Self:
        """`url` as our own programs take it."""
        reading, writing = _sqlite(url) if url.startswith("sqlite") else _postgres(url)
        return cls(async_sessionmaker(reading), async_sessionmaker(writing), (reading, writing))

    async def close(self) -> None:
        for engine in self.engines:
            await engine.dispose()


_AUTOCOMMIT: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}


def _sqlite(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    url = url.replace("sqlite:", "sqlite+aiosqlite:", 1)
    reading = create_async_engine(url, pool_size=4, max_overflow=0, **_AUTOCOMMIT)
    writing = create_async_engine(
        url, pool_size=1, max_overflow=0, connect_args={"isolation_level": "IMMEDIATE"}
    )
    for engine in (reading, writing):
        event.listen(engine.sync_engine, "connect", _be_durable)
    return reading, writing


def _be_durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _postgres(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    url = url.replace("postgresql:", "postgresql+asyncpg:", 1)
    reading = create_async_engine(url, pool_size=16, max_overflow=0, **_AUTOCOMMIT)
    return reading, create_async_engine(url, pool_size=16, max_overflow=0)
