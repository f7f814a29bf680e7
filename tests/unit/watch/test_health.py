"""Whether a process does its work, told as it is: roles that died, a loop that stands still."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable

from smartcart.kit.loop import Role, run_until_stopped
from smartcart.watch.health import Health
from smartcart.watch.heartbeat import Heartbeat

WAITS = "and waits to be started again"


async def idle(stop: asyncio.Event) -> None:
    await stop.wait()


async def seen(
    health: Health, run: Callable[[asyncio.Event], Awaitable[None]]
) -> list[dict[str, str]]:
    """The problems a moment after a role with `run` was started, and once it is started again."""
    stop, found = asyncio.Event(), []
    roles = [health.watched(Role("sender", run)), health.watched(Role("api", idle))]
    found.append(dict(health.problems()))
    running = asyncio.create_task(
        run_until_stopped(roles, stop=stop, first_pause_seconds=0.2, deadline_seconds=1)
    )
    for moment in (0.1, 0.2):
        await asyncio.sleep(moment)
        found.append(dict(health.problems()))
    stop.set()
    await running
    return found


async def test_a_role_that_failed_is_a_problem_until_it_is_started_again() -> None:
    starts = 0

    async def fragile(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise ConnectionError("database gone")
        await stop.wait()

    assert await seen(Health(Heartbeat()), fragile) == [
        {"sender": "has not started", "api": "has not started"},
        {"sender": f"failed, {WAITS}; see the log"},
        {},
    ]


async def test_so_is_one_that_ended_unasked() -> None:
    starts = 0

    async def short(stop: asyncio.Event) -> None:
        nonlocal starts
        starts += 1
        if starts > 1:
            await stop.wait()

    found = await seen(Health(Heartbeat()), short)
    assert found[1:] == [{"sender": f"ended unasked, {WAITS}"}, {}]


async def test_a_role_that_is_told_to_stop_is_no_problem() -> None:
    health = Health(Heartbeat())
    await seen(health, idle)
    assert health.problems() == {}
    assert health.is_stopping


def stand_still() -> None:
    """What must never happen on an event loop."""
    time.sleep(2)


async def test_a_loop_that_stood_still_is_a_problem_and_its_lag_is_told() -> None:
    told: list[float] = []
    heartbeat, stop = Heartbeat(told.append), asyncio.Event()
    health = Health(heartbeat, stalled_seconds=1.5)
    beating = asyncio.create_task(heartbeat.run(stop))
    await asyncio.sleep(0.3)
    assert health.problems() == {}
    stand_still()
    before_the_next_beat = health.problems()
    await asyncio.sleep(0.1)
    after_it = health.problems()
    stop.set()
    await beating
    assert before_the_next_beat.keys() == after_it.keys() == {"event loop"}
    assert after_it["event loop"] == f"stood still for {heartbeat.lag():.1f} s"
    assert max(told) == heartbeat.lag()
    assert heartbeat.lag() > 1.5
    assert len(told) >= 2


async def lingered(health: Health, seconds: float) -> float:
    """How much longer than others a role goes on that lingers."""
    stopped: dict[str, float] = {}

    def role(name: str) -> Role:
        async def run(stop: asyncio.Event) -> None:
            await stop.wait()
            stopped[name] = time.monotonic()

        return Role(name, run)

    roles = [
        health.watched(role("sender")),
        health.watched(health.lingering(role("http"), seconds)),
    ]
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
    await run_until_stopped(roles, deadline_seconds=10)
    return stopped["http"] - stopped["sender"]


async def test_who_asks_whether_it_is_ready_is_given_time_to_learn_that_it_stops() -> None:
    health = Health(Heartbeat())
    health.asked()
    assert 0.3 <= await lingered(health, 0.3) < 4


async def test_when_nobody_asks_it_stops_at_once() -> None:
    assert await lingered(Health(Heartbeat()), 5) < 4


async def test_of_several_shops_one_in_trouble_is_no_reason_to_start_all_anew() -> None:
    health = Health(Heartbeat())
    fine = asyncio.Event()

    async def fragile(_stop: asyncio.Event) -> None:
        raise ConnectionError("gone")

    async def until_told(stop: asyncio.Event) -> None:
        await asyncio.wait(
            [asyncio.create_task(fine.wait()), asyncio.create_task(stop.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not stop.is_set():
            raise ConnectionError("gone, too")

    roles = [
        health.watched(Role("athens: events", until_told), "athens"),
        health.watched(Role("patras: events", fragile), "patras"),
        health.watched(Role("http", idle)),
    ]
    failed = f"failed, {WAITS}; see the log"
    assert set(health.problems()) == {"athens: events", "patras: events", "http"}
    stop = asyncio.Event()
    running = asyncio.create_task(run_until_stopped(roles, stop=stop, first_pause_seconds=20))
    await asyncio.sleep(0.1)
    assert health.problems() == {}
    fine.set()
    await asyncio.sleep(0.1)
    assert health.problems() == {"athens: events": failed, "patras: events": failed}
    stop.set()
    await running
