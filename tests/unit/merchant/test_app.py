"""The merchant as it is put together: it starts, serves, resumes, and stops within seconds."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace

from smartcart.kit.database import components
from smartcart.kit.loop import run_until_stopped
from smartcart.kit.serving import PortTaken, listen
from smartcart.kit.settings import Secret
from smartcart.merchant.app import assembled
from smartcart.merchant.settings import MerchantSettings
from tests.support.order_documents import event, line, order, without_options
from tests.support.orders_api import TOKEN, Answer, OrdersApi
from tests.support.ports import free_port
from tests.support.searching import kept

SECRET = "not-to-be-guessed"
CODE = "260501-0000001"


@pytest.fixture
def settings(api: OrdersApi, tmp_path: Path) -> MerchantSettings:
    (tmp_path / "stock.csv").write_text("id,quantity\n1001,5\n")
    return MerchantSettings(
        database=str(tmp_path / "merchant.db"),
        port=free_port(),
        webhook_secret=Secret(SECRET),
        api_url=api.url,
        api_token=Secret(TOKEN),
        stock_csv=tmp_path / "stock.csv",
        print_folder=tmp_path / "prints",
        dashboard_key=Secret("key"),
        development=True,
        retry_base_seconds=0.05,
    )


@asynccontextmanager
async def running(settings: MerchantSettings) -> AsyncIterator[ClientSession]:
    stop = asyncio.Event()
    url = f"http://127.0.0.1:{settings.port}"
    async with ClientSession(url) as session, assembled(settings) as roles:
        program = asyncio.create_task(run_until_stopped(roles, stop=stop))
        try:
            yield session
        finally:
            stop.set()
            await program


async def send(session: ClientSession, body: bytes) -> int:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    async with session.post(f"/webhook/{SECRET}", data=body, headers=headers) as answer:
        return answer.status


async def shown(session: ClientSession, path: str) -> Any:
    headers = {"Authorization": "Bearer key"}
    async with session.get(f"/dashboard/{path}", headers=headers) as answer:
        return await answer.json()


async def until_status(session: ClientSession, status: str) -> None:
    async with asyncio.timeout(60):
        while await current_status(session) != status:
            await asyncio.sleep(0.02)


async def current_status(session: ClientSession) -> str | None:
    summary = (await shown(session, f"orders/{CODE}")).get("summary")
    return summary and str(summary["status"])


async def test_it_takes_an_order_from_webhook_to_print(
    settings: MerchantSettings, api: OrdersApi
) -> None:
    start = datetime.now(UTC)
    api.orders[CODE] = order(CODE, line("1001", 2))
    async with running(settings) as session:
        assert await send(session, event(api.orders[CODE], start, "new_order")) == 200
        await until_status(session, "accepted")
        last = without_options(api.orders[CODE], "accepted", courier_voucher=api.voucher("v.pdf"))
        assert await send(session, event(last, start + timedelta(seconds=1))) == 200
        async with asyncio.timeout(60):
            while not (await shown(session, f"orders/{CODE}"))["prints"]:
                await asyncio.sleep(0.02)
    assert len(list(settings.print_folder.iterdir())) == 1


async def test_it_resumes_what_it_was_stopped_in(
    settings: MerchantSettings, api: OrdersApi
) -> None:
    api.orders[CODE] = order(CODE, line("1001", 2))
    api.faults.extend([Answer(500)] * 1_000)
    async with running(settings) as session:
        await send(session, event(api.orders[CODE], datetime.now(UTC), "new_order"))
        await until_status(session, "accepting")
    api.faults.clear()
    async with running(settings) as session:
        await until_status(session, "accepted")
    assert api.accepts == [CODE]


async def test_it_stops_within_seconds_while_a_call_hangs(
    settings: MerchantSettings, api: OrdersApi
) -> None:
    async with await asyncio.start_server(_hang, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with running(replace(settings, api_url=url)) as session:
            await send(session, event(order(CODE), datetime.now(UTC), "new_order"))
            await until_status(session, "accepting")
            await asyncio.sleep(0.1)
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 8


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.read(65_536):
            pass
    finally:
        writer.close()


async def test_without_a_stock_it_says_so_and_holds_every_order(
    settings: MerchantSettings, api: OrdersApi, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with running(replace(settings, stock_csv=None)) as session:
            await send(session, event(order(CODE), datetime.now(UTC), "new_order"))
            await until_status(session, "held")
    assert "every order will be held" in caplog.text


async def test_customers_are_forgotten_when_their_time_is_over(
    settings: MerchantSettings, api: OrdersApi
) -> None:
    cancelled = without_options(order(CODE), "cancelled")
    async with running(settings) as session:
        await send(session, event(cancelled, datetime.now(UTC)))
        await until_status(session, "cancelled")
        await asyncio.sleep(0.2)
        assert await kept(settings.database, ["Παπαδάκη"]) == {"Παπαδάκη": {"document.body"}}
    moment = timedelta(seconds=0.1) / timedelta(days=1)
    async with running(replace(settings, personal_data_days=moment)) as session:
        async with asyncio.timeout(60):
            while await kept(settings.database, ["Παπαδάκη"]):
                await asyncio.sleep(0.02)
        assert await current_status(session) == "cancelled"


async def test_it_is_watched(settings: MerchantSettings, api: OrdersApi) -> None:
    port = free_port()
    api.orders[CODE] = order(CODE)
    async with running(replace(settings, watch_port=port)) as session:
        await send(session, event(api.orders[CODE], datetime.now(UTC), "new_order"))
        await until_status(session, "accepted")
        async with session.get("/readyz") as answer:
            assert await answer.json() == {"ready": True}
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            figures = (await answer.text()).splitlines()
    delivered = 'error="none",outcome="delivered",queue="events"'
    assert f"smartcart_outbox_attempts_total{{{delivered}}} 1.0" in {
        re.sub(r"{(.*)}", _sorted_labels, line) for line in figures
    }


def _sorted_labels(found: re.Match[str]) -> str:
    return "{" + ",".join(sorted(found[1].split(","))) + "}"


async def test_a_stock_that_comes_later_is_taken_over(
    settings: MerchantSettings, api: OrdersApi, tmp_path: Path
) -> None:
    api.orders[CODE] = order(CODE)
    later = tmp_path / "later.csv"
    async with running(replace(settings, stock_csv=later, stock_refresh_seconds=0.05)) as session:
        await send(session, event(api.orders[CODE], datetime.now(UTC), "new_order"))
        await until_status(session, "held")
        later.write_text("id,quantity\n1001,5\n")
        await until_status(session, "accepted")


async def test_a_stock_that_goes_holds_orders_until_it_is_back(
    settings: MerchantSettings, api: OrdersApi, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api.orders[CODE] = order(CODE)
    there = tmp_path / "there.csv"
    there.write_text("id,quantity\n1001,5\n")
    async with running(replace(settings, stock_csv=there, stock_refresh_seconds=0.05)) as session:
        away = there.rename(tmp_path / "away.csv")
        async with asyncio.timeout(60):
            while "orders wait" not in caplog.text:
                await asyncio.sleep(0.01)
        await send(session, event(api.orders[CODE], datetime.now(UTC), "new_order"))
        await until_status(session, "held")
        away.rename(there)
        await until_status(session, "accepted")


async def test_a_port_that_is_taken_is_told_before_anything_is_opened(
    settings: MerchantSettings,
) -> None:
    with listen("127.0.0.1", settings.port), pytest.raises(PortTaken):
        async with assembled(settings):
            pass
    assert await components(settings.database) == frozenset()
