"""Name servers that change their answer: what was checked is what is connected to."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from aiohttp import ClientSession, TCPConnector

from smartcart.kit.egress import (
    Answer,
    Document,
    Failure,
    FailureKind,
    fetch,
    open_session,
    post_following,
)
from smartcart.kit.egress.blocking import BlockingPool
from tests.security.observed import connects
from tests.security.sessions import PUBLIC, public_session
from tests.security.tally import Tally
from tests.support.http_sink import HttpSink, redirect
from tests.support.names import NOWHERE, ScriptedNames, SilentNames

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs more than one loopback address"
)
PART = "names that resolve to"
INSIDE = ("127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1")


def forget_names(session: ClientSession) -> None:
    """As time does with what a name server said."""
    assert isinstance(session.connector, TCPConnector)
    session.connector.clear_dns_cache()


async def post(session: ClientSession, url: str) -> Answer | Failure:
    return await post_following(session, url, b"{}", {}, within=2)


async def get(session: ClientSession, url: str) -> Document | Failure:
    return await fetch(session, url, max_bytes=100, accept_types=(), within=2)


def is_refused(outcome: Answer | Document | Failure) -> bool:
    return isinstance(outcome, Failure) and outcome.kind is FailureKind.REFUSED_ADDRESS


@pytest.mark.parametrize("inside", INSIDE)
async def test_a_connection_that_is_kept_is_to_the_address_that_was_checked(inside: str) -> None:
    names = ScriptedNames([PUBLIC], [inside])
    with connects() as attempted:
        async with HttpSink(host=PUBLIC) as sink, public_session(names) as session:
            for _ in range(3):
                outcome = await post(session, sink.url(host="shop.example"))
                assert isinstance(outcome, Answer)
                assert outcome.address == PUBLIC
                forget_names(session)
    assert names.asked == ["shop.example"]  # checked and connected to: one resolution
    assert attempted == [PUBLIC]


@pytest.mark.parametrize("inside", INSIDE)
async def test_a_public_address_first_and_a_private_one_once_the_connection_is_lost(
    inside: str, tally: Tally
) -> None:
    names = ScriptedNames([PUBLIC], [inside])
    with connects() as attempted:
        async with public_session(names) as session:
            async with HttpSink(host=PUBLIC) as sink:
                url = sink.url(host="shop.example")
                assert isinstance(await post(session, url), Answer)
            await asyncio.sleep(0.05)  # until the session has heard of it
            remembered = await post(session, url)
            forget_names(session)
            asked_again = await post(session, url)
    assert isinstance(remembered, Failure)
    assert remembered.kind is FailureKind.CONNECT
    assert is_refused(asked_again)
    assert attempted == [PUBLIC, PUBLIC]
    tally.add(PART, "a public address first, then a private one", refused=1)


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("hop", [1, 2, 3])
@pytest.mark.parametrize("door", ["post", "fetch"])
async def test_a_private_address_at_a_later_hop_of_the_same_host(
    door: str, inside: str, hop: int, tally: Tally
) -> None:
    """Each hop is on another port, so that each asks for the name."""
    names = ScriptedNames(*[[PUBLIC]] * hop, [inside])
    with connects() as attempted:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(public_session(names))
            sinks = [await stack.enter_async_context(HttpSink(host=PUBLIC)) for _ in range(hop)]
            within = await stack.enter_async_context(HttpSink())
            for sink, following in pairwise([*sinks, within]):
                sink.answer(redirect(following.url("/hop", host="shop.example")))
            url = sinks[0].url(host="shop.example")
            outcome = await (post if door == "post" else get)(session, url)
            assert [len(sink.requests) for sink in sinks] == [1] * hop
            assert within.connections == 0
    assert is_refused(outcome)
    assert attempted == [PUBLIC] * hop
    tally.add(PART, f"a private address at hop {hop}", refused=1)


MIXED: tuple[Sequence[str], ...] = (
    (PUBLIC, "127.0.0.1"),
    ("127.0.0.1", PUBLIC),
    ("::1", PUBLIC, "10.0.0.1"),
    ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", PUBLIC, "fd00:ec2::254"),
    (*(f"10.0.{n // 256}.{n % 256}" for n in range(1000)), PUBLIC),
    ("fe80::1%lo", "0.0.0.0", PUBLIC),
    ("127.1", "0x7f.1", "2130706433", "localhost", "", PUBLIC),
)


@pytest.mark.parametrize("answer", MIXED)
async def test_of_many_answers_only_those_that_are_public_are_connected_to(
    answer: Sequence[str], tally: Tally
) -> None:
    with connects() as attempted:
        async with HttpSink(host=PUBLIC) as sink, public_session(ScriptedNames(answer)) as session:
            outcome = await post(session, sink.url(host="shop.example"))
    assert isinstance(outcome, Answer)
    assert outcome.address == PUBLIC
    assert {*attempted} == {PUBLIC}
    tally.add(PART, "public and private ones", tried=len(answer), refused=len(answer) - 1)


async def test_version_6_first_and_the_one_that_answers_in_the_end(tally: Tally) -> None:
    with connects() as attempted:
        names = ScriptedNames(["::1", NOWHERE, "127.0.0.1", PUBLIC])
        async with HttpSink(host=PUBLIC) as sink, public_session(names) as session:
            outcome = await post(session, sink.url(host="shop.example"))
    assert isinstance(outcome, Answer)
    assert outcome.address == PUBLIC
    assert {*attempted} - {NOWHERE} == {PUBLIC}
    tally.add(PART, "version 6 first", tried=4, refused=2)


async def test_an_answer_without_an_address() -> None:
    async with public_session(ScriptedNames([])) as session:
        outcome = await post(session, "http://shop.example/")
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.sent) == (FailureKind.NAME, False)


async def test_a_name_server_that_is_silent_is_left_alone(tally: Tally) -> None:
    began = time.monotonic()
    async with open_session(resolver=SilentNames(), connect_timeout=0.2) as session:
        posted = await post_following(session, "https://shop.example/", b"", {}, within=5)
        fetched = await fetch(session, "https://s.example/", max_bytes=1, accept_types=())
    assert isinstance(posted, Failure)
    assert isinstance(fetched, Failure)
    expected = (FailureKind.TIMEOUT, "no connection in time", False)
    assert (posted.kind, posted.detail, posted.sent) == expected
    assert (fetched.kind, fetched.detail, fetched.sent) == expected
    assert time.monotonic() - began < 4  # where each might have taken 5 seconds
    tally.add("time", "a silent name server", tried=2, refused=2)


async def test_a_hundred_names_that_hang_hold_up_no_other(
    monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """Of the system's resolver, which knows no deadline."""
    released = threading.Event()
    real = socket.getaddrinfo

    def hanging(host: str, *args: object, **options: object) -> object:
        if host.endswith(".hangs.example"):
            released.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real(host, *args, **options)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        async with (
            HttpSink() as sink,
            open_session(allow_private=True, connections=200, connect_timeout=1) as session,
        ):
            hung = [
                asyncio.create_task(post(session, f"http://n{number}.hangs.example/"))
                for number in range(100)
            ]
            await asyncio.sleep(0.1)
            outcome = await post(session, sink.url(host="localhost"))
            assert isinstance(outcome, Answer)
            assert outcome.milliseconds < 900
            kinds = {one.kind for one in await asyncio.gather(*hung) if isinstance(one, Failure)}
            assert kinds == {FailureKind.TIMEOUT}
            pool = BlockingPool("http://n.hangs.example", connections=1, connect_timeout=0.2)
            sync = await asyncio.to_thread(
                pool.exchange, "GET", "/", headers={}, body=None, within=5, max_bytes=1
            )
            pool.close()
    finally:
        released.set()
    assert isinstance(sync, Failure)
    assert (sync.kind, sync.detail) == (FailureKind.TIMEOUT, "no connection in time")
    tally.add("time", "a system's resolver that hangs", tried=101, refused=101)


HANGS_AT_THE_END = """
import asyncio, socket, time
from smartcart.kit.egress import open_session, post_following
socket.getaddrinfo = lambda *args, **options: time.sleep(60)
async def main():
    async with open_session(connect_timeout=0.1) as session:
        print((await post_following(session, "https://shop.example/", b"", {})).kind)
asyncio.run(main())
"""


def test_a_name_that_hangs_does_not_keep_a_program_from_ending() -> None:
    command = [sys.executable, "-c", HANGS_AT_THE_END]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout == "timeout\n"
