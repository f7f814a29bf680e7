"""The client of `bench.orders_api` counts right answers and refuses wrong ones."""

from itertools import repeat

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.http_load import Exchange, rate
from tests.support.market_server import serving

LONG = "x" * 200_000


class Server:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        status = int(request.query_params.get("status", "200"))
        return JSONResponse({"order": LONG}, status)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self.answer)])


def exchange(path: str = "/", begins: bytes = b'{"order":"x') -> Exchange:
    return Exchange(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode(), begins)


async def test_every_exchange_is_made_once() -> None:
    server = Server()
    async with serving(server.app()) as url:
        asked = await rate(_port(url), iter([exchange()] * 50), connections=8, seconds=20)
    assert server.asked == 50
    assert asked > 0


async def test_time_ends_it() -> None:
    async with serving(Server().app()) as url:
        assert await rate(_port(url), repeat(exchange()), connections=2, seconds=0.05) > 0


@pytest.mark.parametrize("wrong", [exchange("/?status=500"), exchange(begins=b'{"order":{')])
async def test_a_wrong_answer_is_an_error(wrong: Exchange) -> None:
    async with serving(Server().app()) as url:
        with pytest.raises(ValueError, match="a wrong answer"):
            await rate(_port(url), iter([wrong]), connections=1, seconds=5)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
