"""Request bodies, read up to a limit."""

from starlette.requests import Request

MOST_BYTES = 4 * 1024 * 1024
_MOST_DRAINED = 32 * 1024 * 1024


class BodyTooLarge(Exception):
    """The body is longer than any event."""


async def read(request: Request) -> bytes:
    """The whole body; raises `BodyTooLarge`.

    What is too much is read and thrown away, up to a point, for a sender that is cut off while it
    sends may never see the answer.
    """
    body, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > _MOST_DRAINED:
            break
        if length <= MOST_BYTES:
            body += chunk
    if length > MOST_BYTES:
        raise BodyTooLarge(f"A body has at most {MOST_BYTES} bytes.")
    return bytes(body)
