"""How a call to the Orders API fails, told apart by what its caller may do next.

| raised        | was it carried out? | what to do                                             |
|---------------|---------------------|--------------------------------------------------------|
| `Refused`     | no, promised        | change something; the same call is refused again       |
| `Unavailable` | no, promised        | the same call again, after `retry_after` or a back-off |
| `AnswerLost`  | perhaps             | `get` the order first, then decide                     |

`TooManyRequests` is the one `Refused` that passes by itself. A `get` carries nothing out: after
`Unavailable` and `AnswerLost` alike it may be repeated. `smartcart.client.Retries` repeats by
just this table.
"""

from collections.abc import Callable

from smartcart.client.exchange import Exchange
from smartcart.contract import ErrorItem


class OrdersApiError(Exception):
    """Any failed call. `exchange` is what went over the wire, for the record.

    `errors` are the reasons the answer gave (contract §2), `code` and `messages` those of the
    first; without any, `errors` and `messages` are empty, and so is `code`. Errors can be pickled.
    """

    def __init__(self, message: str, exchange: Exchange) -> None:
        super().__init__(message)
        self.exchange = exchange
        self.errors = exchange.errors
        first = self.errors[0] if self.errors else ErrorItem()
        self.code = first.code
        self.messages = first.messages

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return type(self), (str(self), self.exchange)

    @property
    def status(self) -> int | None:
        """The answer's status, None when none came."""
        return self.exchange.status

    @property
    def request_id(self) -> str | None:
        """The answer's `X-Request-Id`, for asking the marketplace about it."""
        return self.exchange.request_id

    @property
    def retry_after(self) -> float | None:
        """Seconds the marketplace asks to wait, None when it did not say."""
        return self.exchange.retry_after


class Refused(OrdersApiError):
    """The marketplace says no (4xx). Nothing was carried out."""


class BadRequest(Refused):
    """400: the request is malformed."""


class Unauthorized(Refused):
    """401: the token is missing, wrong, or was replaced by a newer one."""


class ToolOff(Refused):
    """403, or the code `EcommerceMerchantUnauthorized`: the Orders API is off for this shop.

    A trigger raises it when the webhook is.
    """


class NotFound(Refused):
    """404 from the API: the shop has no such order.

    A 404 without the API's own error document is a plain `Refused`: then the base URL is wrong.
    """


class NotSupported(Refused):
    """405, 406 or 415: who answers at `base_url` does not speak this API, or not as this vendor."""


class Gone(Refused):
    """410: what a cursor points to is no longer kept; begin anew, from the newest."""


class TooLarge(Refused):
    """413: the body is larger than the marketplace, or a proxy before it, takes."""


class Unprocessable(Refused):
    """422: the order is not in the right state, or a value is not among its options."""


class TooManyRequests(Refused):
    """429: the same call is welcome later, after `retry_after` seconds."""


class Unavailable(OrdersApiError):
    """The marketplace did not take the call. Nothing was carried out; repeat it later.

    No connection could be made, or the answer said so: 408, 425, or a 503 that carries
    `Retry-After` or the API's own error document.
    """


class AnswerLost(OrdersApiError):
    """The call may have been carried out: `get` the order before repeating it.

    The connection was made and the answer did not come, or not whole, or not in time.
    """


class ServerFailed(AnswerLost):
    """5xx that promises nothing: a fault, a gateway that gave up, a maintenance page."""


class InvalidAnswer(AnswerLost):
    """An answer that is none of the contract's: a redirect, a web page, too large, unreadable."""
