"""A marketplace on a real socket, and somebody who speaks HTTP to it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import ClientResponse, ClientSession
from starlette.types import ASGIApp

from smartcart.kit.loop import Role
from smartcart.kit.serving import listen, serve
from smartcart.kit.settings import Secret
from smartcart.marketplace import app
from smartcart.marketplace.settings import MarketplaceSettings
from tests.support.ports import free_port

PANEL_KEY = "panel-key"
ORDERS = "/merchants/ecommerce/orders"
VENDOR_TYPE = "application/vnd.skroutz+json; version=3.0"


@asynccontextmanager
async def serving(asgi: ASGIApp) -> AsyncIterator[str]:
    """`asgi` on a real socket; its URL."""
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        task = asyncio.create_task(serve(asgi, listener, stop))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            stop.set()
            await task


def settings(url: str, **changes: object) -> MarketplaceSettings:
    """Settings for tests: development, hurried, the panel open.

    Retries come at once where the machine keeps up. One that does not has room: a receiver in the
    same process is not given up while both stand still, nor is the span over before the last.
    """
    chosen = MarketplaceSettings(
        database=url,
        development=True,
        panel_key=Secret(PANEL_KEY),
        webhook_retry_seconds=(0.1, 0.3, 0.6),
        webhook_within_seconds=10,
        webhook_timeout_seconds=1.5,
        poll_seconds=0.02,
    )
    return msgspec.structs.replace(chosen, **changes)


@asynccontextmanager
async def running(chosen: MarketplaceSettings) -> AsyncIterator[str]:
    """The whole marketplace with all its roles; its URL."""
    stop = asyncio.Event()
    free = msgspec.structs.replace(chosen, port=free_port())
    async with app.assembled(free) as roles, asyncio.TaskGroup() as group:
        for role in roles:
            group.create_task(_run(role, stop))
        try:
            yield free.base_url
        finally:
            stop.set()


async def _run(role: Role, stop: asyncio.Event) -> None:
    await role.run(stop)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    async def of(cls, response: ClientResponse) -> Self:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return cls(response.status, headers, await response.read())

    @property
    def json(self) -> object:
        return msgspec.json.decode(self.body)

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and message; the body must be the contract's error document, whole."""
        errors = msgspec.json.decode(self.body, type=_Refusal, strict=True).errors
        assert self.headers["content-type"].startswith("application/json")
        [error] = errors
        [message] = error.messages
        return self.status, error.code, message


class _Error(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    messages: list[str]


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    errors: list[_Error]


class Caller:
    """Speaks HTTP to a marketplace, properly unless told otherwise."""

    def __init__(self, url: str, token: str, accept: str = VENDOR_TYPE) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.call("GET", path, None, headers)

    async def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """POST `body` as JSON; bytes go as they are, None is no body at all."""
        data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        return await self.call("POST", path, data, headers)

    async def call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> Answer:
        assert self._session is not None
        chosen = self._headers if headers is None else headers
        async with self._session.request(
            method, f"{self.url}{path}", data=body, headers=chosen, allow_redirects=False
        ) as response:
            return await Answer.of(response)

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[ClientResponse]:
        """An answer that is read as it comes."""
        assert self._session is not None
        async with self._session.get(f"{self.url}{path}", headers=self._headers) as response:
            yield response
