"""Both real programs, as talkative as they can be, tell no secret in logs, tables and pages."""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from aiohttp import ClientError

from smartcart.client import OrdersApiError, OrdersClient
from tests.security.tally import Tally
from tests.support.programs import MERCHANT_ID, Pair, Program, cart, running_pair

LOUD = """
import logging
set_up = logging.basicConfig
def loudly(**options):
    set_up(**options | {"level": "DEBUG"})
    logging.getLogger("loud").debug("listening")
logging.basicConfig = loudly
"""
"""Run by the interpreter before anything else: every logger's records of any level are written."""

SETTINGS = {
    "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1,3,30",
    "SMARTCART_MARKETPLACE_LOG_FORMAT": "text",
    "SMARTCART_MERCHANT_LOG_FORMAT": "json",
}
CUSTOMER = ("Ελένη", "Παπαδάκη", "Ακαδημίας", "Καλέστε πριν")
ORDERS = {"orders", "entry", "shop_order", "document", "order_change"}
KEPT_WHERE: Mapping[str, Collection[str]] = {
    "webhook secret": {"merchant"},
    "voucher": {*ORDERS, "voucher", "print"},
    "invoice": {*ORDERS, "invoice"},
    "customer": ORDERS,
}
"""The tables that hold such a thing because it is their business. All else is in none."""
SHOWN_WHERE = {("webhook secret", "/panel/merchants")}
"""Where an operator sees what he wrote himself: where a merchant's events go."""


@dataclass
class Told:
    """A history of both programs, and what of it is nobody's business."""

    pair: Pair
    codes: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    mistyped: dict[str, str] = field(default_factory=dict)

    def by_kind(self) -> Iterator[tuple[str, str]]:
        """Everything secret, by what it is."""
        yield from self.keys.items()
        yield from self.mistyped.items()
        for table in ("voucher", "invoice"):
            with closing(sqlite3.connect(self.pair.folder / "marketplace.db")) as database:
                for (token,) in database.execute(f"select token from {table}"):
                    yield table, token
        yield from (("customer", word) for word in CUSTOMER)


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    (tmp_path / "sitecustomize.py").write_text(LOUD)
    databases = (str(tmp_path / "marketplace.db"), str(tmp_path / "merchant.db"))
    async with running_pair(
        tmp_path,
        *databases,
        published={"1001": 50, "1002": 50},
        shelf={"1001": 50, "1002": 1},
        settings={**SETTINGS, "PYTHONPATH": str(tmp_path), "PYTHONASYNCIODEBUG": "1"},
    ) as pair:
        history = Told(pair)
        environment = pair.merchant.environment
        history.keys = {
            "token": environment["SMARTCART_MERCHANT_API_TOKEN"],
            "webhook secret": environment["SMARTCART_MERCHANT_WEBHOOK_SECRET"],
            "panel key": pair.panel_key,
            "dashboard key": pair.dashboard_key,
        }
        await all_goes_well(history)
        await somebody_mistypes(history)
        await programs_come_and_go(history)
        await databases_break(history)
        yield history


async def all_goes_well(told: Told) -> None:
    pair = told.pair
    code = await pair.place(**{"1001": 2})
    await pair.until_printed(code)
    short = await pair.place(**{"1002": 3})
    await pair.until_printed(f"{short}-1")
    told.codes += [code, short, f"{short}-1"]
    async with OrdersClient.open(pair.marketplace.url, told.keys["token"]) as client:
        await client.upload_invoice(code, b"%PDF-1.7\n%%EOF\n")
        with suppress(OrdersApiError):
            await client.upload_invoice(short, b"%PDF-1.7\n%%EOF\n")
        await client.get(code)
    for kind, token in [*told.by_kind()]:
        if kind in {"voucher", "invoice"}:
            async with pair.session.get(f"{pair.marketplace.url}/{kind}s/{token}") as answer:
                await answer.read()


async def somebody_mistypes(told: Told) -> None:
    """Keys that are wrong are often right ones in a wrong place."""
    market, shop = told.pair.marketplace.url, told.pair.merchant.url
    for what, url in {
        "mistyped token": f"{market}/merchants/ecommerce/orders/{told.codes[0]}",
        "mistyped panel key": f"{market}/panel/orders",
        "mistyped dashboard key": f"{shop}/dashboard/orders",
    }.items():
        told.mistyped[what] = key = secrets.token_urlsafe(24)
        await ask(told, "GET", url, {"Authorization": f"Bearer {key}", "Cookie": f"k={key}"})
    for what, url in {
        "mistyped webhook secret": f"{shop}/webhook/",
        "mistyped voucher": f"{market}/vouchers/",
        "mistyped invoice": f"{market}/invoices/",
    }.items():
        told.mistyped[what] = key = secrets.token_urlsafe(24)
        for method in ("GET", "POST"):
            await ask(told, method, f"{url}{key}", {}, b'{"customer": "')
    await nonsense_about_the_customer(told)


async def nonsense_about_the_customer(told: Told) -> None:
    body = json.dumps(cart({"1001": 1}), ensure_ascii=False)
    broken = (body[:-9], body.replace('"1001"', "1001"), body.replace("10671", "Ελένη Παπαδάκη"))
    webhook = f"{told.pair.merchant.url}/webhook/{told.keys['webhook secret']}"
    panel = {"Authorization": f"Bearer {told.keys['panel key']}"}
    api = {"Authorization": f"Bearer {told.keys['token']}", "Content-Type": "application/json"}
    for text in broken:
        for url, headers in (
            (f"{told.pair.marketplace.url}/panel/carts", panel),
            (f"{told.pair.marketplace.url}/panel/orders", panel),
            (f"{told.pair.marketplace.url}/merchants/ecommerce/orders/x/reject", api),
            (webhook, {"Content-Type": "application/json"}),
        ):
            await ask(told, "POST", url, headers, text.encode())


async def programs_come_and_go(told: Told) -> None:
    """A webhook finds nobody, and an answer finds no marketplace."""
    pair = told.pair
    await pair.merchant.kill()
    code = await pair.place(**{"1001": 1})
    async with asyncio.timeout(30):
        while not (await pair.order(code))["deliveries"][0]["attempts"]:
            await asyncio.sleep(0.03)
    await started(pair, pair.merchant)
    await pair.until_printed(code, seconds=60)
    other = await pair.place(**{"1001": 1})
    await pair.marketplace.kill()
    await asyncio.sleep(0.5)
    await started(pair, pair.marketplace)
    await pair.until_printed(other, seconds=60)
    told.codes += [code, other]


async def databases_break(told: Told) -> None:
    """What nobody expects is logged with its traceback."""
    pair = told.pair
    headers = {"Authorization": f"Bearer {told.keys['panel key']}"}
    body = json.dumps(cart({"1001": 1})).encode()
    webhook = f"{pair.merchant.url}/webhook/{told.keys['webhook secret']}"
    event = (await pair.order(told.codes[0]))["deliveries"][0]["payload"]
    with without("orders", pair.folder / "marketplace.db"):
        await ask(told, "POST", f"{pair.marketplace.url}/panel/carts", headers, body)
        for kind in ("voucher", "invoice"):
            token = dict(told.by_kind())[kind]
            await ask(told, "GET", f"{pair.marketplace.url}/{kind}s/{token}", {})
    with without("inbox", pair.folder / "merchant.db"):
        json_type = {"Content-Type": "application/json"}
        await ask(told, "POST", webhook, json_type, json.dumps(event).encode())


@contextmanager
def without(table: str, file: Path) -> Iterator[None]:
    """The table is not there for a moment."""
    rename(file, table, "elsewhere")
    try:
        yield
    finally:
        rename(file, "elsewhere", table)


def rename(file: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(file, timeout=10)) as database:
        database.execute(f"alter table {old} rename to {new}")
        database.commit()


async def started(pair: Pair, program: Program) -> None:
    await program.start()
    await program.ready(pair.session)


async def ask(
    told: Told, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> None:
    with suppress(ClientError):
        async with told.pair.session.request(method, url, headers=headers, data=body) as answer:
            await answer.read()


def forms(secret: str) -> set[str]:
    """How it might be written."""
    return {
        secret,
        quote(secret),
        json.dumps(secret)[1:-1],
        repr(secret.encode())[2:-1],
        secret.encode().hex(),
    }


def tables(file: Path) -> Iterator[tuple[str, str]]:
    """Each table's name and everything that is in it."""
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in names:
            rows = database.execute(f'select * from "{name}"').fetchall()
            cells = (cell for row in rows for cell in row)
            yield name, "\n".join(as_text(cell) for cell in cells)


def as_text(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


async def pages(told: Told) -> AsyncIterator[tuple[str, str]]:
    """What operators' pages and everybody's are made from."""
    pair = told.pair
    market, shop = f"{pair.marketplace.url}/panel/", f"{pair.merchant.url}/dashboard/"
    paths = {
        pair.panel_key: [
            *(f"{market}{path}" for path in ("merchants", f"offers?merchant_id={MERCHANT_ID}")),
            *(f"{market}{path}" for path in ("orders", "pickups", "deliveries")),
            f"{market}deliveries/exhausted",
            *(f"{market}orders/{code}" for code in told.codes),
        ],
        pair.dashboard_key: [
            *(f"{shop}{path}" for path in ("orders", "stock")),
            *(f"{shop}orders/{code}" for code in told.codes),
        ],
        "": [
            f"{program.url}/{path}"
            for program in (pair.marketplace, pair.merchant)
            for path in ("healthz", "readyz", "metrics", "openapi.json", "docs", "ip_ranges.json")
        ],
    }
    for key, urls in paths.items():
        for url in urls:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            async with pair.session.get(url, headers=headers) as answer:
                assert answer.ok or not key, url
                yield url, await answer.text()


async def test_no_secret_is_where_it_does_not_belong(told: Told, tally: Tally) -> None:
    """In no log; in no table but those whose business it is; no key and no token on any page."""
    found: list[tuple[str, str]] = []
    secret = [(kind, form) for kind, value in told.by_kind() for form in forms(value)]
    assert {kind for kind, _ in secret} >= {"voucher", "invoice", "customer", "token"}

    logs = {log.name: log.read_text() for log in told.pair.folder.glob("*.log")}
    assert " DEBUG loud: listening" in logs["marketplace.log"]
    assert '"level": "DEBUG", "logger": "loud"' in logs["merchant.log"]
    assert "Traceback" in logs["marketplace.log"]
    assert "no such table: inbox" in logs["merchant.log"]
    found += [(kind, name) for kind, form in secret for name in logs if form in logs[name]]
    tally.add("secrets", "looked for in logs", tried=len(secret) * len(logs), refused=0)

    kept = set()
    for half in ("marketplace", "merchant"):
        for table, text in tables(told.pair.folder / f"{half}.db"):
            holds = {kind for kind, form in secret if form in text}
            kept |= {(kind, table) for kind in holds}
            tally.add("secrets", "looked for in tables", tried=len(secret), refused=0)
    found += [one for one in kept if one[1] not in KEPT_WHERE.get(one[0], ())]
    assert {("webhook secret", "merchant"), ("voucher", "orders"), ("customer", "orders")} <= kept

    keys = [(kind, form) for kind, form in secret if kind in {*told.keys, *told.mistyped}]
    async for url, text in pages(told):
        shown = {(kind, urlsplit(url).path) for kind, form in keys if form in text}
        found += shown - SHOWN_WHERE
        tally.add("secrets", "looked for in pages", tried=len(keys), refused=0)
    assert found == []
