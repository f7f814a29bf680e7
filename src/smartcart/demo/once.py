"""Both flows once, without a page: proof on a terminal that everything works here."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from smartcart.contract import OrderState, PaymentMethod
from smartcart.demo import carts, catalogue
from smartcart.demo.card import Card
from smartcart.demo.folder import Folder
from smartcart.demo.halves import Declined, Unreachable
from smartcart.demo.live import Live
from smartcart.demo.opening import Demo, opened
from smartcart.demo.options import DemoError, DemoOptions
from smartcart.demo.placing import Placing
from smartcart.demo.programs import Status
from smartcart.demo.settings import HOST
from smartcart.demo.signals import cancelled_by_signals
from smartcart.demo.telling import Telling
from smartcart.demo.terminal import Say, say
from smartcart.kit.clock import utc_now
from smartcart.kit.serving import listen

_WITHIN = 60.0
_LOOK_EVERY = 0.05
_PDF = b"%PDF-"


async def once(options: DemoOptions, say: Say = say) -> int:
    """Both programs on free ports, an order accepted and one rejected and re-issued.

    Everything lies in a folder of its own under `options.folder`, which is told at the end. Returns
    the exit code: 0 only when both flows ended as they must.
    """
    started = time.monotonic()
    folder = Folder(options.folder / f"once-{utc_now():%y%m%d-%H%M%S}")
    try:
        with cancelled_by_signals():
            await _run(folder, _with_free_ports(options), say)
    except (DemoError, Declined, Unreachable) as error:
        say(f"FAILED: {error}")
        _say_where(folder, say)
        return 1
    except asyncio.CancelledError:
        say("Stopped before the end.")
        return 130
    say(f"\nBoth flows ended as they must, in {time.monotonic() - started:.1f} s.")
    _say_where(folder, say)
    return 0


async def _run(folder: Folder, options: DemoOptions, say: Say) -> None:
    folder.make()
    with folder.locked():
        async with opened(folder, options, say) as demo:
            live = Live(demo.marketplace, demo.shop)
            flows = _Flows(demo, live, Telling(say, utc_now()), say)
            following = [asyncio.create_task(each.run()) for each in (live, flows.telling)]
            try:
                await flows.run()
            finally:
                flows.telling.tell(utc_now())
                for task in following:
                    task.cancel()
                await asyncio.wait(following)


@dataclass(frozen=True, slots=True)
class _Flows:
    """Both flows, one after the other."""

    demo: Demo
    live: Live
    telling: Telling
    say: Say

    async def run(self) -> None:
        """Raises `DemoError` when one does not end as it must."""
        self.live.listeners.append(self.telling.take)
        self.say("\nA cart that the shop can serve:")
        served = await self._placed(carts.FIRST_SERVED)
        await self._accepted_and_printed(served)
        self.say("\nA cart that asks for more than the shelf has:")
        short = await self._placed(carts.FIRST_SHORT, PaymentMethod.CASH_ON_DELIVERY)
        again = await self._rejected_and_reissued(short)
        await self._accepted_and_printed(again)
        await _require_available(self.demo, again)

    async def _placed(self, lines: carts.Lines, payment: PaymentMethod = PaymentMethod.CARD) -> str:
        placing = Placing(self.demo, self.live, (), rate=1)
        (code,) = await placing.place(lines, payment)
        return code

    async def _accepted_and_printed(self, code: str) -> None:
        card = await self._until(
            code,
            "accepted and its voucher printed",
            lambda card: card.state is OrderState.ACCEPTED and card.printed is not None,
        )
        name = card.printed.facts["file"] if card.printed else ""
        file = self.demo.folder.vouchers / str(name)
        _require_pdf(file, code)
        self.say(f"Accepted, and its voucher printed: {file}")

    async def _rejected_and_reissued(self, code: str) -> str:
        card = await self._until(
            code,
            "rejected and re-issued",
            lambda card: card.state is OrderState.REJECTED and bool(card.reissued_as),
        )
        if card.reissued_as != f"{code}-1":
            raise DemoError(f"{code} was re-issued as '{card.reissued_as}', not as {code}-1.")
        return card.reissued_as

    async def _until(self, code: str, what: str, ended: Callable[[Card], bool]) -> Card:
        """Raises `DemoError` when it takes too long, or a program dies."""
        try:
            async with asyncio.timeout(_WITHIN):
                while (card := self.live.card(code)) is None or not ended(card):
                    _require_programs(self.demo)
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise DemoError(
                f"Order {code} was not {what} within {_WITHIN:.0f} seconds; "
                f"the programs' logs are in {self.demo.folder.path}."
            ) from None
        await self.telling.catch_up()
        return card


async def _require_available(demo: Demo, code: str) -> None:
    """What was re-issued is what the shelf had, no more and no less."""
    shelf = catalogue.shelf()
    expected = {sku: min(n, shelf[sku]) for sku, n in carts.FIRST_SHORT.items()}
    view = await demo.marketplace.order(code)
    lines = view.document.line_items if view else ()
    found = {
        catalogue.Sku(line.shop_uid, line.shop_variation_uid or ""): line.quantity for line in lines
    }
    if found != expected:
        raise DemoError(f"{code} is for {_told(found)} instead of {_told(expected)}.")


def _require_programs(demo: Demo) -> None:
    for program in demo.programs.values():
        if program.status is not Status.RUNNING:
            raise DemoError(
                f"The {program.name} ended with {program.exit_code}; its log is {program.log}."
            )


def _require_pdf(file: Path, code: str) -> None:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DemoError(f"The voucher of {code} is not at {file} ({error.strerror}).") from error
    if not content.startswith(_PDF):
        raise DemoError(f"The voucher of {code}, {file}, is not a PDF.")


def _told(quantities: dict[catalogue.Sku, int]) -> str:
    return ", ".join(f"{n} × {sku.text}" for sku, n in quantities.items()) or "nothing"


def _with_free_ports(options: DemoOptions) -> DemoOptions:
    with listen(HOST, 0) as one, listen(HOST, 0) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
    return replace(options, marketplace_port=ports[0], merchant_port=ports[1])


def _say_where(folder: Folder, say: Say) -> None:
    if folder.path.exists():
        say(
            f"Everything was left in {folder.path}: vouchers in {folder.vouchers}, logs, databases."
        )
