"""What an outbox is asked, by the functions that ask it in production, and how long that takes."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter

from bench.outbox_history.filling import MERCHANTS, Span
from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.storage import endpoints
from smartcart.outbox import Place, Position, Search
from smartcart.outbox import exhausted as given_up
from smartcart.outbox.standing import standing

_PAGE, _TIMES, _MOST = 50, 15, 10_000

Question = Callable[[Database, Span, int], Awaitable[object]]
"""Asked again and again, each time of something else: the number says of what."""


def _merchant(number: int) -> str:
    return f"shop-{number * 37 % MERCHANTS}"


async def _order(database: Database, span: Span, number: int) -> object:
    key = span.key(number * 7_919 % span.events)
    found = await outbox.search(database, Search(kind=WEBHOOKS, key=key), _now(span), _PAGE)
    assert found, key
    return found


async def _newest(database: Database, span: Span, _number: int) -> object:
    return await outbox.search(database, Search(kind=WEBHOOKS), _now(span), _PAGE)


async def _of_merchant(database: Database, span: Span, number: int) -> object:
    wanted = Search(kind=WEBHOOKS, lane=_merchant(number))
    return await outbox.search(database, wanted, _now(span), _PAGE)


async def _given_up(database: Database, span: Span, number: int) -> object:
    wanted = Search(kind=WEBHOOKS, outcome="exhausted")
    return await outbox.search(database, wanted, Position(span.at(number / _TIMES)), _PAGE)


async def _failed_of_merchant(database: Database, span: Span, number: int) -> object:
    wanted = Search(kind=WEBHOOKS, outcome="failed", lane=_merchant(number))
    return await outbox.search(database, wanted, _now(span), _PAGE)


async def _delivered_of_merchant(database: Database, span: Span, number: int) -> object:
    wanted = Search(kind=WEBHOOKS, outcome="delivered", lane=_merchant(number))
    return await outbox.search(database, wanted, _now(span), _PAGE)


async def _lost(database: Database, span: Span, _number: int) -> object:
    """There is none."""
    wanted = Search(kind=WEBHOOKS, outcome="lost")
    return await outbox.search(database, wanted, _now(span), _PAGE)


async def _period(database: Database, span: Span, number: int) -> object:
    share = number / (_TIMES + 1)
    wanted = Search(kind=WEBHOOKS, since=span.at(share))
    return await outbox.search(database, wanted, Position(span.at(share + 0.01)), _PAGE)


async def _list(database: Database, span: Span, number: int) -> object:
    wanted = outbox.Span(kind=WEBHOOKS, since=span.at(number / _TIMES))
    return await given_up.exhausted(database, wanted, Place(), 200)


async def _list_of_merchant(database: Database, _span: Span, number: int) -> object:
    wanted = outbox.Span(kind=WEBHOOKS, lane=_merchant(number))
    return await given_up.exhausted(database, wanted, Place(), 200)


async def _count_of_merchant(database: Database, _span: Span, number: int) -> object:
    wanted = outbox.Span(kind=WEBHOOKS, lane=_merchant(number))
    return await given_up.count(database, wanted, _MOST)


async def _count_of_a_day(database: Database, span: Span, number: int) -> object:
    share = number / (_TIMES + 1)
    wanted = outbox.Span(kind=WEBHOOKS, since=span.at(share), until=span.at(share + 1 / 90))
    return await given_up.count(database, wanted, _MOST)


async def _endpoints(database: Database, _span: Span, _number: int) -> object:
    return await endpoints.all_of_them(database)


async def _waiting(database: Database, span: Span, _number: int) -> object:
    return await standing(database, span.until)


QUESTIONS: dict[str, Question] = {
    "search, of an order": _order,
    "search, the newest": _newest,
    "search, of a merchant": _of_merchant,
    "search, given up": _given_up,
    "search, failed of a merchant": _failed_of_merchant,
    "search, delivered of a merchant": _delivered_of_merchant,
    "search, lost": _lost,
    "search, of a period": _period,
    "given up and not sent again, from a moment on": _list,
    "given up and not sent again, of a merchant": _list_of_merchant,
    "count of those, of a merchant": _count_of_merchant,
    "count of those, of a day": _count_of_a_day,
    "how all merchants' endpoints fare": _endpoints,
    "what waits, for the figures": _waiting,
}


async def asked(database: Database, span: Span) -> dict[str, tuple[float, str]]:
    """The median milliseconds of each."""
    return {name: (await _median(database, span, ask), "ms") for name, ask in QUESTIONS.items()}


async def _median(database: Database, span: Span, ask: Question) -> float:
    took = []
    for number in range(_TIMES):
        began = perf_counter()
        await ask(database, span, number)
        took.append(1_000 * (perf_counter() - began))
        await asyncio.sleep(0)
    return median(took)


def _now(span: Span) -> Position:
    return Position(span.until + 1)
