"""Receivers away for what stands for an hour of traffic, and back: played with real processes."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import msgspec

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.outbox import Span
from tests.backlog import audit, memory, traffic
from tests.backlog.receivers import Receivers, receivers
from tests.support.marketplace import a_merchant, add_merchant, opened
from tests.support.ports import free_port
from tests.support.programs import Program

REQUESTS = 4
_TIMEOUT = 10
_SHORTEST_TIMEOUT = 1.0
_PROGRESS = re.compile(rb"\d+%")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All times of the schedule are divided by `times_faster`, and those the receivers are away.

    Meanwhile `events_per_second` happen, in seconds of the clock on the wall. Before, to compare,
    `usual` events are delivered to receivers that are there. `offsets` and `within`, in seconds,
    are the contract's.
    """

    times_faster: float = 20
    events_per_second: float = 60
    minutes_away: float = 60
    shops: int = 50
    usual: int = 3_000
    offsets: tuple[float, ...] = (60, 300, 1_080)
    within: float = 1_200

    @property
    def away(self) -> float:
        """In seconds."""
        return self.minutes_away * 60 / self.times_faster

    @property
    def events(self) -> int:
        return round(self.away * self.events_per_second)


@dataclass
class Report:
    """What was done, and what became of every event. `wrong` is empty when all is well."""

    engine: str = ""
    seconds: float = 0
    minutes_away: float = 0
    times_faster: float = 0
    orders: int = 0
    events: int = 0
    requests_while_away: int = 0
    events_by_requests: dict[int, int] = field(default_factory=dict)
    events_kept: int = 0
    resident_mib_by_quarter: list[float] = field(default_factory=list)
    resent: int = 0
    resent_in_seconds: float = 0
    progress_shown: list[str] = field(default_factory=list)
    usual_per_second: float = 0
    at_return_per_second: float = 0
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [f"{name}: {value}" for name, value in asdict(self).items()]


Tell = Callable[[str], None]


class _Scene(NamedTuple):
    plan: Plan
    database: Database
    url: str
    there: Receivers
    sender: Program
    shops: list[str]
    tell: Tell


async def run(folder: Path, url: str, plan: Plan, tell: Tell) -> Report:
    """Play it on the empty database at `url`; logs are kept in `folder`."""
    began = monotonic()
    report = Report(
        engine="PostgreSQL" if url.startswith("postgres") else "SQLite",
        minutes_away=plan.minutes_away,
        times_faster=plan.times_faster,
    )
    async with _scene(folder, url, plan, tell) as scene:
        report.usual_per_second = await _usual(scene)
        since, until = await _away(scene, report)
        await _back(scene, report, since, until)
    report.seconds = round(monotonic() - began, 1)
    return report


@asynccontextmanager
async def _scene(folder: Path, url: str, plan: Plan, tell: Tell) -> AsyncIterator[_Scene]:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(receivers())
        database = await stack.enter_async_context(opened(url))
        shops = [f"shop-{n}" for n in range(plan.shops)]
        for number, shop in enumerate(shops):
            base = there.closed if number % 2 else there.answering
            await add_merchant(database, a_merchant(shop, webhook_url=f"{base}/{shop}"))
        part = "sender" if url.startswith("postgres") else "run"
        sender = Program("marketplace", _settings(url, plan), "", folder / "sender.log", part=part)
        yield _Scene(plan, database, url, there, sender, shops, tell)
        if sender.process is not None:
            await sender.stop()


def _settings(url: str, plan: Plan) -> dict[str, str]:
    """The schedule of the contract, so many times faster; all else as it is by default."""
    offsets = ",".join(f"{offset / plan.times_faster:g}" for offset in plan.offsets)
    return {
        "SMARTCART_MARKETPLACE_DATABASE": url,
        "SMARTCART_MARKETPLACE_PORT": str(free_port()),
        "SMARTCART_MARKETPLACE_DEVELOPMENT": "true",
        "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": offsets,
        "SMARTCART_MARKETPLACE_WEBHOOK_WITHIN_SECONDS": f"{plan.within / plan.times_faster:g}",
        "SMARTCART_MARKETPLACE_WEBHOOK_TIMEOUT_SECONDS": str(
            max(_SHORTEST_TIMEOUT, _TIMEOUT / plan.times_faster)
        ),
    }


async def _usual(scene: _Scene) -> float:
    """Deliveries a second of a backlog while everybody is there, as after it."""
    await traffic.enter(scene.database, scene.shops, scene.plan.usual)
    scene.tell(f"{scene.plan.usual} events to receivers that are there")
    await scene.sender.start()
    await _until_settled(scene)
    return rate(at for _, at in (await scene.there.heard()).taken)


async def _away(scene: _Scene, report: Report) -> tuple[int, int]:
    """Away, and until everything is given up; the period in which it happened."""
    plan, process = scene.plan, scene.sender.process
    assert process is not None
    await scene.there.go_away()
    since = await scene.database.now()
    await asyncio.sleep(0.2)  # events are dated by another clock, which may be a little behind
    scene.tell(f"away: {plan.events} events in {plan.away:g} s, of {plan.shops} shops")
    async with memory.sampled(process.pid) as samples:
        report.orders = await traffic.enter(
            scene.database, scene.shops, plan.events, plan.events_per_second
        )
        await asyncio.sleep(0.2)  # or a little ahead
        until = await scene.database.now()
        scene.tell("no more happens; waiting for what is still to be tried")
        await _until_settled(scene)
    report.resident_mib_by_quarter = [round(peak / 2**20, 1) for peak in memory.peaks(samples)]
    if not memory.is_flat(samples):
        report.wrong.append(f"memory grew: {report.resident_mib_by_quarter} MiB by quarters")
    await _count(scene, report, since)
    return since, until


async def _count(scene: _Scene, report: Report, since: int) -> None:
    """Every event was sent four times, by both sides' count, and is kept."""
    kept = await audit.listed(scene.database, Span(kind=WEBHOOKS, since=since))
    report.events = report.events_kept = len(kept)
    report.events_by_requests = await audit.by_requests(scene.database, since)
    report.requests_while_away = sum(n * of for n, of in report.events_by_requests.items())
    if report.events_by_requests != {REQUESTS: report.events}:
        report.wrong.append(f"events by their requests: {report.events_by_requests}")
    answering = set(scene.shops[::2])
    if odd := audit.refused_otherwise(kept, answering, await scene.there.heard()):
        report.wrong.append(f"{odd} events did not reach their receiver four times")
    expected = report.orders * traffic.EIGHT_ORDERS / 8
    if abs(report.events - expected) > traffic.EIGHT_ORDERS:
        report.wrong.append(f"{report.events} events are kept of some {expected:.0f}")


async def _back(scene: _Scene, report: Report, since: int, until: int) -> None:
    """Resent in bulk over the period by the command; then all of it has come, in order."""
    kept = await audit.listed(scene.database, Span(kind=WEBHOOKS, since=since))
    before = await scene.there.count()
    await scene.there.come_back()
    scene.tell(f"back: {len(kept)} events are sent again")
    began = monotonic()
    report.resent, report.progress_shown = await _resend(scene.url, since, until)
    scene.tell(f"all are written once more after {monotonic() - began:.0f} s")
    await _until_settled(scene)
    report.resent_in_seconds = round(monotonic() - began, 1)
    taken = (await scene.there.heard()).taken[before:]
    report.at_return_per_second = rate(at for _, at in taken)
    if report.resent != len(kept):
        report.wrong.append(f"{report.resent} were sent again of {len(kept)}")
    if odd := audit.came_otherwise(kept, taken):
        report.wrong.append(f"events came otherwise than once and in order: {odd}")
    if left := await audit.listed(scene.database, Span(kind=WEBHOOKS, since=since)):
        report.wrong.append(f"{len(left)} events are still given up")


class _Resent(msgspec.Struct):
    resent: int


async def _resend(url: str, since: int, until: int) -> tuple[int, list[str]]:
    """As an operator does it at a terminal; how many were sent, and the progress that was shown."""
    terminal, end = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartcart", "deliveries", "resend", "--database", url, "--json",
        "--since", from_micros(since).isoformat(), "--until", from_micros(until + 1).isoformat(),
        stdout=asyncio.subprocess.PIPE, stderr=end,
    )  # fmt: skip
    os.close(end)
    shown = asyncio.create_task(asyncio.to_thread(_read, terminal))
    out, _ = await process.communicate()
    told = await shown
    assert process.returncode == 0, told
    percents = [each.decode() for each in dict.fromkeys(_PROGRESS.findall(told))]
    return msgspec.json.decode(out, type=_Resent).resent, _some(percents)


def _read(terminal: int) -> bytes:
    """All that is written there until nobody has it open any more."""
    told = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        try:
            while piece := screen.read(65_536):
                told += piece
        except OSError:
            pass  # how Linux tells that the other end is closed
    return told


def _some(percents: list[str]) -> list[str]:
    """The first, the last, and a few between."""
    step = max(1, len(percents) // 5)
    return [*dict.fromkeys([*percents[::step], *percents[-1:]])]


class _Waiting(msgspec.Struct):
    found: int


async def _until_settled(scene: _Scene) -> None:
    sql = """select coalesce((select 1 from stream where queue = $1 and due is not null limit 1), 0)
             as found"""
    while True:
        assert scene.sender.process is not None
        assert scene.sender.process.returncode is None, scene.sender.log.read_text()
        [waiting] = await scene.database.read(_Waiting, sql, WEBHOOKS)
        if not waiting.found:
            return
        await asyncio.sleep(0.2)


def rate(moments: Iterable[float]) -> float:
    """Arrivals a second, the first fifth and the last left out: starting and running dry."""
    arrived = sorted(moments)
    fifth = len(arrived) // 5
    span = arrived[-1 - fifth] - arrived[fifth]
    return round((len(arrived) - 1 - 2 * fifth) / span, 1)
