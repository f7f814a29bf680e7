"""A program served inside an event loop of ours: where it listens, how it stops."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from smartcart.kit.serving import PortTaken, listen, serve


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def slow(_request: Request) -> Response:
    await asyncio.sleep(0.5)
    return PlainTextResponse("done")


async def endless(_request: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.02)

    return StreamingResponse(chunks())


APP = Starlette(
    routes=[Route("/", hello), Route("/slow", slow), Route("/endless", endless)],
)


class Served:
    """`APP` on a free port until it is told to stop."""

    def __init__(self) -> None:
        self.listener = listen("127.0.0.1", 0)
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(serve(APP, self.listener, self.stop))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    program = Served()
    yield program
    program.stop.set()
    await program.task
    program.listener.close()


async def test_it_answers_until_it_is_told_to_stop(served: Served) -> None:
    async with ClientSession() as session:
        async with session.get(served.url) as answer:
            assert (answer.status, await answer.text()) == (200, "hello")
            assert "server" not in answer.headers
        served.stop.set()
        async with asyncio.timeout(1):
            await served.task
        with pytest.raises(OSError, match="Connect call failed"):
            await session.get(served.url)


async def test_a_request_that_is_open_is_finished(served: Served) -> None:
    async with ClientSession() as session:
        answering = asyncio.create_task(session.get(f"{served.url}/slow"))
        await asyncio.sleep(0.2)
        served.stop.set()
        async with await answering as answer:
            assert await answer.text() == "done"


async def test_an_answer_without_end_does_not_keep_it_from_stopping(served: Served) -> None:
    async with ClientSession() as session, session.get(f"{served.url}/endless") as answer:
        assert await answer.content.read(1) == b"x"
        served.stop.set()
        async with asyncio.timeout(4):
            await served.task


def test_answers_leave_at_once() -> None:
    """Not when the peer acknowledges what came before: 40 ms later, on a kept connection."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_named_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            listen("127.0.0.1", port)
    assert str(taken.value) == (
        f"cannot listen on 127.0.0.1:{port} (Address already in use); "
        "stop the program that listens there, or choose another host or port"
    )


def test_a_host_there_is_not() -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on nowhere\.invalid:8700"):
        listen("nowhere.invalid", 8700)


def test_port_0_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as one, listen("127.0.0.1", 0) as other:
        assert 0 < one.getsockname()[1] != other.getsockname()[1] > 0
