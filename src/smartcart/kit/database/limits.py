"""How long and how much a database waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a database puts up with before it refuses, in write sets and in seconds."""

    queued: int = 4096
    lock_wait: float = 5.0
    read_time: float = 30.0


DEFAULT_LIMITS = Limits()
