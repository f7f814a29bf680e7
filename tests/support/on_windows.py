"""What this machine can show of Windows: modules and calls that are not there are taken away.

Run as a script, in a process of its own: imports every module of smartcart as Windows would, and
writes a file as Windows does. What it cannot show is the system itself.
"""

import importlib
import importlib.abc
import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

NOT_THERE = frozenset(
    ("curses", "fcntl", "grp", "httptools", "posix", "pty", "pwd", "readline", "resource", "syslog",
     "termios", "tty", "uvloop")
)  # fmt: skip
NO_CALLS = ("O_TMPFILE", "chown", "fork", "geteuid", "getuid", "killpg", "mkfifo", "setsid")


class _Absent(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in NOT_THERE:
            raise ModuleNotFoundError(f"{name} is not there on Windows", name=name)
        return None


def pretend() -> None:
    """From now on this process is as bare as Windows. What was imported before stays."""
    for name in NOT_THERE & sys.modules.keys():
        del sys.modules[name]
    sys.meta_path.insert(0, _Absent())
    for name in NO_CALLS:
        if hasattr(os, name):
            delattr(os, name)
    _without_descriptors()
    sys.modules["msvcrt"] = ModuleType("msvcrt")
    setattr(signal, "SIGBREAK", 21)  # noqa: B010 - mypy knows that it is not there
    sys.platform = "win32"


def _without_descriptors() -> None:
    link = os.link

    def named(source: str, target: str, **more: object) -> None:
        if "src_dir_fd" in more or "dst_dir_fd" in more:
            raise NotImplementedError("src_dir_fd and dst_dir_fd unavailable on this platform")
        link(source, target)

    os.link = named  # type: ignore[assignment]


def names() -> list[str]:
    import smartcart  # noqa: PLC0415 - measured after pretending

    found = pkgutil.walk_packages(smartcart.__path__, "smartcart.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def main(folder: Path) -> None:
    # What others made is not ours to try; it is imported as it is here.
    for name in (
        "aiohttp", "asyncio", "asyncpg", "babel.messages.pofile", "click", "concurrent.futures",
        "cryptography.fernet", "fontTools.ttLib", "holidays", "jinja2", "prometheus_client",
        "reportlab.pdfgen.canvas", "starlette.routing", "tempfile", "urllib3", "uvicorn",
    ):  # fmt: skip
        importlib.import_module(name)
    modules = names()
    assert len(modules) > 200
    for name in [name for name in sys.modules if name.partition(".")[0] == "smartcart"]:
        del sys.modules[name]
    pretend()
    for name in modules:
        importlib.import_module(name)
    from smartcart.kit.files import create_once, write_private  # noqa: PLC0415

    assert create_once(folder / "voucher.pdf", b"%PDF")
    assert not create_once(folder / "voucher.pdf", b"%PDF")
    write_private(folder / "secret", b"x")
    print(len(modules))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
