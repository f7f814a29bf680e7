"""Calls in threads that nobody waits for."""

import asyncio
import subprocess
import sys
import threading

import pytest

from smartcart.kit.apart import Apart


def _fail() -> None:
    raise ValueError("no")


async def test_what_a_call_returns_or_raises_is_its_end() -> None:
    apart = Apart("calls")
    assert await apart.call(lambda: threading.current_thread().name, 5) == "calls"
    with pytest.raises(ValueError, match="no"):
        await apart.call(_fail, 5)


async def test_a_call_that_hangs_keeps_the_next_waiting_until_it_ends() -> None:
    apart, goes_on = Apart("calls"), threading.Event()
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await apart.call(goes_on.wait, 0.02)
    assert threading.active_count() == before + 1
    waiting = asyncio.create_task(apart.call(lambda: "next", 5))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    goes_on.set()
    assert await waiting == "next"


def test_a_program_ends_while_a_call_hangs() -> None:
    program = """if True:
        import asyncio, threading
        from smartcart.kit.apart import Apart
        async def main():
            try:
                await Apart("calls").call(threading.Event().wait, 0.01)
            except TimeoutError:
                print("left alone")
        asyncio.run(main())"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=20, check=True
    )
    assert ended.stdout == b"left alone\n"
