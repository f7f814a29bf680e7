"""Ports for programs that open theirs later, so that nobody else has it by then."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

_FIRST = 12_000  # among those before it are some that browsers refuse
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_END = 32_768


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, and which is given to nobody but the caller.

    It is none of those that the system itself deals out, to whoever connects or asks for port 0;
    and of test processes that run beside each other, each takes from a part of its own.
    """
    return next(filter(_is_free, _OURS))


def _ours() -> Iterator[int]:
    """This process's part, begun anywhere: a run beside this one has the same parts."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(_FIRST, _end())[number::count]
    start = random.SystemRandom().randrange(len(ports))
    return cycle([*ports[start:], *ports[:start]])


def _end() -> int:
    """Where the ports begin that the system deals out."""
    return int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL_END


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


_OURS = _ours()
