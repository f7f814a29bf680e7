import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from smartcart.marketplace.voucher.label import draw
from smartcart.marketplace.voucher.press import LabelNotDrawnError, Press
from tests.support.vouchers import a_voucher

WORKER = "smartcart.marketplace.voucher.worker"
PARENT = """
import asyncio, signal, sys
from smartcart.marketplace.voucher.press import Press

async def main():
    async with Press(workers=2):
        print("ready", flush=True)
        await asyncio.sleep(600)

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where we run in the background
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def workers_of(pid: int) -> list[psutil.Process]:
    return [p for p in psutil.Process(pid).children() if WORKER in p.cmdline()]


def written_by_workers() -> list[int]:
    """Bytes, by each worker of this process."""
    return [worker.io_counters().write_chars for worker in workers_of(os.getpid())]


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with Press() as press:
        yield press
    assert workers_of(os.getpid()) == []


async def test_a_press_draws_the_very_label(press: Press) -> None:
    voucher = a_voucher(parcels=2, cash_on_delivery_cents=500)
    assert await press.draw(voucher) == draw(voucher)


async def test_everybody_gets_their_own_label(press: Press) -> None:
    vouchers = [a_voucher(order_code=f"{n:06}-0000001") for n in range(60)]
    labels = await asyncio.gather(*map(press.draw, vouchers))
    assert labels == [draw(voucher) for voucher in vouchers]


async def test_several_workers_share_the_labels() -> None:
    async with Press(workers=2) as press:
        vouchers = [a_voucher(order_code=f"{n:06}-0000001") for n in range(20)]
        before = written_by_workers()
        labels = await asyncio.gather(*map(press.draw, vouchers))
        after = written_by_workers()
    assert labels == [draw(voucher) for voucher in vouchers]
    each = [late - early for early, late in zip(before, after, strict=True)]
    assert len(each) == 2
    assert min(each) >= min(map(len, labels))


async def test_the_event_loop_goes_on_while_labels_are_drawn(press: Press) -> None:
    drawing = asyncio.gather(*(press.draw(a_voucher(parcels=20)) for _ in range(5)))
    turns = 0
    while not drawing.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await drawing) == 5
    assert turns > 100  # were they drawn on the loop, it would turn once or twice for each


async def test_a_killed_worker_is_replaced_and_no_label_is_lost(press: Press) -> None:
    vouchers = [a_voucher(order_code=f"{n:06}-0000001") for n in range(10)]
    labels = [asyncio.create_task(press.draw(voucher)) for voucher in vouchers]
    await asyncio.sleep(0.01)
    (worker,) = workers_of(os.getpid())
    worker.kill()
    assert await asyncio.gather(*labels) == [draw(voucher) for voucher in vouchers]
    (successor,) = workers_of(os.getpid())
    assert successor.pid != worker.pid


async def test_a_worker_killed_while_idle_costs_nobody_a_label(press: Press) -> None:
    for _ in range(2):
        (worker,) = workers_of(os.getpid())
        worker.kill()
        assert await press.draw(a_voucher()) == draw(a_voucher())


async def test_a_worker_that_hangs_is_replaced() -> None:
    async with Press(label_seconds=2) as press:
        (worker,) = workers_of(os.getpid())
        worker.suspend()
        assert await press.draw(a_voucher()) == draw(a_voucher())
        assert ended(worker)


async def test_a_label_that_cannot_be_drawn_says_why_and_stops_no_other(press: Press) -> None:
    after_the_end = a_voucher(created_at=datetime.max.replace(tzinfo=UTC))
    with pytest.raises(LabelNotDrawnError, match="OverflowError: date value out of range"):
        await press.draw(after_the_end)
    assert await press.draw(a_voucher()) == draw(a_voucher())


async def test_a_worker_that_cannot_start_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "reportlab.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    press = Press()
    with pytest.raises(LabelNotDrawnError, match="the label worker has died"):
        await press.draw(a_voucher())
    with pytest.raises(LabelNotDrawnError, match="the label worker has died"):
        await press.start()
    assert workers_of(os.getpid()) == []


async def test_a_label_nobody_waits_for_any_more_disturbs_no_other(press: Press) -> None:
    first, second, third = (a_voucher(order_code=f"{n}") for n in range(3))
    given_up = [asyncio.create_task(press.draw(first)), asyncio.create_task(press.draw(second))]
    await asyncio.sleep(0)
    for label in given_up:
        label.cancel()
    assert await press.draw(third) == draw(third)
    assert all(label.cancelled() for label in given_up)


async def test_closing_finishes_what_is_in_flight_and_refuses_the_rest() -> None:
    press = Press()
    await press.start()
    labels = [asyncio.create_task(press.draw(a_voucher())) for _ in range(20)]
    await asyncio.sleep(0)
    began = time.perf_counter()
    await press.close()
    assert time.perf_counter() - began < 2  # when a worker that stays is killed
    ends = await asyncio.gather(*labels, return_exceptions=True)
    assert [isinstance(end, bytes) for end in ends] == [True] * 2 + [False] * 18
    assert all(isinstance(end, LabelNotDrawnError) for end in ends[2:])
    with pytest.raises(LabelNotDrawnError, match="the press is closed"):
        await press.draw(a_voucher())
    await press.close()


async def test_a_press_that_was_not_started_starts_with_its_first_label() -> None:
    press = Press()
    assert await press.draw(a_voucher()) == draw(a_voucher())
    await press.close()


def test_a_press_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1"):
        Press(workers=0)


Family = tuple["subprocess.Popen[str]", list[psutil.Process]]


@pytest.fixture
def family() -> Iterator[Family]:
    """A process with a press, and the press's workers."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        try:
            assert parent.stdout
            assert parent.stdout.readline() == "ready\n"
            workers = workers_of(parent.pid)
            assert len(workers) == 2
            yield parent, workers
        finally:
            parent.kill()


def test_the_workers_of_a_killed_press_end_by_themselves(family: Family) -> None:
    parent, workers = family
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not all(map(ended, workers)):
        time.sleep(0.02)
    assert all(map(ended, workers))


def test_ctrl_c_ends_parent_and_workers_without_a_word_from_them(family: Family) -> None:
    parent, workers = family
    # As the terminal does: the signal goes to the whole foreground group.
    os.killpg(parent.pid, signal.SIGINT)
    output, errors = parent.communicate(timeout=30)
    assert (output, errors, parent.returncode) == ("interrupted\n", "", 0)
    assert all(map(ended, workers))


def test_a_worker_told_to_terminate_still_serves_its_press(family: Family) -> None:
    parent, workers = family
    for worker in workers:
        worker.terminate()
    time.sleep(0.1)
    assert not any(map(ended, workers))
    parent.terminate()
    parent.communicate(timeout=30)
