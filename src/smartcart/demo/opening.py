"""From options to two healthy programs and what is needed to talk to them, and back again."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from aiohttp import ClientSession

from smartcart.demo import catalogue, settings
from smartcart.demo.folder import Folder, State, fresh_state
from smartcart.demo.halves import Half, Marketplace, Shop
from smartcart.demo.leftovers import end_leftovers
from smartcart.demo.options import MARKETPLACE_PORT, MERCHANT_PORT, DemoError, DemoOptions
from smartcart.demo.programs import Program
from smartcart.demo.settings import HOST, MARKETPLACE, MERCHANT, url
from smartcart.demo.signals import signals_ignored
from smartcart.demo.terminal import Say
from smartcart.kit.egress import open_session
from smartcart.kit.files import write_atomically
from smartcart.kit.serving import PortTaken, listen

SHOP_NAME = "Περιβόλι Δοκιμών"
_ADDS_WITHIN = 30.0
_PORT_OPTIONS = {MARKETPLACE: "--marketplace-port", MERCHANT: "--merchant-port"}


@dataclass(slots=True)
class Demo:
    """Both programs, running, and the way to each."""

    folder: Folder
    state: State
    marketplace: Marketplace
    shop: Shop
    programs: dict[str, Program]

    def remember(self, **changes: object) -> None:
        """Keep a change of the state for the next run."""
        self.state = msgspec.structs.replace(self.state, **changes)
        self.folder.save(self.state)

    async def start(self, name: str) -> None:
        """Start a program, and keep its process id for the run after this."""
        program = self.programs[name]
        await program.start()
        self.remember(pids={**self.state.pids, name: program.pid})


@asynccontextmanager
async def opened(folder: Folder, options: DemoOptions, say: Say) -> AsyncIterator[Demo]:
    """Both programs, started or resumed; stopped again at the end.

    Raises `DemoError` with the reason and its remedy. The folder must be locked by the caller.
    """
    state = folder.load() or _begin(folder, options)
    _require_same_ports(folder, state, options)
    async with open_session(allow_private=True, user_agent="smartcart-demo") as session:
        demo = _demo(folder, state, session)
        halves: dict[str, Half] = {MARKETPLACE: demo.marketplace, MERCHANT: demo.shop}
        await end_leftovers(halves, state.pids, say)
        _require_free_ports(state)
        folder.write_privately(folder.settings_file, settings.settings_file(folder, state, options))
        if state.token:
            say(f"Resuming what is in {folder.path}")
        else:
            await _add_merchant(demo, say)
        for program in demo.programs.values():
            program.environment = settings.environment(folder, demo.state)
        try:
            await asyncio.gather(*map(demo.start, halves))
            for name, half in halves.items():
                say(f"The {name} runs at {half.url}, its log is {folder.log(name)}")
            await _require_offers(demo)
            yield demo
        finally:
            with signals_ignored():
                await _stop(demo, say)


def _begin(folder: Folder, options: DemoOptions) -> State:
    state = fresh_state(
        options.marketplace_port or MARKETPLACE_PORT, options.merchant_port or MERCHANT_PORT
    )
    write_atomically(folder.feed, catalogue.feed())
    write_atomically(folder.stock, catalogue.stock_list(catalogue.shelf()))
    folder.save(state)
    return state


def _demo(folder: Folder, state: State, session: ClientSession) -> Demo:
    marketplace = Marketplace(session, url(state.marketplace_port), state.panel_key)
    shop = Shop(session, url(state.merchant_port), state.dashboard_key)
    programs = {
        MARKETPLACE: _program(MARKETPLACE, folder, marketplace),
        MERCHANT: _program(MERCHANT, folder, shop),
    }
    return Demo(folder, state, marketplace, shop, programs)


def _program(name: str, folder: Folder, half: Half) -> Program:
    return Program(
        name=name,
        arguments=(name, "run"),
        environment={},
        folder=folder.path,
        log=folder.log(name),
        healthy=half.healthy,
    )


async def _add_merchant(demo: Demo, say: Say) -> None:
    """Make the shop known to the marketplace, with the command that an operator would use."""
    token = await _run_add(demo)
    demo.remember(token=token)
    say(f"The marketplace knows the shop «{SHOP_NAME}» and {len(catalogue.names())} of its offers")


async def _run_add(demo: Demo) -> str:
    arguments = (
        *(MARKETPLACE, "merchant", "add", demo.state.merchant_id, "--json"),
        *("--name", SHOP_NAME),
        *("--webhook-url", settings.webhook_url(demo.state), "--domain", HOST),
        *("--phone", "2100000000", "--street", "Ευριπίδου", "--street-number", "12"),
        *("--zip", "10559", "--city", "Αθήνα", "--region", "Αττική"),
        *("--feed", str(demo.folder.feed.absolute())),
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smartcart", *arguments),
        env=settings.environment(demo.folder, demo.state),
        cwd=demo.folder.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        printed, complaint = await asyncio.wait_for(process.communicate(), _ADDS_WITHIN)
    except TimeoutError:
        process.kill()
        raise DemoError("Adding the shop to the marketplace took too long.") from None
    if process.returncode:
        why = complaint.decode(errors="replace").strip()
        raise DemoError(f"The shop could not be added to the marketplace: {why}")
    return msgspec.json.decode(printed, type=_Added).token


class _Added(msgspec.Struct):
    token: str


def _require_same_ports(folder: Folder, state: State, options: DemoOptions) -> None:
    """The shop's address is known to the marketplace, so it stays with the folder."""
    asked = {MARKETPLACE: options.marketplace_port, MERCHANT: options.merchant_port}
    for name, kept in _ports(state).items():
        if asked[name] not in (None, kept):
            raise DemoError(
                f"{_PORT_OPTIONS[name]}: the demo in {folder.path} has its {name} on port {kept}. "
                f"Leave the option out, or start afresh with another --folder."
            )


def _require_free_ports(state: State) -> None:
    for name, port in _ports(state).items():
        try:
            listen(HOST, port).close()
        except PortTaken:
            raise DemoError(
                f"Port {port}, for the {name}, is taken by another program. Stop that one, or "
                f"start afresh with another --folder and {_PORT_OPTIONS[name]}."
            ) from None


def _ports(state: State) -> dict[str, int]:
    return {MARKETPLACE: state.marketplace_port, MERCHANT: state.merchant_port}


async def _require_offers(demo: Demo) -> None:
    if not await demo.marketplace.offers(demo.state.merchant_id):
        raise DemoError(
            f"The marketplace does not know the shop of {demo.folder.path} any more: its database "
            "is another. Remove the folder to begin afresh."
        )


async def _stop(demo: Demo, say: Say) -> None:
    """The shop first: what the marketplace then cannot tell it is told when both run again."""
    for name in (MERCHANT, MARKETPLACE):
        if demo.programs[name].runs:
            await demo.programs[name].stop()
            say(f"The {name} has stopped")
    demo.remember(pids={})
