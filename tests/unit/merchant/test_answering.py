"""Decisions on their way: every fault a marketplace can show, and one effect in the end."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from smartcart import outbox
from smartcart.kit.clock import from_micros
from smartcart.merchant.actions import work
from smartcart.merchant.domain.order import Status
from smartcart.outbox import Claim, Delivered, Failed
from tests.support.order_documents import line, order, window, without_options
from tests.support.orders_api import Answer, Lost, OrdersApi
from tests.support.proving import proves
from tests.support.shop import Shop

CODE = "260501-0000001"
EVENTS, EFFECTS = (work.EVENTS,), (work.EFFECTS,)
MAINTENANCE = b"<html><body>maintenance; Bearer token-of-the-shop</body></html>"


async def decide(shop: Shop, api: OrdersApi, quantity: int = 2, **fields: Any) -> None:
    """An order that is decided and not yet answered: 2 of 5 pieces, or more than there are."""
    await shop.stock(p1001=5)
    api.orders[CODE] = order(CODE, line("1001", quantity), **fields)
    await shop.told(api.orders[CODE], 0, "new_order")
    await shop.settle(queues=EVENTS)


async def claim_again(shop: Shop, attempt: int = 2) -> Claim:
    """The answer's entry, as a worker holds it that knows nothing of what was done before."""
    [entry] = await outbox.entries(shop.database, f"answer/{CODE}")
    now = await shop.database.now()
    return Claim(
        key=entry.key,
        seq=entry.seq,
        lane="answer",
        kind=entry.kind,
        payload=entry.payload,
        created_at=entry.created_at,
        attempt=attempt,
        first_attempt_at=now,
        claimed_at=now,
        lease="",
    )


async def test_an_accept_is_sent_confirmed_and_recorded(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert api.calls == [f"accept {CODE}"]
    [sent] = await shop.facts(CODE, "sent")
    assert (sent["call"], sent["status"]) == ("accept", 200)
    [attempt] = await outbox.attempts(shop.database, f"answer/{CODE}")
    assert attempt.detail == '200 {"success": true}'


async def test_a_reject_is_sent_and_leaves_nothing_reserved(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api, 6)
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.REJECTED
    assert api.effects == [
        (
            "reject",
            CODE,
            {"line_items": [{"id": "line-1001", "reason_id": 4, "available_quantity": 5}]},
        )
    ]
    assert await shop.shelf() == {"1001": (5, 0)}


@pytest.mark.parametrize("quantity", [2, 6], ids=["accept", "reject"])
@pytest.mark.parametrize(
    "fault",
    [
        Lost(carried_out=True),
        Lost(carried_out=False),
        Answer(500),
        Answer(500, carried_out=True),
        Answer(502, MAINTENANCE),
        Answer(503, MAINTENANCE, {"Retry-After": "0"}),
        Answer(504, b"", carried_out=True),
        Answer(200, b"<html>welcome</html>", carried_out=True),
        Answer(200, b'{"success": false}'),
        Answer(302, b"", {"Location": "/elsewhere"}),
        Answer(404, MAINTENANCE),
        Answer(401, b'{"errors":[{"code":"Unauthorized","messages":["unauthorized"]}]}'),
        Answer(403, b'{"errors":[{"code":"EcommerceMerchantUnauthorized","messages":["off"]}]}'),
        Answer(429, b'{"errors":[{"code":"slow","messages":["down"]}]}', {"Retry-After": "0"}),
    ],
    ids=str,
)
async def test_whatever_happens_to_an_answer_it_takes_effect_once(
    shop: Shop, api: OrdersApi, fault: Lost | Answer, quantity: int
) -> None:
    await decide(shop, api, quantity)
    api.faults.append(fault)
    await shop.settle()
    assert len(api.effects) == 1
    expected = Status.ACCEPTED if quantity == 2 else Status.REJECTED
    assert (await shop.order(CODE)).status is expected
    assert await shop.shelf() == {"1001": (5, 2 if quantity == 2 else 0)}
    assert await shop.is_balanced()
    outcomes = [outcome for _, _, outcome in await shop.attempts(f"answer/{CODE}")]
    assert outcomes == ["failed", "delivered"]
    assert f"GET {CODE}" in api.calls
    details = [one.detail for one in await outbox.attempts(shop.database, f"answer/{CODE}")]
    assert len(await shop.facts(CODE, "send_failed")) == 1
    assert not any("Authorization" in detail for detail in details)


async def test_after_a_crash_the_order_is_read_before_the_call_is_repeated(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    send = shop.handlers[work.ANSWER]
    first = await send(await claim_again(shop, attempt=1))
    assert isinstance(first, Delivered)  # and then the program dies before this is committed
    second = await send(await claim_again(shop))
    assert isinstance(second, Delivered)
    await shop.database.commit(second.also)
    assert api.accepts == [CODE]
    assert api.calls == [f"accept {CODE}", f"GET {CODE}"]
    assert (await shop.order(CODE)).status is Status.ACCEPTED


async def test_already_accepted_by_us_is_success(shop: Shop, api: OrdersApi) -> None:
    """The first call was carried out, its answer lost, and so is the reading's first answer."""
    await decide(shop, api)
    api.faults.append(Lost(carried_out=True))
    api.get_faults.append(Lost(carried_out=False))
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    [sent] = await shop.facts(CODE, "sent")
    assert sent == {"call": "accept", "status": None, "read_back": True}
    assert await shop.facts(CODE, "answered_elsewhere") == []


async def test_already_accepted_by_somebody_else_is_noticed(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    api.orders[CODE] = without_options(api.orders[CODE], "accepted")
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.attempts(f"answer/{CODE}") == [(1, 1, "delivered")]
    assert await shop.shelf() == {"1001": (5, 2)}
    elsewhere = [{"call": "accept"}]
    assert await shop.facts(CODE, "answered_elsewhere") == elsewhere
    assert await shop.facts(CODE, "sent") == []


async def test_other_parcels_than_ours_tell_that_somebody_else_accepted(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    api.faults.append(Lost(carried_out=False))
    api.orders[CODE] = without_options(api.orders[CODE], "accepted", number_of_parcels=3)
    await shop.settle()
    assert len(await shop.facts(CODE, "answered_elsewhere")) == 1


async def test_an_event_that_tells_of_an_answer_before_ours_is_noticed(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    await shop.told(without_options(api.orders[CODE], "accepted"), 60)
    await shop.settle(queues=EVENTS)
    await shop.settle()
    assert api.calls == []
    assert len(await shop.facts(CODE, "answered_elsewhere")) == 1


async def test_a_reading_of_a_settled_order_prints_its_voucher_too(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    url = api.voucher("v.pdf")
    api.orders[CODE] = without_options(api.orders[CODE], "accepted", courier_voucher=url)
    await shop.settle()
    assert len(shop.printed()) == 1


@pytest.mark.parametrize("state", ["cancelled", "expired", "rejected"])
async def test_an_order_that_ended_meanwhile_is_let_go(
    shop: Shop, api: OrdersApi, state: str
) -> None:
    await decide(shop, api)
    api.orders[CODE] = without_options(api.orders[CODE], state)
    await shop.settle()
    assert (await shop.order(CODE)).status == state
    assert await shop.shelf() == {"1001": (5, 0)}
    assert await shop.facts(CODE, "moot") == [{"call": "accept", "state": state}]
    assert api.effects == []


async def test_a_cancellation_overtakes_an_accept_that_is_being_retried(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    api.faults.extend([Answer(500)] * 1000)
    settling = asyncio.create_task(shop.settle())
    while len(api.calls) < 4:
        await asyncio.sleep(0.005)
    api.orders[CODE] = without_options(api.orders[CODE], "cancelled")
    await shop.told(api.orders[CODE], 60)
    await settling
    assert (await shop.order(CODE)).status is Status.CANCELLED
    assert await shop.shelf() == {"1001": (5, 0)}
    assert api.effects == []


async def test_a_decision_an_event_made_moot_is_not_sent_at_all(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    await shop.told(without_options(api.orders[CODE], "cancelled"), 60)
    await shop.settle(queues=EVENTS)
    await shop.settle()
    assert api.calls == []
    assert await shop.facts(CODE, "moot") == [{"call": "accept", "state": "cancelled"}]


async def test_a_decision_an_event_confirmed_is_not_sent_again(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    await shop.told(without_options(api.orders[CODE], "accepted"), 60)
    await shop.settle(queues=EVENTS)
    await shop.settle()
    assert api.calls == []
    assert await shop.facts(CODE, "moot") == []


async def test_a_window_that_is_gone_is_chosen_anew(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    options = api.orders[CODE]["accept_options"]
    fresh = [window(9, shop.start.replace(hour=9) + timedelta(days=3))]
    api.orders[CODE] |= {"accept_options": options | {"pickup_window": fresh}}
    await shop.settle()
    assert [body["pickup_window"] for _, _, body in api.effects] == [9]
    assert await shop.attempts(f"answer/{CODE}") == [(1, 1, "exhausted"), (2, 1, "delivered")]
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.shelf() == {"1001": (5, 2)}


async def test_an_answer_refused_for_good_is_left_to_a_person(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    api.faults.append(Answer(422, b'{"errors":[{"code":"order_status","messages":["express"]}]}'))
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.NEEDS_ATTENTION
    assert await shop.shelf() == {"1001": (5, 2)}  # it may still be accepted by hand
    assert await shop.attempts(f"answer/{CODE}") == [(1, 1, "exhausted")]
    [facts] = await shop.facts(CODE, "send_failed")
    assert (facts["status"], facts["final"]) == (422, True)

    api.orders[CODE] = without_options(api.orders[CODE], "accepted")
    await shop.told(api.orders[CODE], 60)
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.shelf() == {"1001": (5, 2)}


async def test_an_answer_needing_attention_is_decided_again_when_the_order_changes(
    shop: Shop, api: OrdersApi
) -> None:
    await decide(shop, api)
    api.faults.append(Answer(422, b'{"errors":[{"code":"pickup_window","messages":["gone"]}]}'))
    await shop.settle()
    options = api.orders[CODE]["accept_options"]
    location = [{"id": "loc9", "label": "Αλλού"}]
    api.orders[CODE] |= {"accept_options": options | {"pickup_location": location}}
    await shop.told(api.orders[CODE], 60)
    await shop.settle()
    assert [body["pickup_location"] for _, _, body in api.effects] == ["loc9"]
    assert await shop.shelf() == {"1001": (5, 2)}


async def test_an_unknown_order_is_left_to_a_person(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    del api.orders[CODE]
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.NEEDS_ATTENTION
    assert await shop.attempts(f"answer/{CODE}") == [(1, 1, "exhausted")]


async def test_an_answer_about_another_order_is_not_believed(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    other = json.dumps({"order": order("C2", state="accepted")}).encode()
    api.faults.append(Lost(carried_out=False))
    api.get_faults.append(Answer(200, other))
    await shop.settle()
    assert api.accepts == [CODE]


async def test_retries_end_when_the_time_to_answer_is_over(shop: Shop, api: OrdersApi) -> None:
    soon = (await shop.database.now()) + 3_000_000
    await decide(shop, api, expires_at=from_micros(soon).isoformat())
    api.faults.extend([Answer(500)] * 100_000)
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.NEEDS_ATTENTION
    assert (await shop.attempts(f"answer/{CODE}"))[-1][2] == "exhausted"
    assert await shop.database.now() < soon
    failures = await shop.facts(CODE, "send_failed")
    assert [facts.get("final", False) for facts in failures] == [False, True]


async def test_an_answer_that_comes_too_late_is_not_sent(shop: Shop, api: OrdersApi) -> None:
    await decide(shop, api)
    expired = replace(await claim_again(shop, 1), claimed_at=2**60)
    outcome = await shop.handlers[work.ANSWER](expired)
    assert isinstance(outcome, Failed)
    assert outcome.retry_at is None
    assert api.calls == []


@pytest.mark.parametrize("code", [".", ".."])
async def test_a_code_no_url_can_carry_is_left_to_a_person(
    shop: Shop, api: OrdersApi, code: str
) -> None:
    await shop.stock(p1001=5)
    await shop.told(order(code), 0, "new_order")
    await shop.settle()
    assert (await shop.order(code)).status is Status.NEEDS_ATTENTION
    assert api.calls == []


@proves("order.code")
async def test_codes_are_opaque(shop: Shop, api: OrdersApi) -> None:
    await shop.stock(p1001=5)
    code = "../Α β%2F?x=1#y"
    api.orders[code] = order(code)
    await shop.told(api.orders[code], 0, "new_order")
    await shop.settle()
    assert api.accepts == [code]
