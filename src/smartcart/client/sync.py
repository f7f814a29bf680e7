"""The Orders API over urllib3, for programs without an event loop."""

import secrets
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from smartcart.client.errors import OrdersApiError
from smartcart.client.exchange import Exchange, FetchedOrder
from smartcart.client.journal import FetchedEvents, FetchedOrders
from smartcart.client.protocol import LARGEST_ANSWER, Api, Call, WebhookTrigger
from smartcart.client.retries import Retries, Tries
from smartcart.client.uploads import Form, InvoiceFile, Source, source_of
from smartcart.contract import AcceptRequest, RejectRequest, TrackingRequest, WebhookStanding
from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.egress import Failure, Reply
from smartcart.kit.egress.blocking import BlockingPool

Result = TypeVar("Result")


class SyncOrdersClient:
    """`OrdersClient` without `await`: the same calls, results, exceptions and settings.

    Close it, or use it in `with`; used after that it raises `RuntimeError`. One client serves any
    number of threads at once, and both processes after a fork that was made between calls: no
    connection is shared. `tls` is given a socket class of ours. A stream to upload that blocks is
    waited for, beyond `upload_timeout` if need be.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        vendor: str = DEFAULT_VENDOR,
        timeout: float = 15.0,
        *,
        connect_timeout: float = 5.0,
        upload_timeout: float = 120.0,
        retries: Retries | None = None,
        connections: int = 10,
        user_agent: str = "smartcart",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._api = Api(base_url, token, vendor)
        self._timeout = timeout
        self._upload_timeout = upload_timeout
        self._retries = retries or Retries()
        self._always = {"User-Agent": user_agent}
        self._pool = BlockingPool(
            base_url, connections=connections, connect_timeout=connect_timeout, tls=tls
        )

    def use_token(self, token: str) -> None:
        """Make calls with another token from now on. Raises `ValueError` for one that is none."""
        self._api = replace(self._api, token=token)

    def close(self) -> None:
        """Close the connections; calls under way come to their end."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, code: str) -> FetchedOrder:
        """The order as it is now, with its options while it can be accepted or rejected."""
        return self._run(self._api.get(code))

    def accept(self, code: str, request: AcceptRequest) -> Exchange:
        """Accept the order; returns once the marketplace has confirmed it, as all calls do."""
        return self._run(self._api.accept(code, request))

    def reject(self, code: str, request: RejectRequest) -> Exchange:
        """Reject the order, its short lines or all of it."""
        return self._run(self._api.reject(code, request))

    def upload_invoice(
        self, code: str, file: InvoiceFile, *, filename: str | None = None
    ) -> Exchange:
        """Upload the invoice of an accepted order: PDF, PNG or JPEG, at most 7 MB.

        Raises `ValueError` for a file that is empty, too large, or changes while it is sent, and
        `OSError` for one that cannot be read: nothing was carried out then. Repeated only for a
        path, bytes, or a stream that can seek. The caller closes a stream.
        """
        return self._run(self._api.upload_invoice(code), source_of(file), filename)

    def set_as_ready(self, code: str) -> Exchange:
        """Tell the courier that the parcel waits; the pickup may move to an earlier window."""
        return self._run(self._api.set_as_ready(code))

    def set_as_not_ready(self, code: str) -> Exchange:
        """Undo `set_as_ready`."""
        return self._run(self._api.set_as_not_ready(code))

    def tracking_details(self, code: str, request: TrackingRequest) -> Exchange:
        """Tell how an order that the shop ships itself is tracked, in place of what was told."""
        return self._run(self._api.tracking_details(code, request))

    def trigger_webhook_request(self, code: str, trigger: WebhookTrigger) -> Exchange:
        """Have an event of a demo order sent to the shop's webhook URL, soon."""
        return self._run(self._api.trigger_webhook_request(code, trigger))

    def events(self, *, after: str | None = None, limit: int | None = None) -> FetchedEvents:
        """The shop's events behind the cursor `after`, the oldest there are without it.

        These calls of the journal are ours. A marketplace that does not have them answers with a
        404 or the like, a `Refused`; a cursor behind which not everything is kept is `Gone`.
        """
        return self._run(self._api.events(after, limit))

    def newest_event(self) -> str:
        """The cursor behind the shop's newest event."""
        return self._run(self._api.newest_event())

    def orders(
        self,
        *,
        state: str | None = None,
        updated_after: datetime | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> FetchedOrders:
        """The shop's orders as they are now, those first that have not changed for longest."""
        return self._run(self._api.orders(state, updated_after, cursor, limit))

    def webhook(self) -> WebhookStanding:
        """How the shop's webhook fares at the marketplace.

        This call is ours, as those of the journal are.
        """
        return self._run(self._api.webhook())

    def _run(
        self,
        call: Call[Result],
        source: Source[Iterator[bytes]] | None = None,
        filename: str | None = None,
    ) -> Result:
        once = source is not None and not source.repeatable
        tries = Tries(Retries.none() if once else self._retries, call.method)
        while True:
            try:
                if source is None:
                    return call.result(self._send(call))
                return call.result(self._send_file(call, source, filename))
            except OrdersApiError as error:
                wait = tries.wait_after(error)
                if wait is None:
                    raise
            time.sleep(wait)

    def _send(self, call: Call[Result]) -> Reply | Failure:
        return self._exchange(call, self._api.headers(call), call.body, self._timeout)

    def _send_file(
        self, call: Call[Result], source: Source[Iterator[bytes]], filename: str | None
    ) -> Reply | Failure:
        form, body = Form.begin(source, filename, secrets.token_hex(16))
        headers = self._api.headers(call) | form.headers
        outcome = self._exchange(call, headers, body, self._upload_timeout)
        if isinstance(outcome, Failure) and form.error is not None:
            raise form.error
        return outcome

    def _exchange(
        self,
        call: Call[Result],
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
        within: float,
    ) -> Reply | Failure:
        return self._pool.exchange(
            call.method,
            urlsplit(self._api.url(call))._replace(scheme="", netloc="").geturl(),
            headers={**self._always, **headers},
            body=body,
            within=within,
            max_bytes=LARGEST_ANSWER,
        )
