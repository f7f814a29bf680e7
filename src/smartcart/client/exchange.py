"""A request to the Orders API and what came of it, for the record."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, without the token: fit to be stored and shown to the shop.

    `path` is percent-encoded and starts with the API's base path. `status` is None and
    `response_body` empty when no answer came that could be read; `failure` then says why, in a
    sentence. `retry_after` is the answer's Retry-After in seconds. Bodies may hold customers'
    data, so they are left out of the representation.
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
