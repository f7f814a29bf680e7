"""A request to the Orders API and what came of it, for the record."""

from dataclasses import dataclass, field

from smartcart.contract import ContractError, ErrorItem, Order, parse_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, without the token: fit to be stored and shown to the shop.

    `path` is percent-encoded and starts with the API's base path. `request_body` is empty for an
    upload, whose file is not kept. `status` is None and `response_body` empty when no answer came
    that could be read; `failure` then says why, in a sentence. `retry_after` is the answer's
    Retry-After in seconds. Bodies may hold customers' data, so they are left out of the
    representation.
    """

    method: str
    path: str
    request_body: bytes = field(default=b"", repr=False)
    status: int | None = None
    response_body: bytes = field(default=b"", repr=False)
    milliseconds: int = 0
    request_id: str | None = None
    retry_after: float | None = None
    failure: str | None = None

    @property
    def errors(self) -> tuple[ErrorItem, ...]:
        """The answer's error document (contract §2); empty when it is none."""
        try:
            return parse_errors(self.response_body).errors
        except ContractError:
            return ()


@dataclass(frozen=True, slots=True)
class FetchedOrder:
    """An order as the marketplace tells it now, and the exchange that told it."""

    order: Order
    exchange: Exchange

    @property
    def raw(self) -> bytes:
        """The document as it came, byte for byte."""
        return self.exchange.response_body
