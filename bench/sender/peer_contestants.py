"""Celery, BullMQ and pg-boss as contestants: each keeps its queue on disk and retries."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from bench.sender.contestants import Contestant
from bench.sender.install import PINS, NotToBeHad, node, node_folder, python_bin, redis_server
from bench.sender.load import Load
from tests.support.ports import free_port
from tests.support.postgres import fresh_database

_START_SECONDS = 10
_CELERY_PROCESSES = 8

Server = Callable[[Path], AbstractAsyncContextManager[str]]
"""Runs with its files in the folder; gives its URL."""
Command = Callable[[], list[str]]


def celery() -> Contestant:
    """A prefork worker of 8 processes on Redis, as a task of urllib3 blocks its process."""

    def work() -> list[str]:
        return [
            str(python_bin() / "celery"), "--workdir", str(PINS), "-A", "celery_peer", "worker",
            f"--concurrency={_CELERY_PROCESSES}", "--loglevel=ERROR",
        ]  # fmt: skip

    def fill() -> list[str]:
        return [str(python_bin() / "python"), str(PINS / "celery_peer.py"), "fill"]

    return _queue(fill, work, _redis)


def bullmq() -> Contestant:
    """A worker of 64 slots, one process, on Redis."""
    return _queue(_node("bullmq.js", "fill"), _node("bullmq.js", "work"), _redis)


def pg_boss(admin_url: str) -> Contestant:
    """64 slots in one process, on PostgreSQL."""

    def server(_: Path) -> AbstractAsyncContextManager[str]:
        return fresh_database(admin_url)

    return _queue(_node("pg_boss.js", "fill"), _node("pg_boss.js", "work"), server)


def _node(program: str, part: str) -> Command:
    return lambda: [str(node()), str(node_folder() / program), part]


def _queue(fill: Command, work: Command, server: Server) -> Contestant:
    """Fills the queue from a file of bodies, then lets the workers at it."""

    @asynccontextmanager
    async def contestant(load: Load, folder: Path) -> AsyncIterator[None]:
        bodies = folder / "bodies"
        bodies.write_bytes(b"\n".join(load.bodies()))
        async with server(folder) as url:
            environment = {**os.environ, "QUEUE_URL": url, "SINK_URL": f"{load.url}/"}
            async with _running([*fill(), str(bodies)], environment, folder) as filling:
                if await filling.wait():
                    raise NotToBeHad(_last_line(folder))
            async with _running(work(), environment, folder):
                yield

    return contestant


@asynccontextmanager
async def _redis(folder: Path) -> AsyncIterator[str]:
    """A server that has every write on disk before it answers."""
    port = free_port()
    command = [
        str(redis_server()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
        "--appendonly", "yes", "--appendfsync", "always", "--save", "",
    ]  # fmt: skip
    async with _running(command, dict(os.environ), folder):
        await _listening(port)
        yield f"redis://127.0.0.1:{port}/0"


async def _listening(port: int) -> None:
    try:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    return writer.close()
    except TimeoutError:
        raise NotToBeHad("redis-server does not start") from None


@asynccontextmanager
async def _running(
    command: list[str], environment: dict[str, str], folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs while the context is open, its output in a file of the folder."""
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _last_line(folder: Path) -> str:
    return ((folder / "log").read_text().strip().splitlines() or ["no message"])[-1]
