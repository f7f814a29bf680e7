"""Both real programs, each a process of its own, driven over HTTP alone."""

import asyncio
import ctypes
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, TCPConnector

from tests.support.ports import free_port

Json = dict[str, Any]

MERCHANT_ID = "shop"
_START_SECONDS = 60
_STOP_SECONDS = 30
_PR_SET_PDEATHSIG = 1


@dataclass
class Program:
    """A `smartcart … run` that can be started, stopped and killed again and again.

    `part` is another command than `run`; one without HTTP has an empty `url`.
    """

    half: str
    environment: Mapping[str, str]
    url: str
    log: Path
    process: asyncio.subprocess.Process | None = None
    part: str = "run"
    _log_before: int = field(default=0, init=False)

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._log_before = log.tell()
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "smartcart", self.half, self.part,
                env={**_inherited(), **self.environment},
                stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_parent,
            )  # fmt: skip

    async def ready(self, session: ClientSession) -> None:
        """Return when it answers, or says that it runs; raise with its log if it does not."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._answers(session):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{self.half} did not start:\n{self.log.read_text()}") from None

    async def _answers(self, session: ClientSession) -> bool:
        assert self.process is not None
        if self.process.returncode is not None:
            raise AssertionError(f"{self.half} ended at start:\n{self.log.read_text()}")
        if not self.url:
            return b"Ctrl-C stops it" in self.log.read_bytes()[self._log_before :]
        try:
            async with session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except (ClientError, OSError):
            return False

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(_STOP_SECONDS):
            return await self.process.wait()


@dataclass
class Pair:
    """A marketplace with one merchant, and that merchant's own program."""

    marketplace: Program
    merchant: Program
    folder: Path
    panel_key: str
    dashboard_key: str
    session: ClientSession
    prints: Path = field(init=False)

    def __post_init__(self) -> None:
        self.prints = self.folder / "prints"

    async def panel(self, path: str, body: Json | None = None) -> Json:
        """A call to the marketplace's panel."""
        return await self._call(f"{self.marketplace.url}/panel/{path}", self.panel_key, body)

    async def dashboard(self, path: str) -> Json:
        """A call to the merchant's dashboard."""
        return await self._call(f"{self.merchant.url}/dashboard/{path}", self.dashboard_key, None)

    async def place(self, **quantities: int) -> str:
        """Place a cart of the merchant's products by uid; the code of its order."""
        answer = await self.panel("carts", cart(quantities))
        [code] = answer["codes"]
        return str(code)

    async def order(self, code: str) -> Json:
        """The order as the marketplace shows it, with its steps and deliveries."""
        return await self.panel(f"orders/{code}")

    async def until_state(self, code: str, *states: str, seconds: float = 60) -> Json:
        """The marketplace's order once it is in one of `states`."""
        async with asyncio.timeout(seconds):
            while (shown := await self.order(code))["order"]["state"] not in states:
                await asyncio.sleep(0.03)
        return shown

    async def until_printed(self, code: str, seconds: float = 60) -> Json:
        """The merchant's order once its voucher is printed."""
        async with asyncio.timeout(seconds):
            while not (shown := await self._shop_order(code)).get("prints"):
                await asyncio.sleep(0.03)
        return shown

    async def _shop_order(self, code: str) -> Json:
        """The merchant's order, empty while it has not heard of it."""
        url = f"{self.merchant.url}/dashboard/orders/{code}"
        headers = {"Authorization": f"Bearer {self.dashboard_key}"}
        async with self.session.get(url, headers=headers) as answer:
            found: Json = await answer.json()
            return found if answer.status == 200 else {}

    async def _call(self, url: str, key: str, body: Json | None) -> Json:
        method = "GET" if body is None else "POST"
        headers = {"Authorization": f"Bearer {key}"}
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            found: Json = await answer.json()
            assert answer.ok, (url, answer.status, found)
            return found


def cart(quantities: Mapping[str, int], merchant_id: str = MERCHANT_ID) -> Json:
    return {
        "lines": [
            {"merchant_id": merchant_id, "shop_uid": uid, "quantity": quantity}
            for uid, quantity in quantities.items()
        ],
        "customer": {
            "id": "c1",
            "first_name": "Ελένη",
            "last_name": "Παπαδάκη",
            "address": {
                "street_name": "Ακαδημίας",
                "street_number": "7",
                "zip": "10671",
                "city": "Αθήνα",
                "region": "Αττική",
                "country_code": "GR",
                "pickup_from_collection_point": False,
            },
        },
        "payment_method": "cash_on_delivery",
        "comments": "Καλέστε πριν",
    }


@asynccontextmanager
async def running_pair(
    folder: Path,
    marketplace_database: str,
    merchant_database: str,
    *,
    published: Mapping[str, int],
    shelf: Mapping[str, int],
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Pair]:
    """Both programs, ready. `published` is the stock in the feed, `shelf` what the shop has."""
    pair = await provision(
        folder, marketplace_database, merchant_database, published, shelf, settings or {}
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(pair.session)
        for program in (pair.marketplace, pair.merchant):
            await program.start()
            stack.push_async_callback(program.stop)
        await asyncio.gather(
            pair.marketplace.ready(pair.session), pair.merchant.ready(pair.session)
        )
        yield pair


async def provision(
    folder: Path,
    marketplace_database: str,
    merchant_database: str,
    published: Mapping[str, int],
    shelf: Mapping[str, int],
    settings: Mapping[str, str],
) -> Pair:
    """Both programs, configured and not yet started; the marketplace knows its merchant."""
    webhook_secret, panel_key, dashboard_key = (secrets.token_urlsafe(24) for _ in range(3))
    marketplace_port, merchant_port = free_port(), free_port()
    marketplace_url = f"http://127.0.0.1:{marketplace_port}"
    merchant_url = f"http://127.0.0.1:{merchant_port}"
    (folder / "feed.xml").write_text(feed(published), encoding="utf-8")
    (folder / "shelf.csv").write_text(stock_csv(shelf), encoding="utf-8")
    common = {
        "SMARTCART_MARKETPLACE_DATABASE": marketplace_database,
        "SMARTCART_MARKETPLACE_PORT": str(marketplace_port),
        "SMARTCART_MARKETPLACE_PANEL_KEY": panel_key,
        "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
    }
    token = await add_merchant(
        common, f"{merchant_url}/webhook/{webhook_secret}", folder / "feed.xml"
    )
    marketplace = Program(
        "marketplace", {**common, **settings}, marketplace_url, folder / "marketplace.log"
    )
    merchant = Program(
        "merchant",
        {
            "SMARTCART_MERCHANT_DATABASE": merchant_database,
            "SMARTCART_MERCHANT_PORT": str(merchant_port),
            "SMARTCART_MERCHANT_WEBHOOK_SECRET": webhook_secret,
            "SMARTCART_MERCHANT_API_URL": marketplace_url,
            "SMARTCART_MERCHANT_API_TOKEN": token,
            "SMARTCART_MERCHANT_STOCK_CSV": str(folder / "shelf.csv"),
            "SMARTCART_MERCHANT_PRINT_FOLDER": str(folder / "prints"),
            "SMARTCART_MERCHANT_DASHBOARD_KEY": dashboard_key,
            "SMARTCART_MERCHANT_DEVELOPMENT": "true",
            **settings,
        },
        merchant_url,
        folder / "merchant.log",
    )
    # A connection to a program that is stopped meanwhile looks alive until it is used.
    session = ClientSession(connector=TCPConnector(force_close=True))
    return Pair(marketplace, merchant, folder, panel_key, dashboard_key, session)


async def add_merchant(
    environment: Mapping[str, str], webhook_url: str, feed: Path, merchant_id: str = MERCHANT_ID
) -> str:
    """Make a merchant known to the marketplace of this environment; its token."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartcart", "marketplace", "merchant", "add", merchant_id,
        "--name", "Το Μαγαζί", "--webhook-url", webhook_url, "--street", "Ερμού",
        "--street-number", "12", "--zip", "10563", "--city", "Αθήνα", "--phone", "2100000000",
        "--feed", str(feed), "--json",
        env={**_inherited(), **environment}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return str(json.loads(out)["token"])


def feed(published: Mapping[str, int]) -> str:
    products = "".join(
        f"<product><id>{uid}</id><name>Προϊόν {uid}</name>"
        f"<price_with_vat>12.50</price_with_vat><quantity>{quantity}</quantity></product>"
        for uid, quantity in published.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><shop><products>{products}</products></shop>'


def stock_csv(shelf: Mapping[str, int]) -> str:
    rows = "".join(f"{uid},,{quantity}\n" for uid, quantity in shelf.items())
    return f"shop_uid,shop_variation_uid,quantity\n{rows}"


def _end_with_parent() -> None:
    """A test run that is killed leaves no program behind (Linux alone can promise it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SMARTCART_")}
