"""The Orders API over aiohttp."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Self, TypeVar

from aiohttp import ClientSession
from yarl import URL

from smartcart.client.errors import OrdersApiError
from smartcart.client.exchange import Exchange, FetchedOrder
from smartcart.client.journal import FetchedEvents, FetchedOrders
from smartcart.client.protocol import LARGEST_ANSWER, Api, Call, WebhookTrigger
from smartcart.client.retries import Retries, Tries
from smartcart.client.uploads import AsyncInvoiceFile, Form, Source, async_source_of
from smartcart.contract import AcceptRequest, RejectRequest, TrackingRequest, WebhookStanding
from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.egress import Deadline, Failure, Reply, exchange, open_session, whole

Result = TypeVar("Result")


class OrdersClient:
    """Acts on a shop's orders at a marketplace (contract §2, §3).

    Calls raise `OrdersApiError`s, see `smartcart.client.errors` for which of them promise that
    nothing was carried out, and `ValueError` for an order code that is none. `retries` says what
    is repeated; no call is redirected: the token goes to `base_url` alone.

    Time-outs are in seconds for a whole request, `upload_timeout` for one that carries a file.
    The session's `connect` time-out should be shorter, so that a connection that is not made is
    told from an answer that is lost. `OrdersClient.open` makes a session that is as it should be;
    a session given here stays the caller's: to close it, and to keep proxies out of it.
    """

    def __init__(
        self,
        session: ClientSession,
        base_url: str,
        token: str,
        vendor: str = DEFAULT_VENDOR,
        timeout: float = 15.0,
        *,
        upload_timeout: float = 120.0,
        retries: Retries | None = None,
    ) -> None:
        self._session = session
        self._api = Api(base_url, token, vendor)
        self._timeout = timeout
        self._upload_timeout = upload_timeout
        self._retries = retries or Retries()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        base_url: str,
        token: str,
        vendor: str = DEFAULT_VENDOR,
        timeout: float = 15.0,  # noqa: ASYNC109 - of each request, not of this function
        *,
        connect_timeout: float = 5.0,
        upload_timeout: float = 120.0,
        retries: Retries | None = None,
        connections: int = 10,
        user_agent: str = "smartcart",
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator[Self]:
        """A client with a session of its own, closed at the end of `async with`.

        `connect_timeout` covers name, connection and handshake. Certificates are verified, by the
        system's authorities unless `tls` brings others; proxies of the environment, netrc and
        cookies are ignored. At most `connections` requests are made at once, the others wait.
        """
        async with open_session(
            # The base URL is the caller's own word, not a stranger's.
            allow_private=True,
            user_agent=user_agent,
            connections=connections,
            connect_timeout=connect_timeout,
            tls=tls,
        ) as session:
            yield cls(
                session,
                base_url,
                token,
                vendor,
                timeout,
                upload_timeout=upload_timeout,
                retries=retries,
            )

    def use_token(self, token: str) -> None:
        """Make calls with another token from now on. Raises `ValueError` for one that is none."""
        self._api = replace(self._api, token=token)

    async def get(self, code: str) -> FetchedOrder:
        """The order as it is now, with its options while it can be accepted or rejected."""
        return await self._run(self._api.get(code))

    async def accept(self, code: str, request: AcceptRequest) -> Exchange:
        """Accept the order; returns once the marketplace has confirmed it, as all calls do."""
        return await self._run(self._api.accept(code, request))

    async def reject(self, code: str, request: RejectRequest) -> Exchange:
        """Reject the order, its short lines or all of it."""
        return await self._run(self._api.reject(code, request))

    async def upload_invoice(
        self, code: str, file: AsyncInvoiceFile, *, filename: str | None = None
    ) -> Exchange:
        """Upload the invoice of an accepted order: PDF, PNG or JPEG, at most 7 MB.

        Raises `ValueError` for a file that is empty, too large, or changes while it is sent, and
        `OSError` for one that cannot be read: nothing was carried out then. Repeated only for a
        path, bytes, or a stream that can seek. The caller closes a stream.
        """
        source = await async_source_of(file)
        return await self._run(self._api.upload_invoice(code), source, filename)

    async def set_as_ready(self, code: str) -> Exchange:
        """Tell the courier that the parcel waits; the pickup may move to an earlier window."""
        return await self._run(self._api.set_as_ready(code))

    async def set_as_not_ready(self, code: str) -> Exchange:
        """Undo `set_as_ready`."""
        return await self._run(self._api.set_as_not_ready(code))

    async def tracking_details(self, code: str, request: TrackingRequest) -> Exchange:
        """Tell how an order that the shop ships itself is tracked, in place of what was told."""
        return await self._run(self._api.tracking_details(code, request))

    async def trigger_webhook_request(self, code: str, trigger: WebhookTrigger) -> Exchange:
        """Have an event of a demo order sent to the shop's webhook URL, soon."""
        return await self._run(self._api.trigger_webhook_request(code, trigger))

    async def events(self, *, after: str | None = None, limit: int | None = None) -> FetchedEvents:
        """The shop's events behind the cursor `after`, the oldest there are without it.

        These calls of the journal are ours. A marketplace that does not have them answers with a
        404 or the like, a `Refused`; a cursor behind which not everything is kept is `Gone`.
        """
        return await self._run(self._api.events(after, limit))

    async def newest_event(self) -> str:
        """The cursor behind the shop's newest event."""
        return await self._run(self._api.newest_event())

    async def orders(
        self,
        *,
        state: str | None = None,
        updated_after: datetime | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> FetchedOrders:
        """The shop's orders as they are now, those first that have not changed for longest."""
        return await self._run(self._api.orders(state, updated_after, cursor, limit))

    async def webhook(self) -> WebhookStanding:
        """How the shop's webhook fares at the marketplace.

        This call is ours, as those of the journal are.
        """
        return await self._run(self._api.webhook())

    async def _run(
        self,
        call: Call[Result],
        source: Source[AsyncIterator[bytes]] | None = None,
        filename: str | None = None,
    ) -> Result:
        once = source is not None and not source.repeatable
        tries = Tries(Retries.none() if once else self._retries, call.method)
        while True:
            try:
                if source is None:
                    return call.result(await self._send(call))
                return call.result(await self._send_file(call, source, filename))
            except OrdersApiError as error:
                wait = tries.wait_after(error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)

    async def _send(self, call: Call[Result]) -> Reply | Failure:
        return await self._exchange(call, self._api.headers(call), call.body, self._timeout)

    async def _send_file(
        self, call: Call[Result], source: Source[AsyncIterator[bytes]], filename: str | None
    ) -> Reply | Failure:
        form, body = await Form.begin_async(source, filename, secrets.token_hex(16))
        headers = self._api.headers(call) | form.headers
        outcome = await self._exchange(call, headers, body, self._upload_timeout)
        if isinstance(outcome, Failure) and form.error is not None:
            raise form.error
        return outcome

    async def _exchange(
        self,
        call: Call[Result],
        headers: Mapping[str, str],
        body: bytes | AsyncIterable[bytes] | None,
        within: float,
    ) -> Reply | Failure:
        return await exchange(
            self._session,
            call.method,
            URL(self._api.url(call), encoded=True),
            headers=headers,
            body=body,
            deadline=Deadline.within(within),
            read=partial(whole, max_bytes=LARGEST_ANSWER),
        )
