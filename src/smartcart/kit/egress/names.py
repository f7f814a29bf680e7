"""Names as the operating system resolves them, which takes as long as it likes."""

import socket
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

Addresses = Sequence[tuple[int, int, int, str, tuple[Any, ...]]]
"""What `socket.getaddrinfo` answers."""


def look_up(
    host: str, port: int, family: int = socket.AF_UNSPEC, flags: int = 0
) -> Future[Addresses]:
    """The host's addresses, to come; `socket.gaierror` where there are none.

    Each look-up has a thread of its own, which nobody need wait for, not even the program's end:
    a name server that does not answer holds up no other name.
    """
    found: Future[Addresses] = Future()
    found.set_running_or_notify_cancel()  # it cannot be cancelled, only left alone

    def run() -> None:
        try:
            found.set_result(_resolved(host, port, family, flags))
        except OSError as error:
            found.set_exception(error)

    Thread(target=run, name="name-lookup", daemon=True).start()
    return found


def _resolved(host: str, port: int, family: int, flags: int) -> Addresses:
    try:
        return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=flags)
    except UnicodeError as unwritable:  # a label too long or empty
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from unwritable
