"""When a line is looked at again: news at once, free slots together."""

import asyncio

from smartcart.outbox.turns import Turns


async def is_next(turns: Turns) -> bool:
    try:
        async with asyncio.timeout(0.05):
            await turns.next()
    except TimeoutError:
        return False
    return True


async def test_what_ends_while_something_is_claimed_or_looked_for_shares_the_next_look() -> None:
    turns = Turns(asyncio.Event(), poll_seconds=30)
    turns.begin()
    turns.again()
    turns.claiming["k"] = "lane"
    turns.end()
    turns.again()
    assert not await is_next(turns)
    turns.claiming.clear()
    turns.again()
    assert await is_next(turns)
    turns.begin()
    turns.end()
    assert not await is_next(turns)


async def test_news_waits_for_no_claim() -> None:
    news = asyncio.Event()
    turns = Turns(news, poll_seconds=30)
    turns.begin()
    turns.claiming["k"] = "lane"
    turns.end()
    news.set()
    assert await is_next(turns)


async def test_a_line_is_looked_at_from_time_to_time() -> None:
    turns = Turns(asyncio.Event(), poll_seconds=0.01)
    turns.begin()
    turns.end()
    assert await is_next(turns)
