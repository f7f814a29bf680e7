"""Two clients answer one order at once: one wins, the other is told so (contract §3)."""

import asyncio
from collections import Counter

import pytest

from tests.contract.conftest import Market
from tests.support.market_server import Caller
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import events, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

RACES = 200
ACCEPTED_FIRST = {(422, "order_status", "Order is accepted.")}
REJECTED_FIRST = {(422, "order_status", "Order is rejected.")}


async def test_accept_and_reject_raced(shop: Shop, market: Market) -> None:
    wins = Counter[str]()
    async with Caller(market.url, shop.token) as second_client:
        second = Shop(shop.database, shop.merchant, shop.token, second_client)
        for n in range(RACES):
            order = await shop.ordered()
            accepting = shop.accept(order)
            rejecting = second.reject(order, {"rejection_reason_other": "όχι"})
            calls = (accepting, rejecting) if n % 2 else (rejecting, accepting)
            answers = await asyncio.gather(*calls)
            accepted, rejected = answers if n % 2 else answers[::-1]
            state = (await shop.kept(order)).state.value
            wins[state] += 1
            won, lost = (accepted, rejected) if state == "accepted" else (rejected, accepted)
            assert (won.status, won.body) == (200, SUCCESS)
            assert lost.refusal in (ACCEPTED_FIRST if state == "accepted" else REJECTED_FIRST)
            told = await events(market.database, order.code)
            assert [event.order.state for event in told] == ["open", state]
    assert sum(wins.values()) == RACES
    assert set(wins) == {"accepted", "rejected"}


async def test_the_same_accept_many_times_at_once_is_one_acceptance(
    shop: Shop, market: Market
) -> None:
    order = await shop.ordered()
    answers = await asyncio.gather(*(shop.accept(order) for _ in range(20)))
    assert Counter(answer.status for answer in answers) == {200: 1, 422: 19}
    refusals = {answer.refusal for answer in answers if answer.status == 422}
    assert refusals == {(422, "order_status", "Order already accepted.")}
    assert len(await events(market.database, order.code)) == 2


async def test_many_orders_answered_at_once_are_all_answered(shop: Shop, market: Market) -> None:
    orders = [await shop.ordered() for _ in range(40)]
    answers = await asyncio.gather(*(shop.accept(order) for order in orders))
    assert {answer.status for answer in answers} == {200}

    kept = [await stored(market.database, order.code) for order in orders]
    assert {order.state.value for order in kept} == {"accepted"}
