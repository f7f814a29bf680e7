"""A shop goes on from its backup: what it missed comes back, and nothing is done twice."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.programs import Json, Pair, running_pair

PUBLISHED = {"1001": 10, "1002": 10}
SHELF = {"1001": 5, "1002": 2}
HURRIED = {"SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1,3,8"}


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    databases = str(tmp_path / "marketplace.db"), str(tmp_path / "merchant.db")
    async with running_pair(
        tmp_path, *databases, published=PUBLISHED, shelf=SHELF, settings=HURRIED
    ) as running:
        yield running


async def run(pair: Pair, *words: str) -> tuple[int, str]:
    """A command of the shop's, beside its program."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartcart", "merchant", *words,
        "--database", str(pair.folder / "merchant.db"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


def prints(shown: Json) -> list[str]:
    return [one["file"] for one in shown["prints"]]


async def reserved(pair: Pair) -> dict[str, int]:
    rows = (await pair.dashboard("stock"))["stock"]
    return {row["shop_uid"]: row["reserved"] for row in rows}


async def test_a_shop_goes_on_from_its_backup(pair: Pair) -> None:
    monday = pair.folder / "monday.db"
    before = await pair.place(**{"1001": 1})
    cancelled = await pair.place(**{"1001": 1})
    await asyncio.gather(pair.until_printed(before), pair.until_printed(cancelled))

    assert (await run(pair, "backup", str(monday)))[0] == 0
    after = await pair.place(**{"1001": 2})
    rejected = await pair.place(**{"1002": 3})
    printed = prints(await pair.until_printed(after))
    await pair.until_state(rejected, "rejected")
    reissued = prints(await pair.until_printed(f"{rejected}-1"))
    await pair.panel(f"orders/{cancelled}/cancel", {})

    code, told = await run(pair, "restore", str(monday))
    assert (code, "is in use" in told) == (1, True)
    await pair.merchant.stop()
    missed = await pair.place(**{"1001": 1})
    code, told = await run(pair, "restore", str(monday))
    assert code == 0, told
    await pair.merchant.start()
    await pair.merchant.ready(pair.session)

    assert prints(await pair.until_printed(after)) == printed
    assert prints(await pair.until_printed(f"{rejected}-1")) == reissued
    await pair.until_printed(missed)
    async with asyncio.timeout(60):
        # One of the order that was there, two of the one after it, one of the one missed.
        while await reserved(pair) != {"1001": 4, "1002": 2}:
            await asyncio.sleep(0.03)
    assert await statuses(pair) == {
        before: "accepted",
        cancelled: "cancelled",
        after: "accepted",
        rejected: "rejected",
        f"{rejected}-1": "accepted",
        missed: "accepted",
    }
    assert len(list(pair.prints.iterdir())) == 5


async def statuses(pair: Pair) -> dict[str, str]:
    shown = (await pair.dashboard("orders"))["orders"]
    return {order["code"]: order["status"] for order in shown}
