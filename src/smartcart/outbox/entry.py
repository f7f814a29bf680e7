"""What is delivered and how it ended, as plain values."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from smartcart.kit.database import WriteSet


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be done, in order within `key`.

    `seq` is minted by the caller: one more than the last of its key (`tail`), starting at 1.
    `due` is the earliest time to do it, in microseconds since the epoch, UTC. Raises ValueError
    for an empty `lane`, which no worker would look into.
    """

    key: str
    seq: int
    queue: str
    lane: str
    kind: str
    payload: str
    due: int

    def __post_init__(self) -> None:
        if not self.lane:
            raise ValueError(f"lane: the entry {self.key}/{self.seq} needs one")


class Candidate(msgspec.Struct, frozen=True):
    """The head of a stream that may be claimed, due since `due`.

    `lease` is one that ended unsettled, if any.
    """

    key: str
    lane: str
    seq: int
    due: int
    tries: int
    lease: str | None
    first_try: int | None
    claimed_at: int | None
    kind: str
    payload: str
    created_at: int


class Claim(msgspec.Struct, frozen=True):
    """An entry held under a lease by one worker.

    `attempt` counts from 1 and includes attempts whose worker died; `is_taken_over` tells that the
    one before this was such a one. `first_attempt_at` and `claimed_at` are microseconds since the
    epoch by the database's clock.
    """

    key: str
    seq: int
    lane: str
    kind: str
    payload: str
    created_at: int
    attempt: int
    first_attempt_at: int
    claimed_at: int
    lease: str
    is_taken_over: bool = False


class Trace(msgspec.Struct, frozen=True):
    """What an attempt met where it went, for the record; None is what it did not come to.

    `milliseconds` is how long it took out there, `peer` the address it was connected to, `error`
    the class of failure in one word, `excerpt` how the answer began. All of it is shown to people
    and kept: no secrets.
    """

    status: int | None = None
    milliseconds: int | None = None
    peer: str | None = None
    error: str | None = None
    excerpt: str | None = None


NO_TRACE = Trace()
_NOTHING_ELSE = WriteSet()


class Delivered(msgspec.Struct, frozen=True):
    """Done. `detail` is recorded with the attempt; `also` is committed together with it."""

    detail: str = ""
    also: WriteSet = _NOTHING_ELSE
    trace: Trace = NO_TRACE


class Failed(msgspec.Struct, frozen=True):
    """Not done. Tried again at `retry_at` (microseconds), or exhausted when that is None.

    `blames_lane` tells that others of the lane would have fared no better.
    """

    detail: str
    retry_at: int | None
    also: WriteSet = _NOTHING_ELSE
    trace: Trace = NO_TRACE
    blames_lane: bool = False


Outcome = Delivered | Failed
Handler = Callable[[Claim], Awaitable[Outcome]]
