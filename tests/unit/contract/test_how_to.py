"""The examples of docs/how-to/read-a-webhook.md, run as they stand behind real servers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

import pytest
from aiohttp import ClientSession
from starlette.types import ASGIApp

from scripts.docs.markdown import Document
from smartcart.contract.examples import example
from tests.support.market_server import serving

PAGE = Path(__file__).parents[3] / "docs/how-to/read-a-webhook.md"
EVENT = example("event_new_order")


def executed(number: int) -> dict[str, object]:
    """What the page's example leaves behind."""
    blocks = [block.text for block in Document.read(PAGE).examples()]
    left: dict[str, object] = {}
    exec(compile(blocks[number], f"{PAGE.name}, example {number}", "exec"), left)
    return left


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@contextmanager
def served(application: WSGIApplication) -> Iterator[str]:
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def answers(url: str) -> list[tuple[int, str]]:
    async with ClientSession() as session:
        found = []
        for body in (EVENT, b"hello", b'{"event_type":"new_order"}'):
            async with session.post(f"{url}/webhook", data=body) as response:
                found.append((response.status, (await response.text()).partition(":")[0]))
        return found


EXPECTED = [(200, ""), (400, "The document is not JSON"), (400, "event_time")]


def printed_of_the_event() -> str:
    return f"new_order 260312-0004217 open {len(EVENT)}\n"


def test_behind_wsgi(capsys: pytest.CaptureFixture[str]) -> None:
    with served(cast("WSGIApplication", executed(0)["application"])) as url:
        assert asyncio.run(answers(url)) == EXPECTED
    assert capsys.readouterr().out == printed_of_the_event()


async def test_behind_asgi(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(cast("ASGIApp", executed(1)["application"])) as url:
        assert await answers(url) == EXPECTED
    assert capsys.readouterr().out == printed_of_the_event()


def test_what_an_event_says(capsys: pytest.CaptureFixture[str]) -> None:
    executed(2)
    assert capsys.readouterr().out.splitlines() == [
        "260312-0004217 open 3195",
        "41 2026-03-12T15:00:00+02:00 2026-03-12T18:00:00+02:00",
        "42 2026-03-13T10:00:00+02:00 2026-03-13T12:00:00+02:00",
        "43 2026-03-13T12:00:00+02:00 2026-03-13T15:00:00+02:00",
        "44 2026-03-16T10:00:00+02:00 2026-03-16T12:00:00+02:00",
        "2019-12-03T15:00:00+02:00",
    ]
