"""A marketplace on a real socket, on either engine, for all tests of a module; its clients."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio

from smartcart.client import OrdersClient, Retries
from smartcart.contract.vocabulary import DEFAULT_VENDOR
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import minting
from tests.contract.generated import generated
from tests.contract.published import Json
from tests.support.market_server import Caller, serving, settings
from tests.support.market_shop import Shop
from tests.support.marketplace import a_merchant, add_merchant, opened
from tests.support.postgres import fresh_database
from tests.unit.client.flavours import Flavour


@dataclass(frozen=True, slots=True)
class Market:
    """A running Orders API; every test adds shops of its own."""

    url: str
    database: Database

    @asynccontextmanager
    async def shop(self, **changes: object) -> AsyncIterator[Shop]:
        merchant = a_merchant(minting.identifier(), **changes)
        token = await add_merchant(self.database, merchant, ("A", "B", "C"))
        async with Caller(self.url, token) as caller:
            yield Shop(self.database, merchant, token, caller)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgres"])
async def market(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Market]:
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('market') / 'market.db'}"
        else:
            server = request.getfixturevalue("postgres_server")
            url = await stack.enter_async_context(fresh_database(server))
        database = await stack.enter_async_context(opened(url))
        served = await stack.enter_async_context(serving(app.web(settings(url), database)))
        yield Market(served, database)


@pytest_asyncio.fixture(loop_scope="module")
async def shop(market: Market) -> AsyncIterator[Shop]:
    """A shop that nobody else knows."""
    async with market.shop() as opened_shop:
        yield opened_shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours(market: Market) -> dict[str, Json]:
    """What the marketplace writes of every kind of order."""
    async with market.shop(set_as_ready_required=True) as opened_shop:
        return await generated(opened_shop)


def client_of(
    flavour: Flavour,
    url: str,
    token: str,
    *,
    vendor: str = DEFAULT_VENDOR,
    retries: Retries | None = None,
) -> AbstractAsyncContextManager[OrdersClient]:
    """A patient one, without retries unless told: what takes long here is the machine."""
    return flavour.open(
        url,
        token,
        vendor=vendor,
        timeout=30,
        connect_timeout=10,
        upload_timeout=30,
        retries=retries,
    )


@pytest.fixture(params=[False, True], ids=["async", "sync"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(sync=request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def client(flavour: Flavour, shop: Shop) -> AsyncIterator[OrdersClient]:
    """The shop's, of both kinds, one after the other."""
    async with client_of(flavour, shop.caller.url, shop.token) as opened_client:
        yield opened_client
