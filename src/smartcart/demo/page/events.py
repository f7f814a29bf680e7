"""The page's own feed: what differs since it was last told, rendered for its reader.

The first event after every connection holds everything, so nothing that happened while the
connection was away is missing.
"""

from collections.abc import AsyncIterator

import msgspec

from smartcart.demo.live import ACTIVITY, PROGRAMS, STOCK, STREAM, Live
from smartcart.demo.page.render import Renderer

_SETTLE_SECONDS = 0.08
_ALL_PARTS = frozenset({STOCK, PROGRAMS, STREAM, ACTIVITY})


class _Change(msgspec.Struct):
    parts: dict[str, str]
    cards: dict[str, str]
    order: list[str]
    open: int


async def events(live: Live, renderer: Renderer) -> AsyncIterator[bytes]:
    """`text/event-stream`, until the reader goes."""
    yield b"retry: 1000\n\n"
    first = True
    async for changed in live.versions.changes(_SETTLE_SECONDS):
        yield b"data: %b\n\n" % msgspec.json.encode(_change(live, renderer, changed, first))
        first = False


def _change(live: Live, renderer: Renderer, changed: set[str], everything: bool) -> _Change:
    cards = live.cards()
    codes = [card.code for card in cards]
    shown = [card for card in cards if everything or card.code in changed]
    opened = set(codes[: renderer.opened])
    return _Change(
        parts=renderer.parts(set(_ALL_PARTS) if everything else changed),
        cards={card.code: renderer.card(card, opened=card.code in opened) for card in shown[::-1]},
        order=codes,
        open=renderer.opened,
    )
