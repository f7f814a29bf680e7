"""The scratch folder: everything a run leaves behind, and what the next one resumes from."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from smartcart.demo.options import DemoError


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run must know again. Secrets are made once; the file is its owner's alone."""

    version: int = 1
    merchant_id: str
    token: str = ""
    """The shop's, once the marketplace knows the shop."""
    panel_key: str
    dashboard_key: str
    webhook_secret: str
    marketplace_port: int
    merchant_port: int
    introduced: bool = False
    """Whether the first carts were placed."""
    pids: dict[str, int] = {}
    """Of the programs as last started."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where things lie."""

    path: Path

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def settings_file(self) -> Path:
        return self.path / "smartcart.toml"

    @property
    def feed(self) -> Path:
        return self.path / "shop" / "feed.xml"

    @property
    def stock(self) -> Path:
        return self.path / "shop" / "stock.csv"

    @property
    def vouchers(self) -> Path:
        return self.path / "shop" / "vouchers"

    def database(self, program: str) -> Path:
        return self.path / f"{program}.db"

    def log(self, program: str) -> Path:
        return self.path / f"{program}.log"

    def make(self) -> None:
        """Raises `DemoError` when it cannot be written."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.vouchers.mkdir(parents=True, exist_ok=True)
            # Everything in it is scratch, and it may lie in somebody's repository.
            (self.path / ".gitignore").write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise DemoError(
                f"--folder: {self.path} cannot be written ({error.strerror}); choose another."
            ) from error

    def load(self) -> State | None:
        """The state of an earlier run, None when there was none. Raises `DemoError` if broken."""
        try:
            return msgspec.json.decode(self.state_file.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise DemoError(
                f"{self.state_file} is left from an earlier run and cannot be used ({error}). "
                f"Remove the folder {self.path} to begin afresh."
            ) from error

    def save(self, state: State) -> None:
        self.write_privately(self.state_file, msgspec.json.format(msgspec.json.encode(state)))

    def write_privately(self, path: Path, content: bytes) -> None:
        """Put `content` at `path`, whole or not at all, for its owner's eyes alone."""
        written = path.with_name(f"{path.name}.new")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        written.replace(path)

    @contextmanager
    def locked(self) -> Iterator[IO[str]]:
        """Keep other demos out for as long as this lasts; the lock ends with the process.

        Raises `DemoError` naming the demo that is running here. The file given is for `announce`.
        """
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            if not _lock(file):
                file.seek(0)
                raise DemoError(
                    f"A demo is running in {self.path} already{_who(file.read())}. "
                    "Stop it with Ctrl-C in its terminal, or choose another place with --folder."
                )
            announce(file)
            yield file


def announce(lock: IO[str], url: str = "") -> None:
    """Say in the lock file who holds it, and where its page is."""
    lock.seek(0)
    lock.truncate()
    json.dump({"pid": os.getpid(), "url": url}, lock)
    lock.flush()


def fresh_state(marketplace_port: int, merchant_port: int) -> State:
    return State(
        # An id of its own: a run that broke off after adding it is then no obstacle to the next.
        merchant_id=f"perivoli-{secrets.token_hex(2)}",
        panel_key=secrets.token_urlsafe(24),
        dashboard_key=secrets.token_urlsafe(24),
        webhook_secret=secrets.token_urlsafe(24),
        marketplace_port=marketplace_port,
        merchant_port=merchant_port,
    )


def _who(told: str) -> str:
    try:
        holder = json.loads(told)
        pid, url = int(holder["pid"]), str(holder["url"])
    except (ValueError, TypeError, KeyError):
        return ""
    return f" (process {pid}, {url})" if url else f" (process {pid})"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        file.seek(1 << 20)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
