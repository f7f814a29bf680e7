"""Two shops in one process beside our marketplace: both flows, and trouble that stays one's own."""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support.ports import free_port
from tests.support.postgres import fresh_database
from tests.support.programs import (
    Json,
    Program,
    add_merchant,
    cart,
    feed,
    stock_csv,
)
from tests.support.proxy import proxied
from tests.support.searching import kept

ATHENS, PATRAS = "athens", "patras"
SHOPS = (ATHENS, PATRAS)
PUBLISHED = {"1001": 20, "1002": 20}
SHELVES = {ATHENS: {"1001": 9, "1002": 1}, PATRAS: {"1001": 1, "1002": 9}}


@dataclass(frozen=True)
class Town:
    """A marketplace with two merchants, and one program that is both."""

    folder: Path
    marketplace: Program
    merchants: Program
    session: ClientSession
    panel_key: str
    keys: dict[str, str]
    secrets: dict[str, str]
    tokens: dict[str, str]
    watch_url: str
    databases: dict[str, str]

    async def place(self, shop: str, **quantities: int) -> str:
        body = cart(quantities, shop)
        [code] = (await self._call(f"{self.marketplace.url}/panel/carts", self.panel_key, body))[
            "codes"
        ]
        return str(code)

    async def state(self, code: str) -> str:
        shown = await self._call(f"{self.marketplace.url}/panel/orders/{code}", self.panel_key)
        return str(shown["order"]["state"])

    async def dashboard(self, shop: str, path: str) -> Json:
        return await self._call(f"{self.merchants.url}/dashboard/{path}", self.keys[shop])

    async def codes(self, shop: str) -> set[str]:
        return {one["code"] for one in (await self.dashboard(shop, "orders"))["orders"]}

    async def until_printed(self, shop: str, code: str) -> None:
        async with asyncio.timeout(60):
            while code not in await self.codes(shop):
                await asyncio.sleep(0.05)
            while not (await self.dashboard(shop, f"orders/{code}"))["prints"]:
                await asyncio.sleep(0.05)

    async def until_state(self, code: str, state: str) -> None:
        async with asyncio.timeout(60):
            while await self.state(code) != state:
                await asyncio.sleep(0.05)

    async def status(self, path: str, key: str = "", body: bytes | None = None) -> int:
        method = "GET" if body is None else "POST"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        url = f"{self.merchants.url}{path}"
        async with self.session.request(method, url, data=body, headers=headers) as answer:
            return answer.status

    async def figures(self) -> list[str]:
        async with self.session.get(f"{self.watch_url}/metrics") as answer:
            return (await answer.text()).splitlines()

    def requests(self, lines: list[str], operation: str, status: str, shop: str = "") -> float:
        """How many were answered so, by these figures; without a shop, those of none."""
        labels = {"operation": operation, "status": status} | ({"shop": shop} if shop else {})
        told = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
        begins = f"smartcart_http_request_seconds_count{{{told}}} "
        return sum(float(one.removeprefix(begins)) for one in lines if one.startswith(begins))

    def prints(self, shop: str) -> int:
        folder = self.folder / "vouchers" / shop
        return len(list(folder.iterdir())) if folder.exists() else 0

    def log(self) -> list[Any]:
        lines = self.merchants.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def _call(self, url: str, key: str, body: Json | None = None) -> Json:
        method = "GET" if body is None else "POST"
        headers = {"Authorization": f"Bearer {key}"}
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            found: Json = await answer.json()
            assert answer.ok, (url, answer.status, found)
            return found


@asynccontextmanager
async def founded(folder: Path, **settings: dict[str, object]) -> AsyncIterator[Town]:
    """Both programs configured; `settings` of a shop come beside its usual ones."""
    panel_key = secrets.token_urlsafe(24)
    ports = [free_port() for _ in range(3)]
    market_url, shops_url, watch_url = (f"http://127.0.0.1:{port}" for port in ports)
    environment = {
        "SMARTCART_MARKETPLACE_DATABASE": str(folder / "marketplace.db"),
        "SMARTCART_MARKETPLACE_PORT": str(ports[0]),
        "SMARTCART_MARKETPLACE_PANEL_KEY": panel_key,
        "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
        "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1,3,8",
    }
    (folder / "feed.xml").write_text(feed(PUBLISHED), encoding="utf-8")
    webhook_secrets = {shop: secrets.token_urlsafe(24) for shop in SHOPS}
    keys = {shop: secrets.token_urlsafe(24) for shop in SHOPS}
    tokens = {
        shop: await add_merchant(
            environment, f"{shops_url}/webhook/{webhook_secrets[shop]}", folder / "feed.xml", shop
        )
        for shop in SHOPS
    }
    common = {
        "port": ports[1], "watch_port": ports[2], "api_url": market_url, "development": True,
        "log_format": "json", "print_folder": str(folder / "vouchers"), "reread_minutes": 0.02,
    }  # fmt: skip
    text = f"[merchant]\n{in_toml(common)}"
    databases = {}
    for shop in SHOPS:
        shelf = folder / f"{shop}.csv"
        shelf.write_text(stock_csv(SHELVES[shop]), encoding="utf-8")
        own: dict[str, object] = {
            "database": str(folder / f"{shop}.db"),
            "print_folder": str(folder / "vouchers" / shop),
            "webhook_secret": webhook_secrets[shop],
            "api_token": tokens[shop],
            "dashboard_key": keys[shop],
            "stock_csv": str(shelf),
        }
        own |= settings.get(shop, {})
        databases[shop] = str(own["database"])
        text += f"\n[merchant.shops.{shop}]\n{in_toml(own)}"
    (folder / "shops.toml").write_text(text, encoding="utf-8")
    async with ClientSession() as session:
        yield Town(
            folder,
            Program("marketplace", environment, market_url, folder / "marketplace.log"),
            Program(
                "merchant",
                {"SMARTCART_CONFIG": str(folder / "shops.toml")},
                shops_url,
                folder / "merchant.log",
            ),
            session,
            panel_key,
            keys,
            webhook_secrets,
            tokens,
            watch_url,
            databases,
        )


def in_toml(values: dict[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@asynccontextmanager
async def open_for_business(folder: Path, **settings: dict[str, object]) -> AsyncIterator[Town]:
    async with founded(folder, **settings) as town:
        started = []
        try:
            for program in (town.marketplace, town.merchants):
                await program.start()
                started.append(program)
                await program.ready(town.session)
            yield town
        finally:
            for program in reversed(started):
                await program.stop()


@pytest.fixture(params=["sqlite", "postgres"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    if request.param == "sqlite":
        async with open_for_business(tmp_path) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgres_server")
    async with fresh_database(server) as one, fresh_database(server) as other:
        places: dict[str, dict[str, object]] = {
            ATHENS: {"database": one},
            PATRAS: {"database": other},
        }
        async with open_for_business(tmp_path, **places) as opened:
            yield opened


@pytest.fixture
async def town_of_files(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_for_business(tmp_path) as opened:
        yield opened


async def test_each_shop_answers_its_own_orders_from_its_own_stock(town: Town) -> None:
    # What one has, the other lacks: each accepts one order and has one reissued for less.
    whole = {ATHENS: await town.place(ATHENS, **{"1001": 3})}
    whole[PATRAS] = await town.place(PATRAS, **{"1002": 3})
    short = {ATHENS: await town.place(ATHENS, **{"1001": 1, "1002": 3})}
    short[PATRAS] = await town.place(PATRAS, **{"1001": 3, "1002": 1})
    for shop in SHOPS:
        await town.until_printed(shop, whole[shop])
        await town.until_state(short[shop], "rejected")
        await town.until_printed(shop, f"{short[shop]}-1")

    for shop in SHOPS:
        assert await town.codes(shop) == {whole[shop], short[shop], f"{short[shop]}-1"}
        assert town.prints(shop) == 2
        assert set(await kept(town.databases[shop], whole.values())) == {whole[shop]}
    taken = {shop: (await town.dashboard(shop, "stock"))["stock"] for shop in SHOPS}
    assert {
        shop: {row["shop_uid"]: row["reserved"] for row in rows} for shop, rows in taken.items()
    } == {ATHENS: {"1001": 4, "1002": 1}, PATRAS: {"1001": 1, "1002": 4}}

    await keys_tell_them_apart(town)
    await figures_have_their_names(town)
    await town.merchants.stop()
    told = {line["shop"] for line in town.log() if "shop" in line}
    assert told == set(SHOPS)
    read = [line.get("shop") for line in town.log() if line["message"] == "stock taken over"]
    assert read == [*SHOPS]
    hidden = (*town.keys.values(), *town.secrets.values(), *town.tokens.values())
    for shop in SHOPS:
        assert await kept(town.databases[shop], hidden) == {}
    assert not [one for one in hidden if one in town.merchants.log.read_text()]


async def keys_tell_them_apart(town: Town) -> None:
    assert await town.status("/dashboard/orders", town.keys[ATHENS]) == 200
    assert await town.status("/dashboard/orders", "nobody's") == 401
    assert await town.status("/webhook/not-to-be-guessed-at-all", body=b"{}") == 403
    assert await town.status(f"/webhook/{town.secrets[PATRAS]}", body=b"{}") == 200
    assert await town.status(f"/webhook/{town.secrets[PATRAS]}") == 405
    assert await town.status("/nothing", town.keys[ATHENS]) == 404


async def figures_have_their_names(town: Town) -> None:
    lines = await town.figures()
    delivered = [one for one in lines if one.startswith("smartcart_outbox_attempts_total")]
    assert {shop for shop in SHOPS if any(f'shop="{shop}"' in one for one in delivered)} == set(
        SHOPS
    )
    assert all("shop=" in one for one in delivered)
    assert [one for one in lines if one.startswith("# TYPE smartcart_outbox_entries ")] == [
        "# TYPE smartcart_outbox_entries gauge"
    ]
    assert sum(one.startswith("smartcart_build_info") for one in lines) == 1
    assert [shop for shop in SHOPS if town.requests(lines, "stock", "200", shop) == 1] == [*SHOPS]
    assert town.requests(lines, "receive", "403") == 1
    assert town.requests(lines, "receive", "405", PATRAS) == 1
    assert town.requests(lines, "orders", "401") == 1
    assert [one for one in lines if one.startswith("# TYPE smartcart_http_request_seconds ")] == [
        "# TYPE smartcart_http_request_seconds histogram"
    ]


async def test_a_database_that_takes_nothing_hinders_no_other_shop(town_of_files: Town) -> None:
    town = town_of_files
    with closing(sqlite3.connect(town.folder / "patras.db", isolation_level=None)) as holder:
        holder.execute("begin immediate")
        waiting = await town.place(PATRAS, **{"1001": 1})
        served = await town.place(ATHENS, **{"1001": 1})
        await town.until_printed(ATHENS, served)
        assert await town.state(waiting) == "open"
        assert await town.status("/readyz") == 200
        assert await town.status("/healthz") == 200
        holder.execute("rollback")
    await town.until_printed(PATRAS, waiting)


async def test_a_database_that_cannot_be_opened_is_opened_when_it_can_be(tmp_path: Path) -> None:
    away = tmp_path / "away"
    place: dict[str, object] = {"database": str(away / "patras.db")}
    async with open_for_business(tmp_path, patras=place) as town:
        served = await town.place(ATHENS, **{"1001": 1})
        waiting = await town.place(PATRAS, **{"1001": 1})
        await town.until_printed(ATHENS, served)
        assert await town.status(f"/webhook/{town.secrets[PATRAS]}", body=b"{}") == 503
        lines = await town.figures()
        assert town.requests(lines, "receive", "503", PATRAS) >= 1
        assert town.requests(lines, "receive", "503", ATHENS) == 0
        away.mkdir()
        async with asyncio.timeout(60):
            while await town.status("/dashboard/orders", town.keys[PATRAS]) != 200:
                await asyncio.sleep(0.05)
        await town.until_printed(PATRAS, waiting)
    assert any(
        line.get("shop") == PATRAS and "could be opened" in line["message"] for line in town.log()
    )


async def test_a_server_that_goes_away_hinders_no_other_shop_and_is_found_again(
    postgres_server: str, tmp_path: Path
) -> None:
    async with (
        fresh_database(postgres_server) as one,
        fresh_database(postgres_server) as other,
        proxied(other) as (proxy, place),
        open_for_business(tmp_path, athens={"database": one}, patras={"database": place}) as town,
    ):
        before = await town.place(PATRAS, **{"1001": 1})
        await town.until_printed(PATRAS, before)
        await proxy.stop()
        waiting = await town.place(PATRAS, **{"1002": 1})
        served = await town.place(ATHENS, **{"1001": 1})
        await town.until_printed(ATHENS, served)
        assert await town.status(f"/webhook/{town.secrets[PATRAS]}", body=b"{}") == 503
        assert await town.status("/readyz") == 200
        assert await town.status("/healthz") == 200
        await proxy.start()
        await town.until_printed(PATRAS, waiting)
        assert await town.codes(PATRAS) == {before, waiting}
        assert await town.codes(ATHENS) == {served}


async def test_a_marketplace_that_is_away_hinders_no_other_shop(tmp_path: Path) -> None:
    nowhere: dict[str, object] = {"api_url": f"http://127.0.0.1:{free_port()}"}
    async with open_for_business(tmp_path, patras=nowhere) as town:
        waiting = await town.place(PATRAS, **{"1001": 1})
        served = await town.place(ATHENS, **{"1001": 1})
        await town.until_printed(ATHENS, served)
        assert await town.state(waiting) == "open"
        shown = (await town.dashboard(PATRAS, f"orders/{waiting}"))["summary"]
        assert shown["status"] == "accepting"
