"""A straightforward script: a webhook in, stock looked up, accept sent, all in memory.

What many shops run: nothing is kept, an answer that is lost is lost, and so is what was in hand
when it ends. `serve` takes its words from the command line: PORT API_URL TOKEN STOCK.CSV
"""

import asyncio
import csv
import json
import sys
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import ClientSession, web

Stock = dict[str, int]


def in_stock(order: dict[str, Any], stock: Stock) -> bool:
    """Whether every line is there; takes it from the stock if so."""
    lines = order["line_items"]
    if any(stock.get(line["shop_uid"], 0) < line["quantity"] for line in lines):
        return False
    for line in lines:
        stock[line["shop_uid"]] -= line["quantity"]
    return True


def read_stock(path: Path) -> Stock:
    with path.open(encoding="utf-8") as file:
        return {row["id"]: int(row["quantity"]) for row in csv.DictReader(file)}


class Script:
    def __init__(self, session: ClientSession, api_url: str, token: str, stock: Stock) -> None:
        self._session = session
        self._orders = f"{api_url}/merchants/ecommerce/orders"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.skroutz+json; version=3.0",
        }
        self._stock = stock
        self._answering: set[asyncio.Task[None]] = set()

    async def webhook(self, request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        if event["event_type"] == "new_order" and in_stock(event["order"], self._stock):
            task = asyncio.create_task(self._accept(event["order"]))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        return web.json_response({"success": True})

    async def _accept(self, order: dict[str, Any]) -> None:
        options = order["accept_options"]
        body = {
            "number_of_parcels": options["number_of_parcels"][0],
            "pickup_location": options["pickup_location"][0]["id"],
            "pickup_window": options["pickup_window"][0]["id"],
        }
        url = f"{self._orders}/{order['code']}/accept"
        async with self._session.post(url, json=body, headers=self._headers) as answer:
            await answer.read()


async def main(port: int, api_url: str, token: str, stock: Path) -> None:
    async with ClientSession() as session:
        app = web.Application()
        app.router.add_post("/webhook", Script(session, api_url, token, read_stock(stock)).webhook)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


def serve() -> None:
    port, api_url, token, stock = sys.argv[1:]
    uvloop.run(main(int(port), api_url, token, Path(stock)))
