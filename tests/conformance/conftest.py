"""A marketplace's database on either engine, made once and emptied for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.marketplace import sqlite_url
from tests.support.postgres import fresh_database


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def market_postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database that the marketplace's tests use one after another."""
    async with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def market_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a marketplace's database; `emptied` opens it with nothing in it."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("market_postgres_url"))
