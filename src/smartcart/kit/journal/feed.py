"""The journal as it is written: server-sent events for the live pages."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database
from smartcart.kit.journal import Step, latest, since
from smartcart.kit.queries import as_number

_LOOK_EVERY = 0.15
_HEARTBEAT_EVERY = 10.0
_PAGE = 500
# A step is visible when its commit is: longer after its `at` than any commit takes.
_SECOND = 1_000_000
_OVERLAP = 5 * _SECOND
_REMEMBERED = 20_000


async def follow(database: Database, backlog: int) -> AsyncIterator[Step | None]:
    """The newest `backlog` steps, then each new one as it is committed; None when it is quiet."""
    position = _Position(await _end(database))
    past = await _after(database, position)
    steps = await latest(database, backlog)
    asked_for = {step.id for step in steps}
    known = OrderedDict((step.id, None) for step in past if step.id not in asked_for)
    while True:
        for step in steps:
            if step.id not in known:
                known[step.id] = None
                yield step
        while len(known) > _REMEMBERED:
            known.popitem(last=False)
        yield None
        await asyncio.sleep(_LOOK_EVERY)
        steps = await _after(database, position)
        position.reach(max((step.at for step in steps), default=0))


class _Position:
    """How far the journal was read.

    For a while after a step older ones may still become visible; then they do not any more, and
    what is known need not be read again and again.
    """

    def __init__(self, newest: int) -> None:
        self._newest = newest
        self._reached_at = asyncio.get_running_loop().time()

    @property
    def start(self) -> int:
        quiet = asyncio.get_running_loop().time() - self._reached_at
        return self._newest if quiet * _SECOND > _OVERLAP else self._newest - _OVERLAP

    def reach(self, newest: int) -> None:
        if newest > self._newest:
            self._newest, self._reached_at = newest, asyncio.get_running_loop().time()


async def _end(database: Database) -> int:
    newest = await latest(database, 1)
    return newest[0].at if newest else 0


async def _after(database: Database, position: _Position) -> list[Step]:
    """Everything from `position` on, page by page."""
    steps: list[Step] = []
    at, step_id = position.start, ""
    while True:
        page = await since(database, at, _PAGE, step_id)
        steps += page
        if len(page) < _PAGE:
            return steps
        at, step_id = page[-1].at, page[-1].id


def told(step: Step) -> dict[str, object]:
    """A step as the feed and the pages give it: ISO 8601 UTC time, facts as an object."""
    return {
        "id": step.id,
        "key": step.key,
        "at": from_micros(step.at).isoformat(),
        "what": step.what,
        "facts": msgspec.json.decode(step.facts),
    }


def feed(database: Database, request: Request) -> StreamingResponse:
    """`text/event-stream`: one `step` event a step; `?latest=` says how many old ones first."""
    backlog = min(as_number(request.query_params.get("latest", ""), 50), _PAGE)
    return StreamingResponse(
        _events(database, backlog),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(database: Database, backlog: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    yield b": hello\n\n"
    async for step in follow(database, backlog):
        if step is not None:
            yield b"event: step\nid: %b\ndata: %b\n\n" % (
                step.id.encode(),
                msgspec.json.encode(told(step)),
            )
            spoke = loop.time()
        elif loop.time() - spoke > _HEARTBEAT_EVERY:
            yield b": still here\n\n"
            spoke = loop.time()
