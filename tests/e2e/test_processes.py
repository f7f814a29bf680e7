"""Both halves in parts: processes of each kind beside each other on PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.apart import PARTS, Apart, running_apart
from tests.support.commands import Shell
from tests.support.postgres import fresh_database
from tests.support.programs import Json, Pair, provision

PLENTY = {f"1{n:03}": 10_000 for n in range(5)}
SHORT = {f"2{n:03}": 1 for n in range(5)}
SHELF = {**PLENTY, **SHORT}
ORDERS = 24
NEEDED = {
    "SMARTCART_MERCHANT_WEBHOOK_SECRET": "not-to-be-guessed",
    "SMARTCART_MERCHANT_API_TOKEN": "a-token",
}


@pytest.fixture
async def apart(postgres_server: str, tmp_path: Path) -> AsyncIterator[Apart]:
    async with fresh_database(postgres_server) as one, fresh_database(postgres_server) as other:
        pair = await provision(tmp_path, one, other, dict.fromkeys(SHELF, 10_000), SHELF, {})
        async with running_apart(pair, dict.fromkeys(PARTS, 2)) as running:
            yield running


async def test_two_of_each_work_together_and_one_of_each_goes_on_alone(apart: Apart) -> None:
    """Both flows, every event delivered once and in order, every voucher made once."""
    before = await asyncio.gather(*(apart.pair.place(**{_uid(n): 2}) for n in range(ORDERS)))
    await _all_done(apart.pair, before)
    stopped = [await two[1].stop() for two in apart.parts.values()]
    assert stopped == [0, 0, 0, 0, 0]
    after = [await apart.pair.place(**{_uid(n): 2}) for n in range(ORDERS // 4)]
    await _all_done(apart.pair, [*before, *after])
    listed = (await apart.pair.panel("orders?limit=200"))["orders"]
    shown = await _all_done(apart.pair, [order["code"] for order in listed])

    for order in shown:
        deliveries = order["deliveries"]
        assert [one["seq"] for one in deliveries] == list(range(1, len(deliveries) + 1))
        made = [[attempt["outcome"] for attempt in one["attempts"]] for one in deliveries]
        assert made == [["delivered"]] * len(deliveries)
        times = [one["attempts"][0]["started_at"] for one in deliveries]
        assert times == sorted(times)
        steps = Counter(step["what"] for step in order["steps"])
        state = order["order"]["state"]
        assert (steps[state], steps["voucher_issued"]) == (1, int(state == "accepted"))
    states = Counter(order["order"]["state"] for order in shown)
    assert states["accepted"] == len(list(apart.pair.prints.glob("*.pdf")))
    assert states.keys() == {"accepted", "rejected"}
    assert {order["reissue_of"] for order in listed} > {None}


def _uid(number: int) -> str:
    """Every third order is for what the shop has too little of."""
    return sorted(SHORT if number % 3 == 0 else PLENTY)[number % 5]


async def _all_done(pair: Pair, codes: list[str]) -> list[Json]:
    """Every order of `codes`, once it is answered, and told of to the end."""

    async def done(code: str) -> Json:
        async with asyncio.timeout(60):
            while not _is_done(shown := await pair.order(code)):
                await asyncio.sleep(0.1)
        return shown

    shown = list(await asyncio.gather(*(done(code) for code in codes)))
    for order in shown:
        if order["order"]["state"] == "accepted":
            await pair.until_printed(order["order"]["code"])
    return [await done(code) for code in codes]


def _is_done(shown: Json) -> bool:
    events = len(shown["deliveries"])
    sent = [attempt for one in shown["deliveries"] for attempt in one["attempts"]]
    expected = {"rejected": 2, "accepted": 4}.get(shown["order"]["state"], 99)
    return events >= expected and len(sent) >= events


@pytest.mark.parametrize(("part", "half"), PARTS.items())
def test_a_part_alone_is_refused_on_sqlite_with_the_remedy(
    part: str, half: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = Shell(tmp_path).told(half, part, environment=NEEDED)
    assert f"database: {half}.db is SQLite" in told
    assert f"smartcart {half} run), or give {part} a postgresql:// database" in told
    assert list(tmp_path.iterdir()) == []


def test_a_timer_alone_must_know_where_its_vouchers_are_served(tmp_path: Path) -> None:
    told = Shell(tmp_path).told("marketplace", "timer", "--database", "postgresql://nobody/there")
    assert told.startswith("Error: public_url: say how merchants reach the api processes")
