"""Our own clients against our own server: every refusal and failure is its exception."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
import pytest_asyncio

from smartcart.client import (
    FetchedOrder,
    OrdersClient,
    Retries,
    ServerFailed,
    Unavailable,
    uploads,
)
from smartcart.contract.vocabulary import MAX_INVOICE_BYTES
from smartcart.marketplace import app
from smartcart.marketplace.sandbox.demo import codes
from tests.contract.client_calls import CALLS, RAISED, raised, tried
from tests.contract.conftest import Market, client_of
from tests.contract.refusals import Refusal, attempts, call, tabled
from tests.support.market_server import serving, settings
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import acceptance_of, opened
from tests.support.postgres import fresh_database
from tests.support.proving import proves
from tests.support.proxy import Proxy, proxied
from tests.unit.client.flavours import Flavour

pytestmark = pytest.mark.asyncio(loop_scope="module")


@proves("transport.error-shape", "transport.unauthorized", "transport.not-acceptable")
@proves("transport.tool-off", "transport.tool-off-status", "transport.others-order-is-unknown")
async def test_every_refusal_arrives_as_its_exception(
    market: Market, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that the table of operations tells of, and nothing else."""
    # Else the client would not send what the marketplace finds too large.
    monkeypatch.setattr(uploads, "MAX_INVOICE_BYTES", 2 * MAX_INVOICE_BYTES)
    found: set[Refusal] = set()
    async for each in attempts(market):
        async with client_of(flavour, market.url, each.sender, vendor=each.vendor) as client:
            error = await raised(client, each)
        status, [item] = error.status, error.errors
        assert status is not None
        [message] = item.messages
        assert type(error) is RAISED[status]
        assert (error.code, error.messages) == (item.code, item.messages)
        assert error.retry_after == (10 if status == 429 else None)
        assert error.request_id is None
        found.add((each.operation.name, status, item.code, message))
    assert found == tabled()


@pytest.mark.parametrize("code", codes())
async def test_every_call_on_every_demo_order(shop: Shop, client: OrdersClient, code: str) -> None:
    """The client tells what was answered; `test_sandbox` knows what that is."""
    [line, *_] = (await client.get(code)).order.line_items
    for each in tried(shop, code, [{"id": line.id, "reason_id": 1}]):
        answer = await call(each)
        if answer.status == 200:
            result = await CALLS[each.operation.name](client, each)
            exchange = result.exchange if isinstance(result, FetchedOrder) else result
            assert exchange.response_body == answer.body
        else:
            error = await raised(client, each)
            assert type(error) is RAISED[answer.status]
            assert (error.status, error.code, *error.messages) == answer.refusal


class Breakable(NamedTuple):
    """A marketplace whose database can be taken away."""

    shop: Shop
    proxy: Proxy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def breakable(postgres_server: str) -> AsyncIterator[Breakable]:
    async with (
        fresh_database(postgres_server) as url,
        proxied(url) as (proxy, through),
        opened(through) as database,
        serving(app.web(settings(through), database)) as served,
        Market(served, database).shop() as shop,
    ):
        yield Breakable(shop, proxy)


@asynccontextmanager
async def away(proxy: Proxy) -> AsyncIterator[None]:
    await proxy.stop()
    try:
        yield
    finally:
        await proxy.start()


async def test_without_its_database_it_takes_no_call(
    breakable: Breakable, flavour: Flavour
) -> None:
    shop, proxy = breakable
    order = await shop.ordered()
    async with client_of(flavour, shop.caller.url, shop.token) as client:
        async with away(proxy):
            for each in tried(shop, order.code, []):
                error = await raised(client, each)
                assert type(error) is Unavailable
                assert (error.status, error.code) == (503, "unavailable")
                assert error.messages == ("Try again in a moment.",)
                assert (error.retry_after, error.request_id) == (1, None)
        assert (await client.get(order.code)).order.state == "open"


async def test_a_database_that_comes_back_is_waited_for(
    breakable: Breakable, flavour: Flavour
) -> None:
    shop, proxy = breakable
    order = await shop.ordered()
    async with client_of(flavour, shop.caller.url, shop.token, retries=Retries()) as client:
        async with away(proxy):
            accepting = asyncio.create_task(client.accept(order.code, acceptance_of(order)))
            await asyncio.sleep(0.3)
            assert not accepting.done()
        assert (await accepting).response_body == SUCCESS


async def test_a_commit_of_which_nobody_knows_is_an_answer_lost(
    breakable: Breakable, flavour: Flavour
) -> None:
    """It is not repeated, and the order tells that it was carried out."""
    shop, proxy = breakable
    order = await shop.ordered()
    proxy.swallow_answer_to(lambda sent: b"commit\0" in sent)
    async with client_of(flavour, shop.caller.url, shop.token, retries=Retries()) as client:
        with pytest.raises(ServerFailed) as caught:
            await client.accept(order.code, acceptance_of(order))
        error = caught.value
        assert (error.status, error.code) == (500, "internal_error")
        assert error.request_id is not None
        assert error.messages == (f"Request {error.request_id} failed.",)
        assert (await client.get(order.code)).order.state == "accepted"
