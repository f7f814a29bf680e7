"""What a shop reads of its journal: a marketplace of ours has one, Skroutz has none."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from smartcart.client.answers import raise_unless_successful
from smartcart.client.errors import InvalidAnswer
from smartcart.client.exchange import Exchange
from smartcart.contract import ContractError, Event, Newest, Order, parse_event, parse_order
from smartcart.contract.wire import Wire


@dataclass(frozen=True, slots=True)
class FetchedEvents:
    """Some of the shop's events, oldest first.

    `bodies` are as a webhook would have brought them, byte for byte. `next` is the cursor behind
    the last of them; `more` says that there is more behind it already.
    """

    bodies: tuple[bytes, ...]
    next: str
    more: bool
    exchange: Exchange

    @property
    def events(self) -> tuple[Event, ...]:
        """The bodies, read. Raises `ContractError` for one that is about something else."""
        return tuple(parse_event(body) for body in self.bodies)


@dataclass(frozen=True, slots=True)
class FetchedOrders:
    """Some of the shop's orders; there may be none of them, and `more` behind `next`."""

    orders: tuple[Order, ...]
    next: str
    more: bool
    exchange: Exchange


class _Events(Wire, frozen=True, kw_only=True):
    events: tuple[msgspec.Raw, ...]
    next: str
    more: bool


class _Orders(Wire, frozen=True, kw_only=True):
    orders: tuple[msgspec.Raw, ...]
    next: str
    more: bool


_events = msgspec.json.Decoder(_Events)
_orders = msgspec.json.Decoder(_Orders)
_newest = msgspec.json.Decoder(Newest)


def events(exchange: Exchange) -> FetchedEvents:
    """The events in the answer; raises the `OrdersApiError` the answer means."""
    raise_unless_successful(exchange)
    try:
        page = _events.decode(exchange.response_body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InvalidAnswer(f"not a page of events: {error}", exchange) from error
    return FetchedEvents(tuple(map(bytes, page.events)), page.next, page.more, exchange)


def orders(exchange: Exchange) -> FetchedOrders:
    """The orders in the answer; raises the `OrdersApiError` the answer means."""
    raise_unless_successful(exchange)
    try:
        page = _orders.decode(exchange.response_body)
        found = tuple(parse_order(bytes(each)) for each in page.orders)
    except (msgspec.MsgspecError, UnicodeError, ContractError) as error:
        raise InvalidAnswer(f"not a page of orders: {error}", exchange) from error
    return FetchedOrders(found, page.next, page.more, exchange)


def newest(exchange: Exchange) -> str:
    """The cursor in the answer; raises the `OrdersApiError` the answer means."""
    raise_unless_successful(exchange)
    try:
        return _newest.decode(exchange.response_body).next
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InvalidAnswer(f"not a cursor: {error}", exchange) from error


def query(**parameters: str | int | datetime | None) -> str:
    """The parameters that are given, as the end of a path. Raises `ValueError` for a naive time."""
    given = {name: _text(name, value) for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def _text(name: str, value: str | int | datetime) -> str:
    if not isinstance(value, datetime):
        return str(value)
    if value.utcoffset() is None:
        raise ValueError(f"{name}: {value} has no offset; give an aware datetime")
    return value.isoformat()
