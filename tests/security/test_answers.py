"""Servers that answer without end, slowly, too much, or nonsense: time and memory are bounded."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from smartcart.kit.egress import (
    Answer,
    Failure,
    FailureKind,
    Reply,
    open_session,
    post_following,
)
from smartcart.kit.egress.blocking import BlockingPool
from tests.security.doors import DOORS, MAX_BYTES, READERS, Door, Outcome, in_a_thread, webhook
from tests.security.tally import Tally
from tests.support import http_sink
from tests.support.http_sink import Behaviour, Connection, Drip, Hang, HttpSink, Raw

WITHIN = 0.5
LONG_ENOUGH = 10.0
"""Seconds, for what does come."""
SLACK = 10.0
"""Seconds, for a busy machine; what these servers send would never end."""
LARGEST_PEAK = 40_000_000
"""Bytes, of which the servers of the largest answer take 24 million; a bomb unpacked takes 50."""

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True, slots=True)
class Forever:
    """Says `first`, then `again` until nobody listens any more; `pause` seconds between."""

    first: bytes
    again: bytes
    pause: float = 0.0

    async def __call__(self, connection: Connection) -> None:
        await connection.send(self.first)
        again = self.again if self.pause else self.again * (1 + 50_000 // len(self.again))
        while True:
            await connection.send(again)
            await asyncio.sleep(self.pause)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(50_000_000))
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

ENDLESS: Mapping[str, Behaviour] = {
    "silence": Hang(),
    "a head that drips": Drip(whole=True),
    "a status line without end": Forever(b"HTTP/1.1 200 ", b"O"),
    "header lines without end": Forever(OK, b"X-A: b\r\n"),
    "header lines without end that drip": Forever(OK, b"X-A: b\r\n", 0.02),
    "one header line without end": Forever(OK + b"X-A: ", b"b"),
    "a folded header line without end": Forever(OK + b"X-A: b\r\n", b" b\r\n"),
    "header names without end": Forever(OK, b"X"),
    "empty lines before the answer": Forever(b"", b"\r\n"),
    "interim answers without end": Forever(b"", INTERIM),
    "interim answers that drip": Forever(b"", INTERIM, 0.02),
    "100 Continue without end": Forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
"""Nothing that counts as an answer ever comes."""

BODIES: Mapping[str, Behaviour] = {
    "a body without end": Forever(OK + b"\r\n", b"x"),
    "a body without end, of known length": Forever(OK + b"Content-Length: 99999999\r\n\r\n", b"x"),
    "a body that drips": Drip(body=b"x" * 1000),
    "chunks without end": Forever(CHUNKED, b"10\r\n0123456789abcdef\r\n"),
    "chunks that drip": Forever(CHUNKED, b"1\r\nx\r\n", 0.02),
    "one chunk without end": Forever(CHUNKED + b"FFFFFFFFFFF\r\n", b"x"),
    "a chunk's size without end": Forever(CHUNKED, b"0"),
    "a chunk's extension without end": Forever(CHUNKED + b"1;", b"x"),
    "trailers without end": Forever(CHUNKED + b"1\r\nx\r\n0\r\n", b"X-A: b\r\n"),
    "a chunk of more than is": Raw(CHUNKED + b"FFFFFFFFFFFFFFFFFF\r\nx"),
    "a chunk of less than nothing": Raw(CHUNKED + b"-1\r\nx\r\n0\r\n\r\n"),
    "a chunk of no size": Raw(CHUNKED + b"zz\r\nx\r\n0\r\n\r\n"),
    "a chunk that is cut": Raw(CHUNKED + b"5\r\nabc"),
    "a chunk without its end": Raw(CHUNKED + b"1\r\nxyz\r\n0\r\n\r\n"),
    "a length that is not reached": Raw(OK + b"Content-Length: 9\r\n\r\nabc"),
    "a gzip bomb": http_sink.Reply(200, BOMB, {"Content-Encoding": "gzip"}),
    "a gzip bomb packed for the way": Raw(
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n%x\r\n" % len(BOMB) + BOMB + b"\r\n0\r\n\r\n"
    ),
    "a deflate bomb": http_sink.Reply(
        200, zlib.compress(bytes(50_000_000)), {"Content-Encoding": "deflate"}
    ),
    "a bomb in a bomb": http_sink.Reply(
        200, gzip.compress(BOMB), {"Content-Encoding": "gzip, gzip"}
    ),
}
"""A status comes, and then a body that no document and no confirmation is."""

NONSENSE: Mapping[str, Behaviour] = {
    "another protocol": Raw(b"220 mail.example ESMTP\r\n"),
    "TLS": Raw(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(100)),
    "HTTP/2": Raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    "zeros": Raw(bytes(100_000)),
    "a body alone": Raw(b"<html>hello</html>"),
    "a status of words": Raw(b"HTTP/1.1 OK\r\n\r\n"),
    "a status of four digits": Raw(b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
    "a negative length": Raw(OK + b"Content-Length: -1\r\n\r\nx"),
    "two lengths": Raw(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "a header without a colon": Raw(OK + b"no colon\r\n\r\n"),
    "a header of 2 MB": http_sink.Reply(headers={"X-A": "x" * 2_000_000}),
    "20,000 headers": http_sink.Reply(headers={f"X-{n}": "x" * 100 for n in range(20_000)}),
}


async def bounded(
    doors: Sequence[Door], behaviour: Behaviour, within: float = WITHIN
) -> list[Outcome]:
    """How it ended at each; fails when that took too long or too much memory.

    The servers' own is counted too.
    """
    tracemalloc.start()
    try:
        ends = await asyncio.gather(*(timed(door, behaviour, within) for door in doors))
        assert tracemalloc.get_traced_memory()[1] < LARGEST_PEAK
    finally:
        tracemalloc.stop()
    return ends


async def timed(door: Door, behaviour: Behaviour, within: float) -> Outcome:
    async with HttpSink() as sink:
        sink.answer(behaviour)
        began = time.monotonic()
        outcome = await door(sink.url(), within, None)
        assert time.monotonic() - began < within + SLACK
    return outcome


@pytest.mark.parametrize("name", ENDLESS)
async def test_what_never_becomes_an_answer(name: str, tally: Tally) -> None:
    for outcome in await bounded(DOORS, ENDLESS[name]):
        assert isinstance(outcome, Failure), outcome
        assert outcome.kind in {FailureKind.TIMEOUT, FailureKind.INVALID_ANSWER}
        assert outcome.sent
        tally.add("answers that never come", name, refused=1)


@pytest.mark.parametrize("name", BODIES)
async def test_what_is_no_body(name: str, tally: Tally) -> None:
    for outcome in await bounded(READERS, BODIES[name]):
        assert isinstance(outcome, Failure), outcome
        assert outcome.kind in {
            FailureKind.TIMEOUT,
            FailureKind.TOO_LARGE,
            FailureKind.INVALID_ANSWER,
            FailureKind.RESET,
        }
        tally.add("answers whose body will not do", name, refused=1)


@pytest.mark.parametrize("name", BODIES)
async def test_a_webhooks_status_counts_and_its_body_is_left_alone(name: str) -> None:
    """At most 1,024 bytes of it are read, for the record."""
    [outcome] = await bounded([webhook], BODIES[name], LONG_ENOUGH)
    if isinstance(outcome, Answer):
        assert outcome.status == 200
        assert len(outcome.head) <= 1024
    else:
        assert isinstance(outcome, Failure)
        assert outcome.kind is FailureKind.INVALID_ANSWER


@pytest.mark.parametrize("name", NONSENSE)
async def test_what_is_not_http(name: str, tally: Tally) -> None:
    for outcome in await bounded(DOORS, NONSENSE[name], within=LONG_ENOUGH):
        assert isinstance(outcome, Failure), outcome
        assert outcome.kind in {FailureKind.INVALID_ANSWER, FailureKind.RESET}
        tally.add("answers that are not HTTP", name, refused=1)


REUSED: Mapping[str, bytes] = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": INTERIM,
    "103 twice": INTERIM * 2,
    "199": b"HTTP/1.1 199 Any\r\nX-A: b\r\n\r\n",
}


@dataclass(frozen=True, slots=True)
class Interim:
    """An interim answer, a moment later the answer itself."""

    first: bytes
    body: bytes

    async def __call__(self, connection: Connection) -> None:
        await connection.send(self.first)
        await asyncio.sleep(0.05)
        await connection.send(OK + b"Content-Length: %d\r\n\r\n" % len(self.body) + self.body)


@pytest.mark.parametrize("name", REUSED)
async def test_an_interim_answer_is_not_the_answer_nor_is_what_follows_the_next_ones(
    name: str,
) -> None:
    async with HttpSink() as sink, open_session(allow_private=True, connections=1) as session:
        pool = BlockingPool(sink.url(""), connections=1, connect_timeout=1)
        for reader in ("sync", "async"):
            sink.answer(*(Interim(REUSED[name], body) for body in (b"1", b"2", b"3")))
            for body in (b"1", b"2", b"3"):
                if reader == "sync":
                    outcome = await in_a_thread(pool, "/", LONG_ENOUGH)
                    assert isinstance(outcome, Reply)
                    assert outcome.body == body
                else:
                    posted = await post_following(session, sink.url(), b"{}", {})
                    assert isinstance(posted, Answer)
                    assert posted.head == body
        pool.close()


UNUSABLE: Mapping[str, Behaviour] = {
    "switching protocols": Raw(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x00"),
    "too large": http_sink.Reply(200, b"x" * (MAX_BYTES + 1)),
    "packed": http_sink.Reply(200, b"x", {"Content-Encoding": "br"}),
    "without end": BODIES["a body without end"],
    "dripping": Drip(body=b"x" * 1000),
    "broken off": Raw(OK + b"Content-Length: 9\r\n\r\nabc"),
    "nonsense": Raw(b"nonsense\r\n\r\n"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_answer_that_will_not_do_costs_no_place_in_the_pool(
    name: str, tally: Tally
) -> None:
    async with HttpSink() as sink:
        sink.answer(*[UNUSABLE[name]] * 3, http_sink.Reply(200, b"fine"))
        pool = BlockingPool(sink.url(""), connections=1, connect_timeout=1)
        for _ in range(3):
            assert isinstance(await in_a_thread(pool, "/", WITHIN), Failure)
        fine = await in_a_thread(pool, "/", LONG_ENOUGH)
        pool.close()
    assert isinstance(fine, Reply)
    assert fine.body == b"fine"
    tally.add("answers whose body will not do", f"one after the other: {name}", tried=3, refused=3)
