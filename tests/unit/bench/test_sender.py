"""`bench.sender`: the sink notes what came, and everybody delivers the same."""

from pathlib import Path

import pytest

from bench.sender import steady_rate
from bench.sender.contestants import Contestant, bare, ours
from bench.sender.latency import milliseconds
from bench.sender.load import load
from bench.sender.sink import sink
from tests.support.marketplace import eventually


@pytest.mark.parametrize("contestant", [bare(), ours()], ids=["bare", "SQLite"])
async def test_everybody_delivers_every_order(contestant: Contestant, tmp_path: Path) -> None:
    async with sink() as receiver:
        work = load(40, receiver.url)

        async def all_there() -> bool:
            return await receiver.count() == 40

        async with contestant(work, tmp_path):
            await eventually(all_there, 30)
        assert set(await receiver.taken()) == {order.code for order in work.orders}
        assert await receiver.count() == 0


async def test_orders_are_placed_when_they_are_committed_and_told_at_once() -> None:
    async with sink() as receiver:
        half, most = await milliseconds(receiver, 50, 1)
        assert await receiver.count() == 0
    assert 0 < half <= most < 60_000


def test_the_body_is_that_of_an_event_of_about_3_kb() -> None:
    lengths = {len(body) for body in load(3, "http://127.0.0.1:1").bodies()}
    assert all(2_500 < length < 3_500 for length in lengths)


def test_the_rate_leaves_the_first_fifth_out() -> None:
    assert steady_rate([*(0.0,) * 2, *(10 + n / 4 for n in range(8))]) == 4
