"""What an answer of the Orders API means (contract §2, §3), without I/O."""

import msgspec

from smartcart.client.errors import (
    AnswerLost,
    BadRequest,
    Gone,
    InvalidAnswer,
    NotFound,
    NotSupported,
    OrdersApiError,
    Refused,
    ServerFailed,
    TooLarge,
    ToolOff,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
)
from smartcart.client.exchange import Exchange, FetchedOrder
from smartcart.contract import ContractError, parse_order
from smartcart.contract.vocabulary import ErrorCode
from smartcart.kit.egress import Failure, FailureKind

_NOT_TAKEN = frozenset({408, 425})


def unanswered(exchange: Exchange, failure: Failure) -> OrdersApiError:
    """What to raise when a request ended without an answer that could be read."""
    if not failure.sent:
        return Unavailable(failure.detail, exchange)
    unreadable = {FailureKind.TOO_LARGE, FailureKind.INVALID_ANSWER}
    kind = InvalidAnswer if failure.kind in unreadable else AnswerLost
    return kind(failure.detail, exchange)


def fetched(exchange: Exchange) -> FetchedOrder:
    """The order in the answer to a GET; raises the `OrdersApiError` the answer means."""
    raise_unless_successful(exchange)
    try:
        return FetchedOrder(parse_order(exchange.response_body), exchange)
    except ContractError as unreadable:
        raise InvalidAnswer(f"not an order: {unreadable}", exchange) from unreadable


class _Confirmation(msgspec.Struct):
    success: bool


def confirmed(exchange: Exchange) -> Exchange:
    """The exchange again, if the answer says that the call was carried out; else raises."""
    raise_unless_successful(exchange)
    try:
        success = msgspec.json.decode(exchange.response_body, type=_Confirmation).success
    except (msgspec.MsgspecError, UnicodeError):
        success = False
    if not success:
        raise InvalidAnswer(f'{exchange.status} without {{"success": true}}', exchange)
    return exchange


def raise_unless_successful(exchange: Exchange) -> None:
    """Raise the `OrdersApiError` that an answer means which is not a 2xx."""
    status = exchange.status or 0
    if 200 <= status < 300:
        return
    if _not_taken(status, exchange):
        raise Unavailable(f"{status}: the marketplace did not take the call", exchange)
    if 400 <= status < 500:
        raise _refusal(status, exchange)(_reasons(exchange), exchange)
    if status >= 500:
        raise ServerFailed(f"{status}: the marketplace failed", exchange)
    raise InvalidAnswer(
        f"{status} is no answer of the Orders API; if it is a redirect, set base_url to its target",
        exchange,
    )


def _not_taken(status: int, exchange: Exchange) -> bool:
    said_so = exchange.retry_after is not None or bool(exchange.errors)
    return status in _NOT_TAKEN or (status == 503 and said_so)


def _reasons(exchange: Exchange) -> str:
    told = "; ".join(f"{item.code}: {', '.join(item.messages)}" for item in exchange.errors)
    return f"{exchange.status} {told or 'without a reason'}"


# A proxy that knows nothing of the API may give these as well.
_BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthorized,
    405: NotSupported,
    406: NotSupported,
    410: Gone,
    413: TooLarge,
    415: NotSupported,
    429: TooManyRequests,
}
_BY_STATUS_AND_REASON: dict[int, type[Refused]] = {
    400: BadRequest,
    403: ToolOff,
    404: NotFound,
    422: Unprocessable,
}


def _refusal(status: int, exchange: Exchange) -> type[Refused]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if any(item.code == ErrorCode.TOOL_OFF for item in exchange.errors):
        return ToolOff
    return _BY_STATUS_AND_REASON.get(status, Refused) if exchange.errors else Refused
