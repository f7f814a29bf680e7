"""What the marketplace tells anybody: the time it has, and where its webhooks come from."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial

import msgspec
from yarl import URL

from smartcart.contract import IpRanges
from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.egress import Deadline, Reply, exchange, open_session, whole

IP_RANGES = "/ip_ranges.json"
_LARGEST = 256 * 1024
_WARN_SECONDS, _BAD_SECONDS = 30, 240


class Told(msgspec.Struct, frozen=True):
    """What came of asking: `skew` is how many seconds this machine's clock is ahead."""

    url: str
    skew: float | None = None
    networks: Sequence[str] = ()
    modified: str = ""


async def ask_marketplace(
    api_url: str, ip_ranges_url: str = "", within: float = 15, clock: Clock = utc_now
) -> Told:
    """Ask for the senders' addresses. The skew is known whatever the answer is."""
    url = ip_ranges_url or api_url.rstrip("/") + IP_RANGES
    async with open_session(allow_private=True) as session:
        begun = clock()
        reply = await exchange(
            session,
            "GET",
            URL(url, encoded=True),
            headers={"Accept": "application/json"},
            body=None,
            deadline=Deadline.within(within),
            read=partial(whole, max_bytes=_LARGEST),
        )
        ended = clock()
    if not isinstance(reply, Reply):
        return Told(url)
    skew = _skew(reply.headers.get("date", ""), begun, ended)
    ranges = IpRanges()
    if reply.status == 200:
        with suppress(msgspec.MsgspecError):
            ranges = msgspec.json.decode(reply.body, type=IpRanges)
    return Told(url, skew, (*ranges.ipv4, *ranges.ipv6), ranges.last_modified)


def check_clock(told: Told) -> Finding:
    """Whether this machine's clock agrees with the marketplace's Date header."""
    check = N_("clock")
    if told.skew is None:
        saw = N_("the marketplace told no time, so this machine's clock was not compared")
        return warning(check, saw, N_("Look whether the clock is set by itself (NTP)."))
    seconds = abs(round(told.skew))
    saw = N_("this machine's clock and the marketplace's differ by {seconds} seconds")
    if seconds < _WARN_SECONDS:
        return ok(check, saw, seconds=seconds)
    remedy = N_("Have the clock set by itself (NTP): orders are answered by their deadlines.")
    return (bad if seconds >= _BAD_SECONDS else warning)(check, saw, remedy, seconds=seconds)


def _skew(date: str, begun: datetime, ended: datetime) -> float | None:
    """Zero while the header's second may be that of the answer."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.utcoffset() is None:
        return None
    if begun.replace(microsecond=0) <= theirs <= ended:
        return 0.0
    return (begun if theirs < begun else ended).timestamp() - theirs.timestamp()
