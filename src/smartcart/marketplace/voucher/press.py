"""Draws labels in processes of its own, so that the event loop never waits for a drawing.

A worker is a plain child process spoken to through its standard streams, not a process pool:
a pool's worker imports the whole main program again, and outlives a parent that was killed.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from types import TracebackType
from typing import Self

import msgspec

from smartcart.marketplace.domain.voucher import Voucher
from smartcart.marketplace.voucher.framing import DONE, HEADER, frame

# -P: a file of the working directory must not stand in for a module of the same name.
_COMMAND = (sys.executable, "-P", "-m", "smartcart.marketplace.voucher.worker")
_START_SECONDS = 30
_STOP_SECONDS = 2
# One label being drawn and one waiting in the pipe keep a worker busy.
_IN_FLIGHT = 2
_ATTEMPTS = 2


class LabelNotDrawnError(Exception):
    """The label could not be drawn this time; asking again is harmless."""


class _WorkerGoneError(Exception):
    pass


class Press:
    """Draws labels with `workers` processes; at most two labels a worker are in flight.

    Belongs to one event loop. Use as an async context manager, or `start` and `close` it.
    """

    def __init__(self, workers: int = 1, label_seconds: float = 20) -> None:
        """Prepare a press; no process runs before `start` or the first label.

        A worker that is silent for `label_seconds` while a label is asked of it is replaced.
        """
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._seats = [_Seat(label_seconds) for _ in range(workers)]
        self._free = asyncio.Semaphore(workers * _IN_FLIGHT)
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start the press."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the press."""
        await self.close()

    async def start(self) -> None:
        """Start the workers and return when they are warm, so that no label waits for it.

        Raises LabelNotDrawnError when a worker does not come up.
        """
        try:
            await asyncio.gather(*(seat.worker() for seat in self._seats))
        except _WorkerGoneError as gone:
            await self.close()
            raise LabelNotDrawnError(str(gone)) from gone

    async def draw(self, voucher: Voucher) -> bytes:
        """Return the PDF of `voucher`, as `label.draw` makes it.

        A label whose worker dies or hangs is drawn once more by a new one. Raises
        LabelNotDrawnError when that fails too or the press is closed.
        """
        message = frame(DONE, msgspec.msgpack.encode(voucher))
        async with self._free:
            seat = min(self._seats, key=_Seat.load)
            for attempt in range(_ATTEMPTS):
                if self._closed:
                    raise LabelNotDrawnError("the press is closed")
                try:
                    return await seat.draw(message)
                except _WorkerGoneError as gone:
                    if attempt + 1 == _ATTEMPTS:
                        raise LabelNotDrawnError(str(gone)) from gone
        raise AssertionError("every attempt returns or raises")

    async def close(self) -> None:
        """Let the labels in flight finish, refuse the rest and end the workers, in seconds."""
        self._closed = True
        await asyncio.gather(*(seat.clear() for seat in self._seats))


class _Seat:
    """A place for one worker, filled again when its worker dies."""

    def __init__(self, label_seconds: float) -> None:
        self._label_seconds = label_seconds
        self._worker: _Worker | None = None
        self._changing = asyncio.Lock()

    def load(self) -> int:
        return self._worker.load if self._worker else 0

    async def draw(self, message: bytes) -> bytes:
        worker = await self.worker()
        try:
            async with asyncio.timeout(self._label_seconds):
                return await worker.ask(message)
        except TimeoutError:
            worker.kill()
            raise _WorkerGoneError(f"no label within {self._label_seconds} seconds") from None

    async def worker(self) -> "_Worker":
        async with self._changing:
            if self._worker and self._worker.gone:
                await self._worker.stop()
                self._worker = None
            if self._worker is None:
                self._worker = await _Worker.start()
            return self._worker

    async def clear(self) -> None:
        async with self._changing:
            if self._worker:
                await self._worker.stop()
                self._worker = None


class _Worker:
    """One worker process; its answers come in the order of the questions."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._input = process.stdin
        self._output = process.stdout
        self._asked: deque[asyncio.Future[bytes]] = deque()
        self._killed = False
        self._ready = self._expect()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> Self:
        # A session of its own, so that Ctrl-C at the terminal is the parent's alone.
        worker = cls(
            await asyncio.create_subprocess_exec(
                *_COMMAND, stdin=PIPE, stdout=PIPE, limit=1 << 20, start_new_session=True
            )
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._ready
        except BaseException as failure:
            worker.kill()
            await worker.stop()
            if isinstance(failure, TimeoutError):
                raise _WorkerGoneError(f"not ready within {_START_SECONDS} seconds") from None
            raise
        return worker

    @property
    def load(self) -> int:
        return len(self._asked)

    @property
    def gone(self) -> bool:
        return self._killed or self._reader.done()

    async def ask(self, message: bytes) -> bytes:
        if self.gone:
            raise _WorkerGoneError("the label worker has died")
        answer = self._expect()
        self._input.write(message)
        return await answer

    def kill(self) -> None:
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> None:
        """Close the input, which ends the worker after the labels it has; reap it."""
        self._input.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await self._reader

    def _expect(self) -> asyncio.Future[bytes]:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        return answer

    async def _read(self) -> None:
        try:
            while True:
                header = await self._output.readexactly(HEADER.size)
                status, size = HEADER.unpack(header)
                self._settle(status, await self._output.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._abandon()

    def _settle(self, status: int, payload: bytes) -> None:
        answer = self._asked.popleft()
        if answer.done():  # whoever asked was cancelled
            return
        if status == DONE:
            answer.set_result(payload)
        else:
            answer.set_exception(LabelNotDrawnError(payload.decode()))

    def _abandon(self) -> None:
        while self._asked:
            answer = self._asked.popleft()
            if not answer.done():
                answer.set_exception(_WorkerGoneError("the label worker has died"))
