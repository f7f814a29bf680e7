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

_LOOK_EVERY = 0.15
_HEARTBEAT_EVERY = 10.0
_PAGE = 500
# A step is visible when its commit is: longer after its `at` than any commit takes.
_OVERLAP = 5_000_000
_REMEMBERED = 20_000


async def follow(database: Database, backlog: int) -> AsyncIterator[Step | None]:
    """The newest `backlog` steps, then each new one as it is committed; None when it is quiet."""
    known: OrderedDict[str, None] = OrderedDict()
    steps = await latest(database, backlog)
    newest = steps[-1].at if steps else 0
    while True:
        for step in steps:
            if step.id not in known:
                known[step.id] = None
                yield step
        while len(known) > _REMEMBERED:
            known.popitem(last=False)
        yield None
        await asyncio.sleep(_LOOK_EVERY)
        steps = await _after(database, newest)
        newest = max([newest, *(step.at for step in steps)])


async def _after(database: Database, newest: int) -> list[Step]:
    """Everything from a little before `newest`, page by page."""
    steps: list[Step] = []
    start = newest - _OVERLAP
    while True:
        page = await since(database, start, _PAGE)
        steps += page
        if len(page) < _PAGE or page[-1].at == start:
            return steps
        start = page[-1].at


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
    wanted = request.query_params.get("latest", "50")
    backlog = min(int(wanted), _PAGE) if wanted.isdigit() else 50
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
