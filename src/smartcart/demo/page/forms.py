"""Forms as the page sends them."""

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_LARGEST = 16 * 1024


async def read(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Refuses more than a form of ours holds."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise HTTPException(413, "That is more than this form holds.")
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=20))
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
