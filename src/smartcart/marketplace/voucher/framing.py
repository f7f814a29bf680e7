"""Messages between a press and its worker: a status, a length and so many bytes."""

import struct
from typing import Final

HEADER: Final = struct.Struct(">BI")
DONE: Final = 0
FAILED: Final = 1


def frame(status: int, payload: bytes) -> bytes:
    """Return `payload` as one message."""
    return HEADER.pack(status, len(payload)) + payload
