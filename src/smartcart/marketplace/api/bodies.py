"""Request bodies, read up to a limit."""

from starlette.requests import Request

from smartcart.marketplace.domain.refusal import RefusalCode, Refused

MOST_BYTES = 256 * 1024


async def read(request: Request) -> bytes:
    """The whole body; raises `Refused` as soon as it is longer than any request of the contract."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(RefusalCode.BODY_TOO_LARGE, f"A body has at most {MOST_BYTES} bytes.")
    return bytes(body)
