"""Request bodies, read up to a limit."""

from starlette.requests import Request

_DRAINED = 8


class BodyTooLarge(Exception):
    """The body is longer than anything that may be sent there."""


async def read(request: Request, most_bytes: int) -> bytes:
    """The whole body, at most `most_bytes` of it; raises `BodyTooLarge`.

    What is too much is read and thrown away, up to eight times the limit: a sender that is cut off
    while it sends may never see the answer.
    """
    body, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > most_bytes * _DRAINED:
            break
        if length <= most_bytes:
            body += chunk
    if length > most_bytes:
        raise BodyTooLarge(f"A body has at most {most_bytes} bytes.")
    return bytes(body)
