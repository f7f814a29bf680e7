"""What the contract's types are made of: their common base, and the kinds of value they hold.

One struct serves both directions. A field with a plain default of `None` is one the contract marks
optional: left out of what we write when it is `None`. A field with a default *factory* is one the
contract always carries: it is written even when it has its empty value, and a reader still gets
along without it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["Count", "Number", "Time", "Wire", "absent", "no", "nothing"]

Time = Annotated[
    datetime,
    Meta(
        tz=True,
        description="ISO 8601 with offset, local time of Athens.",
        examples=["2019-11-28T13:24:37+02:00"],
    ),
]
"""An aware moment; written as ISO 8601 with its offset (contract §4)."""

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""A number of pieces: never negative, and small enough for any database's integer."""

Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer id or amount that fits a database's bigint."""


class Wire(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of every type that crosses the wire: immutable, built by keyword, unknown keys ignored.

    No cycle can be made of frozen structs and tuples, so the garbage collector need not track them.
    """


absent: Callable[[], None] = type(None)
"""Default of a nullable key that is always written: `null`."""

no: Callable[[], bool] = bool
"""Default of a flag that is always written: `false`."""


def nothing() -> tuple[()]:
    """Default of a list that is always written: `[]`."""
    return ()
