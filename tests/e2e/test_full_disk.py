"""Disks that are full: nothing is lost, it is said what is wrong, and room is enough to go on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import Pair, running_pair
from tests.support.small_disk import SmallDisk, small_disk

PUBLISHED = SHELF = {"1001": 500}
QUICK = {
    "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "2,6,15",
    "SMARTCART_MERCHANT_RETRY_BASE_SECONDS": "0.2",
    "SMARTCART_MERCHANT_RETRY_CAP_SECONDS": "1",
    "SMARTCART_MERCHANT_REREAD_MINUTES": "0.02",
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "24m") as mounted:
        yield mounted


async def test_no_event_is_answered_200_that_cannot_be_kept(
    disk: SmallDisk, tmp_path: Path
) -> None:
    places = (str(tmp_path / "marketplace.db"), str(disk.folder / "merchant.db"))
    async with running_pair(
        tmp_path, *places, published=PUBLISHED, shelf=SHELF, settings=QUICK
    ) as pair:
        await pair.until_printed(await pair.place(**{"1001": 1}))
        assert await readiness(pair, 200) == {"ready": True}
        disk.fill()
        codes = [await pair.place(**{"1001": 1}) for _ in range(5)]
        for code in codes:
            assert await first_answer(pair, code) == 503
        no_room = {"database, to write": "has no room"}
        assert await readiness(pair, 503) == {"ready": False, "problems": no_room}
        log = pair.merchant.log.read_text()
        assert "merchant.db cannot grow: make room on its disk" in log
        assert "Traceback" not in log
        disk.make_room()
        for code in codes:
            await pair.until_printed(code, seconds=40)
            assert (await pair.order(code))["order"]["state"] == "accepted"
        assert await readiness(pair, 200) == {"ready": True}
        assert len(list(pair.prints.iterdir())) == 6


async def test_a_voucher_for_which_there_is_no_room_is_printed_once_there_is(
    disk: SmallDisk, tmp_path: Path
) -> None:
    prints = disk.folder / "prints"
    settings = {**QUICK, "SMARTCART_MERCHANT_PRINT_FOLDER": str(prints)}
    places = (str(tmp_path / "marketplace.db"), str(tmp_path / "merchant.db"))
    async with running_pair(
        tmp_path, *places, published=PUBLISHED, shelf=SHELF, settings=settings
    ) as pair:
        await pair.until_printed(await pair.place(**{"1001": 1}))
        disk.fill()
        code = await pair.place(**{"1001": 1})
        async with asyncio.timeout(20):
            while not (why := await failed_prints(pair, code)):
                await asyncio.sleep(0.1)
        assert why == [
            {"why": "cannot be printed: [Errno 28] No space left on device", "final": False}
        ]
        assert len(list(prints.iterdir())) == 1
        disk.make_room()
        shown = await pair.until_printed(code)
        assert sorted(one.name for one in prints.iterdir() if one.name.startswith(code)) == [
            shown["prints"][0]["file"]
        ]
        assert len(list(prints.iterdir())) == 2


async def readiness(pair: Pair, status: int) -> object:
    """What `/readyz` says, once it says it with this status; what it saw it remembers for 1 s."""
    async with asyncio.timeout(10):
        while True:
            async with pair.session.get(f"{pair.merchant.url}/readyz") as answer:
                if answer.status == status:
                    return await answer.json()
            await asyncio.sleep(0.1)


async def first_answer(pair: Pair, code: str) -> int:
    """What the shop answered to the first request that told it of the order."""
    async with asyncio.timeout(20):
        while not (attempts := (await pair.order(code))["deliveries"][0]["attempts"]):
            await asyncio.sleep(0.05)
    return int(attempts[0]["status"])


async def failed_prints(pair: Pair, code: str) -> list[object]:
    async with pair.session.get(
        f"{pair.merchant.url}/dashboard/orders/{code}",
        headers={"Authorization": f"Bearer {pair.dashboard_key}"},
    ) as answer:
        steps = (await answer.json()).get("steps", []) if answer.status == 200 else []
    return [step["facts"] for step in steps if step["what"] == "print_failed"]
