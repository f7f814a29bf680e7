"""The Orders API over aiohttp."""

from dataclasses import dataclass
from functools import partial

from aiohttp import ClientSession
from yarl import URL

from smartcart.client.exchange import Exchange
from smartcart.client.protocol import Api, Call, confirm, read_order, unanswered
from smartcart.contract import AcceptRequest, Order, RejectRequest
from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.egress import Deadline, Failure, exchange, whole

LARGEST_ANSWER = 2_000_000


@dataclass(frozen=True, slots=True)
class FetchedOrder:
    """An order as the marketplace tells it now, and the exchange that told it."""

    order: Order
    exchange: Exchange

    @property
    def raw(self) -> bytes:
        """The document as it came, byte for byte."""
        return self.exchange.response_body


class OrdersClient:
    """Acts on a shop's orders at a marketplace (contract §2, §3).

    A POST is sent once, never repeated by itself, and no call is redirected: the token goes to
    `base_url` alone. Calls raise `OrdersApiError`s, see `smartcart.client.errors` for which of
    them promise that nothing was carried out, and `ValueError` for an order code that is none.
    `timeout` is in seconds for a whole call; the session's `connect` time-out should be shorter,
    so that a connection that is not made is told from an answer that is lost. The caller closes
    the session.
    """

    def __init__(
        self,
        session: ClientSession,
        base_url: str,
        token: str,
        vendor: str = DEFAULT_VENDOR,
        timeout: float = 15.0,
    ) -> None:
        self._session = session
        self._api = Api(base_url, token, vendor)
        self._timeout = timeout

    async def get(self, code: str) -> FetchedOrder:
        """The order as it is now, with its options while it can be accepted or rejected."""
        done = await self._exchange(self._api.get(code))
        return FetchedOrder(read_order(done), done)

    async def accept(self, code: str, request: AcceptRequest) -> Exchange:
        """Accept the order; returns once the marketplace has confirmed it."""
        return await self._confirmed(self._api.accept(code, request))

    async def reject(self, code: str, request: RejectRequest) -> Exchange:
        """Reject the order, its short lines or all of it; returns once that is confirmed."""
        return await self._confirmed(self._api.reject(code, request))

    async def _confirmed(self, call: Call) -> Exchange:
        done = await self._exchange(call)
        confirm(done)
        return done

    async def _exchange(self, call: Call) -> Exchange:
        outcome = await exchange(
            self._session,
            call.method,
            URL(self._api.url(call), encoded=True),
            headers=self._api.headers(call),
            body=call.body,
            deadline=Deadline.within(self._timeout),
            read=partial(whole, max_bytes=LARGEST_ANSWER),
        )
        if isinstance(outcome, Failure):
            raise unanswered(_unanswered_exchange(call, outcome), outcome)
        return Exchange(
            method=call.method,
            path=call.path,
            request_body=call.body or b"",
            status=outcome.status,
            response_body=outcome.body,
            milliseconds=outcome.milliseconds,
            request_id=outcome.headers.get("x-request-id"),
            retry_after=outcome.retry_after,
        )


def _unanswered_exchange(call: Call, failure: Failure) -> Exchange:
    return Exchange(
        method=call.method,
        path=call.path,
        request_body=call.body or b"",
        status=failure.status,
        milliseconds=failure.milliseconds,
        failure=failure.detail,
    )
