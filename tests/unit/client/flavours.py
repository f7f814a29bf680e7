"""Both clients behind one face, so that one suite runs on both."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from smartcart.client import OrdersClient, Retries, SyncOrdersClient

TOKEN = "s3cr3t-t0ken"


class Threaded:
    """A `SyncOrdersClient` whose calls are awaited, each made in a thread."""

    def __init__(self, client: SyncOrdersClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(asyncio.to_thread, getattr(self._client, name))


@dataclass(frozen=True, slots=True)
class Flavour:
    """How tests open a client of either kind: patient, for what takes long is the machine, and
    without retries unless they say."""

    sync: bool

    @asynccontextmanager
    async def open(
        self,
        base_url: str,
        token: str = TOKEN,
        *,
        vendor: str = "skroutz",
        timeout: float = 10,  # noqa: ASYNC109 - of each request
        connect_timeout: float = 10,
        upload_timeout: float = 10,
        retries: Retries | None = None,
        connections: int = 10,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator[OrdersClient]:
        opening = SyncOrdersClient if self.sync else OrdersClient.open
        opened = opening(
            base_url,
            token,
            vendor,
            timeout,
            connect_timeout=connect_timeout,
            upload_timeout=upload_timeout,
            retries=retries or Retries.none(),
            connections=connections,
            tls=tls,
        )
        if isinstance(opened, SyncOrdersClient):
            with opened:
                yield cast("OrdersClient", Threaded(opened))
        else:
            async with opened as client:
                yield client
