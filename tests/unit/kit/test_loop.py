import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
import uvloop

from smartcart.kit.loop import Role, run, run_until_stopped


async def idle(stop: asyncio.Event) -> None:
    await stop.wait()


async def test_roles_run_side_by_side_and_finish_what_they_began() -> None:
    stop, finished = asyncio.Event(), []

    def careful(name: str) -> Role:
        async def work(stopping: asyncio.Event) -> None:
            await stopping.wait()
            await asyncio.sleep(0.01)
            finished.append(name)

        return Role(name, work)

    asyncio.get_running_loop().call_later(0.01, stop.set)
    await run_until_stopped([careful("api"), careful("sender")], stop=stop)
    assert sorted(finished) == ["api", "sender"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops(number: signal.Signals) -> None:
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), number)
    await asyncio.wait_for(run_until_stopped([Role("api", idle)]), 5)


async def test_a_role_that_fails_is_logged_and_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, starts = asyncio.Event(), 0

    async def fragile(stopping: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            raise ConnectionError("database gone")
        stop.set()

    await asyncio.wait_for(
        run_until_stopped([Role("sender", fragile)], stop=stop, first_pause_seconds=0.01), 5
    )
    assert starts == 3
    assert [(r.levelname, r.getMessage(), vars(r)["role"]) for r in caplog.records] == [
        ("ERROR", "role failed", "sender"),
        ("ERROR", "role failed", "sender"),
    ]
    assert [vars(record)["again_in_seconds"] for record in caplog.records] == [0.01, 0.02]
    assert "database gone" in caplog.text


async def test_a_role_that_returns_unasked_is_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, starts = asyncio.Event(), 0

    async def short(stopping: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts == 2:
            stop.set()

    await asyncio.wait_for(
        run_until_stopped([Role("sender", short)], stop=stop, first_pause_seconds=0.01), 5
    )
    assert starts == 2
    assert [record.getMessage() for record in caplog.records] == ["role ended unasked"]


async def test_a_failing_role_does_not_disturb_the_others_nor_delay_the_stop() -> None:
    stop = asyncio.Event()

    async def broken(stopping: asyncio.Event) -> None:
        raise ValueError

    asyncio.get_running_loop().call_later(0.05, stop.set)
    began = time.monotonic()
    await run_until_stopped(
        [Role("broken", broken), Role("api", idle)], stop=stop, first_pause_seconds=20
    )
    assert time.monotonic() - began < 5


async def test_a_role_that_does_not_finish_is_cancelled_at_the_deadline(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, cancelled = asyncio.Event(), []

    async def stubborn(stopping: asyncio.Event) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append("stubborn")
            raise

    asyncio.get_running_loop().call_later(0.01, stop.set)
    await asyncio.wait_for(
        run_until_stopped(
            [Role("api", idle), Role("stubborn", stubborn)], stop=stop, deadline_seconds=0.05
        ),
        5,
    )
    assert cancelled == ["stubborn"]
    assert [(r.getMessage(), vars(r)["role"]) for r in caplog.records] == [
        ("role did not finish in time", "stubborn")
    ]


async def test_a_signal_that_arrives_twice_is_one() -> None:
    finished = asyncio.Event()

    async def careful(stopping: asyncio.Event) -> None:
        await stopping.wait()
        await asyncio.sleep(0.1)
        finished.set()

    loop = asyncio.get_running_loop()
    for moment in (0.01, 0.02, 0.05):
        loop.call_later(moment, os.kill, os.getpid(), signal.SIGINT)
    await asyncio.wait_for(run_until_stopped([Role("careful", careful)]), 5)
    assert finished.is_set()


async def test_cancelling_the_program_cancels_its_roles() -> None:
    cancelled = asyncio.Event()

    async def work(stopping: asyncio.Event) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    program = asyncio.create_task(run_until_stopped([Role("work", work)]))
    await asyncio.sleep(0.01)
    program.cancel()
    with pytest.raises(asyncio.CancelledError):
        await program
    assert cancelled.is_set()


async def test_outside_the_main_thread_the_event_stops() -> None:
    def program() -> None:
        async def main() -> None:
            stop = asyncio.Event()
            asyncio.get_running_loop().call_later(0.01, stop.set)
            await run_until_stopped([Role("api", idle)], stop=stop)

        run(main())

    await asyncio.wait_for(asyncio.to_thread(program), 5)


def test_a_program_runs_on_uvloop() -> None:
    async def main() -> bool:
        return isinstance(asyncio.get_running_loop(), uvloop.Loop)

    assert run(main())


HTTP_PROGRAM = """
import asyncio, os, uvicorn
from starlette.applications import Starlette
from smartcart.kit.loop import Role, run, run_until_stopped

async def main():
    server = uvicorn.Server(uvicorn.Config(Starlette(), port=0, log_config=None))
    async def serve(stop):
        async def tell():
            await stop.wait()
            server.should_exit = True
        asyncio.get_running_loop().call_later(0.3, os.write, 1, b"up\\n")
        await asyncio.gather(server.serve(), tell())
        await asyncio.sleep(0.2)
        print("finished")
    await run_until_stopped([Role("api", serve)])
    print("closed")
run(main())
"""


def test_a_process_that_serves_http_ends_well_at_sigterm() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HTTP_PROGRAM], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.communicate(timeout=10)[0] == "finished\nclosed\n"
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
