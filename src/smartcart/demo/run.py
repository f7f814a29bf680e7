"""The live demo: both programs and the page, until Ctrl-C."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NoReturn

from smartcart.demo import catalogue
from smartcart.demo.folder import Folder, announce
from smartcart.demo.halves import Declined, Offer, Unreachable
from smartcart.demo.live import PROGRAMS, Live
from smartcart.demo.narrator import Narrator
from smartcart.demo.opening import Demo, opened
from smartcart.demo.options import DemoError, DemoOptions
from smartcart.demo.page.actions import Actions
from smartcart.demo.page.app import Page
from smartcart.demo.page.render import Renderer
from smartcart.demo.placing import Placing
from smartcart.demo.settings import HOST
from smartcart.demo.signals import cancelled_by_signals
from smartcart.demo.terminal import Say, say
from smartcart.kit.clock import utc_now
from smartcart.kit.i18n import load_languages
from smartcart.kit.loop import Role, run_until_stopped
from smartcart.kit.serving import PortTaken, listen, serve

_INTRODUCES_AFTER = 20.0
_VISITOR_LOOKS_FOR = 1.5


async def run(options: DemoOptions, say: Say = say) -> int:
    """Run the demo until Ctrl-C or SIGTERM; returns the exit code."""
    folder = Folder(options.folder)
    try:
        with cancelled_by_signals():
            await _run(folder, options, say)
    except DemoError as error:
        say(str(error))
        return 1
    except asyncio.CancelledError:
        pass
    say(f"Stopped. `smartcart demo` goes on from here; what it keeps is in {folder.path}")
    return 0


async def _run(folder: Folder, options: DemoOptions, say: Say) -> None:
    folder.make()
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(folder.locked())
        listener = stack.enter_context(_listening(options.port))
        url = f"http://{HOST}:{listener.getsockname()[1]}/"
        announce(lock, url)
        demo = await stack.enter_async_context(opened(folder, options, say))
        roles = await _roles(demo, options, listener, say)
        say(f"\n  Open  {url}\n\nCtrl-C stops everything.")
        await run_until_stopped(roles)


async def _roles(demo: Demo, options: DemoOptions, listener: socket.socket, say: Say) -> list[Role]:
    live = Live(demo.marketplace, demo.shop)
    placing = Placing(demo, live, await _offers(demo), options.rate)
    page = _page(demo, live, placing, options.language)
    narrator = Narrator(live, say, utc_now())
    live.listeners.append(narrator.take)
    for program in demo.programs.values():
        program.changed = lambda: live.versions.touch(PROGRAMS)

    async def show(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_close(live, stop))
            await serve(page.app(listener.getsockname()[1]), listener, stop)

    return [
        Role("page", show),
        Role("live", _until_stopped(live.run)),
        Role("stream", _until_stopped(placing.run)),
        Role("introduction", _until_stopped(lambda: _introduce(page, placing, say))),
        Role("narrator", _until_stopped(lambda: narrator.watch(demo.programs.values()))),
    ]


async def _offers(demo: Demo) -> list[Offer]:
    """In the order of the catalogue, which is the shelf's."""
    places = {sku: n for n, sku in enumerate(catalogue.names())}
    offers = await demo.marketplace.offers(demo.state.merchant_id)
    return sorted(offers, key=lambda offer: places.get(offer.sku, len(places)))


def _page(demo: Demo, live: Live, placing: Placing, language: str) -> Page:
    languages = load_languages("smartcart.demo")
    if language and language not in languages:
        raise DemoError(f"--language: must be one of {', '.join(languages)}.")
    renderers = {
        name: Renderer(each, list(languages.values()), live, placing, demo.programs)
        for name, each in languages.items()
    }
    return Page(demo, live, Actions(demo, live, placing), renderers, language)


async def _introduce(page: Page, placing: Placing, say: Say) -> NoReturn:
    """Place the first carts once somebody looks, or after a while when nobody does."""
    try:
        await asyncio.wait_for(page.visited.wait(), _INTRODUCES_AFTER)
        await asyncio.sleep(_VISITOR_LOOKS_FOR)
    except TimeoutError:
        pass
    try:
        await placing.introduce()
    except (Declined, Unreachable) as error:
        say(f"The first carts could not be placed: {error}")
    await asyncio.Event().wait()
    raise AssertionError("waited for nothing")


async def _close(live: Live, stop: asyncio.Event) -> None:
    """End the page's feeds, which would else keep its server from ending."""
    await stop.wait()
    live.versions.close()


def _until_stopped(
    work: Callable[[], Awaitable[None]],
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A role's run from work that only ends when it is cancelled."""

    async def run_work(stop: asyncio.Event) -> None:
        working = asyncio.ensure_future(work())
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        finally:
            working.cancel()
            stopping.cancel()
            await asyncio.wait([working, stopping])

    return run_work


def _listening(port: int) -> socket.socket:
    try:
        return listen(HOST, port)
    except PortTaken:
        raise DemoError(
            f"Port {port}, for the page, is taken by another program. "
            "Stop that one, or choose another with --port."
        ) from None
