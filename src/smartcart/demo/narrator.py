"""What the terminal says while the page shows it all: a line for each order's end."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from smartcart.demo.halves import Side, Step
from smartcart.demo.live import Live
from smartcart.demo.programs import Program, Status
from smartcart.demo.terminal import Say

_LOOK_EVERY = 0.2


class Narrator:
    """Tells of what happened after `since`."""

    def __init__(self, live: Live, say: Say, since: datetime) -> None:
        self._live = live
        self._say = say
        self._since = since

    def take(self, side: Side, step: Step) -> None:
        if step.at < self._since:
            return
        match side, step.what:
            case Side.SHOP, "voucher_printed":
                self._tell(step, "accepted, and its voucher printed", "voucher_printed")
            case Side.MARKETPLACE, "reissued":
                again = step.facts.get("new_code")
                self._tell(step, f"rejected, and re-issued as {again}", "reissued")
            case Side.SHOP, "held":
                self._tell(step, "held for a person", "decided")
            case Side.MARKETPLACE, "cancelled" | "expired" as ended:
                self._tell(step, ended, ended)

    async def watch(self, programs: Iterable[Program]) -> None:
        """Tell when a program ends by itself; until cancelled."""
        known = {program.name: program.status for program in programs}
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for program in programs:
                if program.status is Status.DIED and known[program.name] is not Status.DIED:
                    self._say(
                        f"The {program.name} has ended with code {program.exit_code}: see "
                        f"{program.log}, and start it again on the page"
                    )
                known[program.name] = program.status

    def _tell(self, step: Step, what: str, mark: str) -> None:
        card = self._live.card(step.key)
        span = card.milliseconds_to(mark) if card else None
        self._say(f"{step.key:18}  {what}" + (f" within {span} ms" if span is not None else ""))
