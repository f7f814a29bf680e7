"""Whether this process does its work: its roles and its event loop."""

import asyncio
from collections.abc import Mapping

from smartcart.kit.loop import Role
from smartcart.watch.heartbeat import Heartbeat

_ASKED_SECONDS = 60.0


class Health:
    """What the roles that are watched do just now.

    An event loop that stood still for `stalled_seconds` is a problem for the ten that follow.
    """

    def __init__(self, heartbeat: Heartbeat, *, stalled_seconds: float = 5.0) -> None:
        self._heartbeat = heartbeat
        self._stalled_seconds = stalled_seconds
        self._idle: dict[str, str] = {}
        self._shops: dict[str, str] = {}
        self._stop: asyncio.Event | None = None
        self._asked_at: float | None = None

    def watched(self, role: Role, shop: str = "") -> Role:
        """`role`, whose being at work is known from here on; maybe that of one of several shops."""
        self._idle[role.name] = "has not started"
        if shop:
            self._shops[role.name] = shop

        async def run(stop: asyncio.Event) -> None:
            self._stop = stop
            self._idle.pop(role.name, None)
            try:
                await role.run(stop)
            except Exception:
                self._idle[role.name] = "failed, and waits to be started again; see the log"
                raise
            if not stop.is_set():
                self._idle[role.name] = "ended unasked, and waits to be started again"

        return Role(role.name, run)

    def lingering(self, role: Role, seconds: float) -> Role:
        """`role`, which goes on for `seconds` after the others are told to stop.

        In this time a load balancer learns from /readyz that nothing more is to be sent here. When
        nobody asked that in the last minute, nobody has to learn it: `role` stops at once.
        """

        async def run(stop: asyncio.Event) -> None:
            later = asyncio.Event()
            waiting = asyncio.create_task(self._linger(stop, later, seconds))
            try:
                await role.run(later)
            finally:
                waiting.cancel()

        return Role(role.name, run)

    def problems(self) -> Mapping[str, str]:
        """What does not work, by its name; empty when everything does.

        What works for one of several shops alone is nothing to start all of them anew for.
        """
        lag = self._heartbeat.lag()
        if lag < self._stalled_seconds:
            return self._of_all()
        return self._of_all() | {"event loop": f"stood still for {lag:.1f} s"}

    def _of_all(self) -> dict[str, str]:
        troubled = {self._shops[name] for name in self._idle if name in self._shops}
        if troubled == set(self._shops.values()):
            return dict(self._idle)
        return {name: why for name, why in self._idle.items() if name not in self._shops}

    @property
    def is_stopping(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def asked(self) -> None:
        """Somebody depends on being told whether this process is ready."""
        self._asked_at = asyncio.get_running_loop().time()

    async def _linger(self, stop: asyncio.Event, later: asyncio.Event, seconds: float) -> None:
        await stop.wait()
        if self._somebody_asks():
            await asyncio.sleep(seconds)
        later.set()

    def _somebody_asks(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self._asked_at is not None and now - self._asked_at < _ASKED_SECONDS
