"""What a test request to a merchant's webhook URL came to."""

from datetime import datetime

import msgspec

from smartcart.contract import athens

SUCCESS = 200


class Pinged(msgspec.Struct, frozen=True):
    """`problem` says what an event sent there would meet; it is empty when it would be taken.

    `status` and `address` are None when there was no answer or no connection. `excerpt` is how an
    answer began that will not do, without the URL's secrets.
    """

    status: int | None
    milliseconds: int
    address: str | None
    problem: str = ""
    excerpt: str = ""


def event(now: datetime) -> bytes:
    """An event of no order, of a type of our own: receivers keep what they do not know (§5)."""
    told = {"event_type": "ping", "event_time": athens(now), "test": True}
    return msgspec.json.encode(told)
