from collections.abc import AsyncIterator

import pytest

from smartcart.client import OrdersClient
from tests.support.http_sink import HttpSink
from tests.unit.client.flavours import Flavour


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture(params=[False, True], ids=["async", "sync"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(sync=request.param)


@pytest.fixture
async def client(flavour: Flavour, sink: HttpSink) -> AsyncIterator[OrdersClient]:
    """Of both kinds, one after the other."""
    async with flavour.open(sink.url("")) as client:
        yield client
