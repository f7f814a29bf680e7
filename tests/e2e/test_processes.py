"""The marketplace in parts: processes of each kind beside each other on one PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.commands import Shell
from tests.support.postgres import fresh_database
from tests.support.programs import Json, Pair, Program, cart, free_port, provision

PLENTY = {f"1{n:03}": 10_000 for n in range(5)}
SHORT = {f"2{n:03}": 1 for n in range(5)}
SHELF = {**PLENTY, **SHORT}
ORDERS = 24


@dataclass
class Apart:
    """Two processes of each kind, and a shop that talks to the first api process."""

    pair: Pair
    parts: dict[str, tuple[Program, Program]]

    async def place(self, number: int, uid: str) -> str:
        """Through one api process or the other, in turn."""
        api = self.parts["api"][number % 2]
        headers = {"Authorization": f"Bearer {self.pair.panel_key}"}
        call = self.pair.session.post(
            f"{api.url}/panel/carts", json=cart({uid: 2}), headers=headers
        )
        async with call as answer:
            [code] = (await answer.json())["codes"]
            return str(code)


@pytest.fixture
async def apart(postgres_server: str, tmp_path: Path) -> AsyncIterator[Apart]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(fresh_database(postgres_server))
        pair = await provision(
            tmp_path, url, str(tmp_path / "merchant.db"), dict.fromkeys(SHELF, 10_000), SHELF, {}
        )
        await stack.enter_async_context(pair.session)
        parts = {part: _two(pair, part) for part in ("api", "sender", "timer")}
        pair.marketplace = parts["api"][0]
        programs = [*(one for two in parts.values() for one in two), pair.merchant]
        for program in programs:
            await program.start()
            stack.push_async_callback(program.stop)
        await asyncio.gather(*(program.ready(pair.session) for program in programs))
        yield Apart(pair, parts)


def _two(pair: Pair, part: str) -> tuple[Program, Program]:
    first, second = (_process(pair, part, number) for number in range(2))
    return first, second


def _process(pair: Pair, part: str, number: int) -> Program:
    whole = pair.marketplace
    port = whole.url.rpartition(":")[2] if number == 0 else str(free_port())
    environment = {
        **whole.environment,
        "SMARTCART_MARKETPLACE_PORT": port,
        "SMARTCART_MARKETPLACE_PUBLIC_URL": whole.url,
    }
    url = f"http://127.0.0.1:{port}" if part == "api" else ""
    log = pair.folder / f"{part}-{number}.log"
    return replace(whole, environment=environment, url=url, log=log, part=part)


async def test_two_of_each_work_together_and_one_of_each_goes_on_alone(apart: Apart) -> None:
    """Both flows, every event delivered once and in order, every voucher made once."""
    before = await asyncio.gather(*(apart.place(n, _uid(n)) for n in range(ORDERS)))
    await _all_done(apart.pair, before)
    stopped = [await two[1].stop() for two in apart.parts.values()]
    assert stopped == [0, 0, 0]
    after = [await apart.place(0, _uid(n)) for n in range(ORDERS // 4)]
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


@pytest.mark.parametrize("part", ["api", "sender", "timer"])
def test_a_part_alone_is_refused_on_sqlite_with_the_remedy(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = Shell(tmp_path).told("marketplace", part)
    assert "database: marketplace.db is SQLite" in told
    assert f"smartcart marketplace run), or give {part} a postgresql:// database" in told
    assert list(tmp_path.iterdir()) == []


def test_a_timer_alone_must_know_where_its_vouchers_are_served(tmp_path: Path) -> None:
    told = Shell(tmp_path).told("marketplace", "timer", "--database", "postgresql://nobody/there")
    assert told.startswith("Error: public_url: say how merchants reach the api processes")
