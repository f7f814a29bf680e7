"""The stylesheet, the script and the icon, under names that change with their content."""

import hashlib
from importlib import resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_TYPES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOLDER = resources.files("smartcart.demo.page").joinpath("static")
CONTENT = {name: _FOLDER.joinpath(name).read_bytes() for name in _TYPES}
_VERSIONS = {name: hashlib.sha256(content).hexdigest()[:8] for name, content in CONTENT.items()}


def address(name: str) -> str:
    return f"/static/{name}?v={_VERSIONS[name]}"


async def show(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in CONTENT:
        return PlainTextResponse("Not found\n", 404)
    headers = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(CONTENT[name], headers=headers, media_type=_TYPES[name])
