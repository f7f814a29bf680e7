"""Documents of our own in which every field of the contract occurs at least once.

    example("order_open")            # bytes of one answer to GET /:code
    example("event_voucher")         # bytes of one webhook request
    example("feed")                  # a product feed, the only XML among them

The documents, the tests and the demo use them; every shop, person and product in them is invented.
"""

from functools import cache
from importlib.resources import files

from smartcart.contract.errors import Errors, Success
from smartcart.contract.events import Event, IpRanges
from smartcart.contract.extensions import EventPage, Newest, OrderPage, WebhookStanding
from smartcart.contract.order import OrderBody
from smartcart.contract.requests import AcceptRequest, RejectRequest, TrackingRequest
from smartcart.contract.wire import Wire

__all__ = ["document_type", "example", "names"]

_TYPES: dict[str, type[Wire]] = {
    "order_": OrderBody,
    "event_": Event,
    "error_": Errors,
    "answer_success": Success,
    "answer_events": EventPage,
    "answer_orders": OrderPage,
    "answer_newest": Newest,
    "answer_webhook": WebhookStanding,
    "ip_ranges": IpRanges,
    "request_accept": AcceptRequest,
    "request_reject": RejectRequest,
    "request_tracking": TrackingRequest,
}


@cache
def names(prefix: str = "") -> tuple[str, ...]:
    """Names of the examples that begin with `prefix`, in alphabetical order."""
    here = (entry.name.partition(".") for entry in files(__package__).iterdir())
    return tuple(
        sorted(
            name for name, _, kind in here if kind in ("json", "xml") and name.startswith(prefix)
        )
    )


@cache
def example(name: str) -> bytes:
    """The document. Raises `KeyError` for a name that `names` does not list."""
    if name not in names():
        raise KeyError(f"{name} is no example; there are {', '.join(names())}")
    ending = "xml" if name == "feed" else "json"
    return files(__package__).joinpath(f"{name}.{ending}").read_bytes()


def document_type(name: str) -> type[Wire] | None:
    """What the example is an example of; `None` for the feed and for an event nobody knows."""
    return next((t for prefix, t in _TYPES.items() if name.startswith(prefix)), None)
