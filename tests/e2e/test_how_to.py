"""The page for people who test their own integration does what it says, word for word."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from scripts.docs.markdown import Document
from smartcart.cli.samples import SAMPLES
from tests.support.http_sink import HttpSink
from tests.support.ports import free_port
from tests.support.programs import Json, Program

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGE = HOW_TO / "test-your-integration.md"
RUN = "smartcart marketplace run --development --port 8700\n"


def blocks() -> list[str]:
    return [found.text for found in Document.read(PAGE).examples() if found.language == "sh"]


@pytest.fixture
async def receiver() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture
async def marketplace(tmp_path: Path) -> AsyncIterator[Program]:
    """What the page's first command starts, on a port that is free."""
    port = free_port()
    assert blocks()[0] == RUN
    environment = {
        "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
        "SMARTCART_MARKETPLACE_PORT": str(port),
        "SMARTCART_MARKETPLACE_DATABASE": str(tmp_path / "marketplace.db"),
    }
    url = f"http://127.0.0.1:{port}"
    program = Program("marketplace", environment, url, tmp_path / "marketplace.log")
    await program.start()
    try:
        async with ClientSession() as session:
            await program.ready(session)
        yield program
    finally:
        await program.stop()


async def run(script: str, folder: Path) -> str:
    """What the commands print, the rest of the page in a folder of their own."""
    clean = {name: value for name, value in os.environ.items() if "SMARTCART" not in name}
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, cwd=folder, env={**clean, "PATH": programs},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, f"{out.decode()}\n{err.decode()}"
    return out.decode()


async def settled(receiver: HttpSink, count: int) -> list[Json]:
    """The events received, once there are `count` and no more come."""
    async with asyncio.timeout(60):
        while len(receiver.requests) < count:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    return [json.loads(body) for body in receiver.bodies]


def written(folder: Path) -> Json:
    """What the page's last `orders show` was written to."""
    [file] = folder.glob("2*.json")
    shown: Json = json.loads(file.read_text())
    return shown


CHOSEN = ["number_of_parcels", "pickup_address", "pickup_window", "state"]
VOUCHER = ["courier_tracking_codes", "courier_voucher"]
NOTE = ["fbs_delivery_note", "fbs_delivery_note_url", "state"]
LIVES: dict[str, list[list[str]]] = {
    "sizes": [
        [], CHOSEN, VOUCHER, ["is_ready_for_dispatch"], ["is_ready_for_dispatch"],
        ["is_ready_for_dispatch"], ["pickup_window"], ["state"], ["state"],
    ],
    "file": [[], ["state"]],
    "reissued": [[]],
    "sku": [[], ["state"]],
    "fbm-accepted": [[]],
    "accepted": [[], VOUCHER, ["state"]],
    "plain": [[], ["state"]],
    "late": [[], ["dispatch_until", "expires_at"], ["state"]],
    "fbs": [[], NOTE],
    "express": [[], CHOSEN, VOUCHER],
}  # fmt: skip
"""The fields that each order's events tell of, in their order; the first is `new_order`."""


async def test_the_page_is_true(tmp_path: Path, marketplace: Program, receiver: HttpSink) -> None:
    script = "".join(blocks()[1:])
    script = script.replace("http://127.0.0.1:8700", marketplace.url)
    script = script.replace("http://127.0.0.1:9000", f"http://127.0.0.1:{receiver.port}")
    printed = await run(script, tmp_path)
    told = await settled(receiver, sum(map(len, LIVES.values())))

    lives: dict[str, list[list[str]]] = {}
    for event in told:
        assert (event["event_type"] == "new_order") is ("changes" not in event)
        code = event["order"]["code"]
        lives.setdefault(code, []).append(sorted(event.get("changes", {})))
    assert sorted(lives.values()) == sorted(LIVES.values())
    assert {request.path for request in receiver.requests} == {"/webhook"}
    assert (tmp_path / "voucher.pdf").read_bytes().startswith(b"%PDF")
    assert printed.count('{"success":true}') == 7
    assert '"messages":["Order is express"]' in printed
    assert '"code":"EcommerceMerchantUnauthorized"' in printed
    shown = written(tmp_path)
    assert shown["order"]["state"] == "returned"
    assert len(shown["deliveries"]) == len(LIVES["sizes"])
    assert [attempt["outcome"] for each in shown["deliveries"] for attempt in each["attempts"]] == [
        "delivered"
    ] * len(LIVES["sizes"])


def test_every_sample_is_explained() -> None:
    text = (HOW_TO / "kinds-of-orders.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) == list(SAMPLES)
