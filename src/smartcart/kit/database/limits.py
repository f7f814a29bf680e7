"""How long and how much a database waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a database puts up with before it refuses.

    `queued` counts write sets, `readers` the connections that read from a server; the others are
    seconds: `lock_wait` for a lock that somebody else holds, `read_time` for a read, `answer_time`
    for a server's answer to a statement that writes.
    """

    queued: int = 4096
    readers: int = 5
    lock_wait: float = 5.0
    read_time: float = 30.0
    answer_time: float = 60.0


DEFAULT_LIMITS = Limits()
