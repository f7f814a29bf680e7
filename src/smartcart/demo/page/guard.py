"""Who may talk to the page: browsers on this machine, on behalf of the page itself.

A page of another site can make a visitor's browser send requests here, and can have its own name
resolve to this machine. So the name asked for must be this machine's, and whatever changes
something must come from the page, as a form.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM = "application/x-www-form-urlencoded"
_SAFE = frozenset({"GET", "HEAD"})
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: the origin of a form would then be withheld from us too.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_PDF = b"application/pdf"


class Guard:
    """ASGI middleware for a page at 127.0.0.1 and localhost, on `port`."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, _protected(send))
            return
        await self._app(scope, receive, _protected(send))

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            here = sorted(self._hosts)[0]
            return PlainTextResponse(f"This page is at http://{here}/ alone.\n", 403)
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}":
            return PlainTextResponse("Requests from other sites are refused.\n", 403)
        if method in _SAFE:
            return None
        if origin is None:
            return PlainTextResponse("Use the page: a request must say where it is from.\n", 403)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != FORM:
            return PlainTextResponse(f"Send a form, as {FORM}.\n", 415)
        return None


def _protected(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            # The browser's own viewer shows a PDF by means that such a policy forbids.
            policy = _HEADERS[1:] if _is_pdf(headers) else _HEADERS
            message = {**message, "headers": [*headers, *policy]}
        await send(message)

    return with_headers


def _is_pdf(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and value.startswith(_PDF) for name, value in headers)
