"""What one process commits wakes who waits in another: NOTIFY once a group, LISTEN once."""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

from smartcart.kit.database.limits import Limits
from smartcart.kit.database.postgres.connection import FAILURES, connect_to_write
from smartcart.kit.database.wake_ups import WakeUps

log = logging.getLogger(__name__)

_CHANNEL = "smartcart"
_MOST_BYTES = 7_000
"""The server takes messages of less than 8,000."""
_RECONNECT_SECONDS = 1.0
_ASK_EVERY_SECONDS = 15.0


def notification(sender: str, channels: Iterable[str]) -> str:
    """SQL that tells everybody but `sender`, when its transaction commits, of these channels."""
    texts = (text.replace("'", "''") for text in _messages(sender, channels))
    return "".join(f"notify {_CHANNEL}, '{text}'; " for text in texts)


def _messages(sender: str, channels: Iterable[str]) -> Iterator[str]:
    """As few as hold all channels, a line each; of one that none can hold, what it lies below."""
    message = sender
    for channel in sorted({_fitting(one) for one in channels}):
        if len(f"{message}\n{channel}".encode()) > _MOST_BYTES:
            yield message
            message = sender
        message = f"{message}\n{channel}"
    if message != sender:
        yield message


def _fitting(channel: str) -> str:
    while len(channel.encode()) > _MOST_BYTES // 2:
        channel = channel.rpartition("/")[0]
    return channel


class Notices:
    """Listens, from the first time somebody waits for something, until it is closed.

    Only a hint: whoever waits looks by itself from time to time. After a lost connection everybody
    is woken once, for nobody knows what was missed.
    """

    def __init__(self, url: str, limits: Limits, wake_ups: WakeUps) -> None:
        self.sender = secrets.token_hex(8)
        self._url = url
        self._limits = limits
        self._wake_ups = wake_ups
        self._task: asyncio.Task[None] | None = None
        self._was_lost = False

    def listen(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except FAILURES as error:
                log.warning("not told of other processes' commits for a moment: %s", error)
            self._was_lost = True
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        """Until the connection is lost; when nothing comes, only asking can tell."""
        lost = asyncio.Event()
        connection = await connect_to_write(self._url, self._limits)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._told)
            if self._was_lost:
                self._wake_ups.wake_all()
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _ASK_EVERY_SECONDS)
                    return
                await connection.execute("select 1")
        finally:
            connection.terminate()

    def _told(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        sender, *channels = str(payload).split("\n")
        if sender != self.sender:
            self._wake_ups.wake(channels)
