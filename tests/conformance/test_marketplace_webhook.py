"""The webhook, against a real merchant's server that behaves as it is told (contract §5)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from smartcart import outbox
from smartcart.contract import encode, parse_event
from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.marketplace import app
from smartcart.marketplace.actions import answering, merchants, operating, resending
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import Refused
from smartcart.outbox import Position, Search, Trace, storage
from tests.support.http_sink import (
    Behaviour,
    Connection,
    Drip,
    Hang,
    HttpSink,
    Raw,
    Reply,
    Reset,
    redirect,
)
from tests.support.market_server import ORDERS, Caller, serving
from tests.support.marketplace import (
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    eventually,
    place,
    stored,
)
from tests.support.proving import proves
from tests.support.sending import SETTINGS, sending, settled

SPAN = SETTINGS.webhook_retry_seconds[-1]
OK = Reply(200, b"<html>fine</html>", {"Content-Type": "text/html"})


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as listening:
        listening.answer(OK)
        yield listening


@pytest.fixture
async def merchant(database: Database, sink: HttpSink) -> Merchant:
    told = a_merchant(webhook_url=sink.url("/hook?shop=1&key=%2Fa%20b"))
    await add_merchant(database, told)
    return told


async def told(database: Database, order: Order) -> list[tuple[str, dict[str, object]]]:
    """The history of the order's webhook requests."""
    history = await journal.history(database, order.code)
    return [
        (step.what, msgspec.json.decode(step.facts, type=dict[str, object]))
        for step in history
        if step.what.startswith("webhook")
    ]


@proves(
    "webhook.post",
    "webhook.content-type",
    "webhook.user-agent",
    "webhook.query",
    "webhook.any-body",
)
async def test_an_event_is_posted_with_exactly_these_headers_and_the_url_as_it_is(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    order = await place(database)
    async with sending(database):
        [attempt] = await settled(database, order, 1)
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", "/hook?shop=1&key=%2Fa%20b")
    assert dict(request.headers) == {
        "host": f"127.0.0.1:{sink.port}",
        "user-agent": "Skroutz OrderNotifier v1",
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(request.body)),
        "accept": "*/*",
        "accept-encoding": "identity",
    }
    event = parse_event(request.body)
    assert (event.event_type, event.order.code) == ("new_order", order.code)
    assert "Καλλέργη".encode() in request.body
    assert (attempt.outcome, attempt.detail) == ("delivered", "200")
    [(what, facts)] = await told(database, order)
    assert what == "webhook_delivered"
    assert {key: facts[key] for key in ("event", "request", "status")} == {
        "event": 1, "request": 1, "status": 200,
    }  # fmt: skip


FAILURES: list[tuple[Behaviour, str, Trace]] = [
    (Reply(201, b"created"), "201", Trace(201, error="status", excerpt="created")),
    (Reply(202), "202", Trace(202, error="status", excerpt="")),
    (Reply(204), "204", Trace(204, error="status", excerpt="")),
    (Reply(400, b"bad"), "400", Trace(400, error="status", excerpt="bad")),
    (Reply(404, b"no /secret-4"), "404", Trace(404, error="status", excerpt="no /***")),
    (Reply(410), "410", Trace(410, error="status", excerpt="")),
    (Reply(429), "429", Trace(429, error="status", excerpt="")),
    (Reply(500, b"a\0b\xff"), "500", Trace(500, error="status", excerpt="a\ufffdb\ufffd")),
    (Reply(503, b"x" * 2_000), "503", Trace(503, error="status", excerpt="x" * 1_024)),
    (
        redirect("http://127.0.0.2:1/elsewhere"),
        "redirect: a redirect to another host",
        Trace(307, error="redirect"),
    ),
    (redirect("/hook", 304), "304", Trace(304, error="status", excerpt="")),
    (Hang(), "timeout: ", Trace(error="timeout")),
    (Reset(), "reset: ", Trace(error="reset")),
    (Raw(b"nonsense\r\n\r\n"), "invalid_answer: ", Trace(error="invalid_answer")),
    (Drip(200, whole=True), "timeout: ", Trace(error="timeout")),
]


@proves("webhook.only-200", "webhook.other-2xx", "webhook.timeout", "webhook.same-payload")
async def test_only_200_is_success_everything_else_is_tried_again(
    database: Database, sink: HttpSink
) -> None:
    placed = []
    for n, (answer, detail, trace) in enumerate(FAILURES):
        path = f"/secret-{n}"
        sink.answer(answer, OK, path=path)
        await add_merchant(database, a_merchant(path, webhook_url=sink.url(path)))
        placed.append((await place(database, merchant=path), path, detail, trace))
    async with sending(database):
        for order, path, detail, trace in placed:
            failed, delivered = await settled(database, order, 2)
            assert (failed.outcome, delivered.outcome) == ("failed", "delivered"), detail
            assert failed.detail.startswith(detail)
            assert _met(failed) == replace(trace, peer="127.0.0.1"), detail
            assert _met(delivered) == Trace(200, peer="127.0.0.1")
            assert "secret" not in f"{failed.detail} {failed.excerpt}"
            assert 0 <= failed.duration <= (failed.settled_at - failed.started_at) / 1_000 + 1
            first, second = [request.body for request in sink.requests if request.path == path]
            assert first == second
            steps = [what for what, _ in await told(database, order)]
            assert steps == ["webhook_failed", "webhook_delivered"]


def _met(attempt: outbox.Attempt) -> Trace:
    """All but how long it took."""
    assert attempt.milliseconds is not None
    return Trace(attempt.status, None, attempt.peer, attempt.error, attempt.excerpt)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1/hook", "connect"),
        ("http://169.254.169.254/hook", "refused_address"),
        ("http://nowhere.invalid/hook", "name"),
    ],
)
async def test_a_request_that_never_left_is_on_record_too(
    database: Database, url: str, error: str
) -> None:
    await add_merchant(database, a_merchant(webhook_url=url))
    order = await place(database)
    async with sending(database):
        [attempt, *_] = await settled(database, order, 1)
    assert _met(attempt) == Trace(error=error)


async def test_a_slow_body_after_a_200_is_no_failure(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(Drip(200, interval=0.2))
    order = await place(database)
    async with sending(database):
        [attempt] = await settled(database, order, 1)
    assert attempt.outcome == "delivered"


@proves("webhook.four-requests", "webhook.same-payload")
async def test_four_requests_in_all_each_the_same_and_then_it_is_kept_and_seen(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(Reply(500))
    order = await place(database)
    async with sending(database):
        attempts = await settled(database, order, 4)
        await asyncio.sleep(3 * SPAN)
    assert len(sink.requests) == 4
    assert len(set(sink.bodies)) == 1
    assert [attempt.outcome for attempt in attempts] == ["failed"] * 3 + ["exhausted"]
    assert [attempt.n for attempt in attempts] == [1, 2, 3, 4]
    waits = [(one.started_at - attempts[0].started_at) / 1e6 for one in attempts]
    for wait, planned in zip(waits[1:], SETTINGS.webhook_retry_seconds, strict=True):
        assert planned <= wait < SETTINGS.webhook_within_seconds
    search = Search(kind=WEBHOOKS, outcome="exhausted")
    [given_up] = await outbox.search(database, search, Position(await database.now()), 10)
    assert (given_up.key, given_up.detail) == (f"webhook/{order.code}", "500")
    [entry] = await outbox.entries(database, f"webhook/{order.code}")
    assert entry.payload.encode() == sink.bodies[0]
    steps = [what for what, _ in await told(database, order)]
    assert steps == ["webhook_failed"] * 3 + ["webhook_exhausted"]


async def test_a_shop_that_asks_to_be_left_alone_is_for_that_long(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(Reply(503, headers={"Retry-After": "2"}), OK)
    order = await place(database)
    async with sending(database):
        busy, delivered = await settled(database, order, 2)
    assert delivered.outcome == "delivered"
    assert 2 <= (delivered.started_at - busy.started_at) / 1e6 < 6  # and not as late as it may


@proves("webhook.within-20-minutes")
async def test_no_request_is_made_when_the_time_for_them_is_over(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    """As after an hour without power: the first attempt began long ago."""
    long_ago = utc_now() - timedelta(seconds=SETTINGS.webhook_within_seconds + 1)
    order = await place(database, clock=lambda: long_ago)
    await _claimed_by_somebody_who_died(database, order, micros(long_ago))
    async with sending(database):
        lost, given_up = await settled(database, order, 2)
    assert (lost.outcome, given_up.outcome) == ("lost", "exhausted")
    assert sink.requests == []
    assert [what for what, _ in await told(database, order)] == ["webhook_exhausted"]


async def test_an_attempt_whose_sender_died_counts_among_the_four(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(Reply(500))
    order = await place(database)
    await _claimed_by_somebody_who_died(database, order, await database.now())
    async with sending(database):
        attempts = await settled(database, order, 4)
        await asyncio.sleep(2 * SPAN)
    assert [one.outcome for one in attempts] == ["lost", "failed", "failed", "exhausted"]
    assert len(sink.requests) == 3


async def _claimed_by_somebody_who_died(database: Database, order: Order, at: int) -> None:
    """Claimed at `at`, under a lease that ended at once."""
    [candidate] = await storage.heads(
        database, WEBHOOKS, {order.merchant_id: 9}, await database.now()
    )
    assert candidate.key == f"webhook/{order.code}"
    await database.commit(storage.claim(candidate, "dead", at, at))


async def test_events_of_an_order_come_in_order_also_when_the_first_fails(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(Reply(500), Reply(500), OK)
    order = await place(database)
    await answering.accept(database, merchant, order.code, acceptance_of(order))
    await operating.cancel(database, order.code)
    async with sending(database):
        await settled(database, order, 5)
    events = [parse_event(body) for body in sink.bodies]
    assert [event.order.state for event in events] == [
        "open", "open", "open", "accepted", "cancelled",
    ]  # fmt: skip
    times = [event.event_time for event in events[2:]]
    assert times == sorted(set(times))


async def test_an_exhausted_event_does_not_keep_the_next_one(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(*[Reply(500)] * 4, OK)
    order = await place(database)
    await operating.cancel(database, order.code)
    async with sending(database):
        attempts = await settled(database, order, 5)
    assert [(one.seq, one.outcome) for one in attempts[3:]] == [(1, "exhausted"), (2, "delivered")]


@proves("webhook.resend")
async def test_the_latest_event_is_sent_again_as_it_was_when_somebody_asks(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    order = await place(database)
    await answering.accept(database, merchant, order.code, acceptance_of(order))
    async with sending(database):
        await settled(database, order, 2)
        for resent in (1, 2):
            await resending.resend(database, order.code)
            await settled(database, order, 2 + resent)
        await operating.cancel(database, order.code)
        attempts = await settled(database, order, 5)
    accepted = sink.bodies[1]
    assert sink.bodies[1:4] == [accepted] * 3
    assert parse_event(sink.bodies[4]).order.state == "cancelled"
    assert [(one.seq, one.outcome) for one in attempts] == [(n, "delivered") for n in range(1, 6)]


async def test_an_exhausted_event_is_sent_again_with_four_requests(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    sink.answer(*[Reply(500)] * 7, OK)
    order = await place(database)
    async with sending(database):
        await settled(database, order, 4)
        await resending.resend(database, order.code)
        attempts = await settled(database, order, 8)
    assert len(set(sink.bodies)) == 1
    assert [(one.seq, one.outcome) for one in attempts[3:]] == [
        (1, "exhausted"), (2, "failed"), (2, "failed"), (2, "failed"), (2, "delivered"),
    ]  # fmt: skip


async def test_nothing_is_sent_again_where_nothing_is_told(
    database: Database, merchant: Merchant
) -> None:
    order = await place(database)
    await merchants.change(database, replace(merchant, webhook_enabled=False))
    with pytest.raises(Refused, match="off for this shop"):
        await resending.resend(database, order.code)
    silent = await place(database)
    await merchants.change(database, merchant)
    with pytest.raises(Refused, match="no event yet"):
        await resending.resend(database, silent.code)


async def test_a_merchant_that_hangs_delays_nobody_else(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    await add_merchant(database, a_merchant("stuck", webhook_url=sink.url("/stuck")))
    sink.answer(Hang(), path="/stuck")
    for _ in range(12):
        await place(database, merchant="stuck")
    async with sending(database):
        await eventually(lambda: _posted(sink, "/stuck", 4))
        quick = [await place(database) for _ in range(10)]
        async with asyncio.timeout(10):
            for order in quick:
                [attempt] = await settled(database, order, 1)
                assert attempt.outcome == "delivered"


async def _posted(sink: HttpSink, path: str, count: int) -> bool:
    return sum(request.path == path for request in sink.requests) >= count


@proves("tools.independent")
async def test_while_the_webhook_is_off_nothing_is_sent_and_the_api_goes_on(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    waiting = await place(database)
    off = replace(merchant, webhook_enabled=False)
    await merchants.change(database, off)
    untold = await place(database)
    async with sending(database):
        [attempt] = await settled(database, waiting, 1)
        await answering.accept(database, off, untold.code, acceptance_of(untold))
        await asyncio.sleep(0.1)
    assert (attempt.outcome, "switched off" in attempt.detail) == ("exhausted", True)
    assert sink.requests == []
    assert await outbox.entries(database, f"webhook/{untold.code}") == []
    assert (await stored(database, untold.code)).state == "accepted"


async def test_switched_on_again_the_next_change_is_told_with_the_order_whole(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    await merchants.change(database, replace(merchant, webhook_enabled=False))
    order = await place(database)
    await merchants.change(database, merchant)
    async with sending(database):
        await operating.cancel(database, order.code)
        await settled(database, order, 1)
    [event] = [parse_event(body) for body in sink.bodies]
    assert (event.event_type, event.order.state) == ("order_updated", "cancelled")
    assert event.changes is not None
    assert event.changes.state is not None
    assert (event.changes.state.old, event.changes.state.new) == ("open", "cancelled")


@proves("webhook.redirects", "webhook.redirect-rules")
async def test_a_redirect_on_the_same_host_is_followed_and_stays_a_post(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    async with sending(database):
        for status in (301, 302, 303, 307, 308):
            sink.requests.clear()
            sink.answer(redirect("/new/hook?shop=2", status), path="/hook")
            [attempt] = await settled(database, await place(database), 1)
            assert attempt.outcome == "delivered"
            first, second = sink.requests
            assert (second.method, second.target) == ("POST", "/new/hook?shop=2")
            assert second.body == first.body
            assert second.headers["content-type"] == first.headers["content-type"]


@proves("webhook.redirect-rules")
async def test_redirects_are_followed_three_times_and_no_more(
    database: Database, sink: HttpSink, merchant: Merchant
) -> None:
    for n in range(3):
        sink.answer(redirect(f"/{n + 1}"), path="/hook" if n == 0 else f"/{n}")
    order = await place(database)
    async with sending(database):
        [attempt] = await settled(database, order, 1)
        assert attempt.outcome == "delivered"
        assert [request.path for request in sink.requests] == ["/hook", "/1", "/2", "/3"]
        sink.answer(redirect("/4"), path="/3")
        following = await place(database)
        [attempt, *_] = await settled(database, following, 1)
    assert (attempt.outcome, attempt.detail) == ("failed", "redirect: too many redirects")
    assert "/4" not in [request.path for request in sink.requests]


@proves("webhook.nothing-locked")
async def test_a_receiver_may_ask_and_even_accept_before_it_answers(
    database: Database, sink: HttpSink
) -> None:
    """Contract §5: receivers call the API back while they handle the webhook."""
    token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
    statuses: list[int] = []
    async with (
        serving(app.web(SETTINGS, database)) as url,
        Caller(url, token) as caller,
        sending(database),
    ):

        async def ask_then_accept(connection: Connection) -> None:
            event = parse_event(connection.request.body)
            path = f"{ORDERS}/{event.order.code}"
            statuses.append((await caller.get(path)).status)
            if event.event_type == "new_order":
                order = await stored(database, event.order.code)
                body = encode(acceptance_of(order))
                statuses.append((await caller.post(f"{path}/accept", body)).status)
            await OK(connection)

        sink.answer(ask_then_accept)
        order = await place(database)
        attempts = await settled(database, order, 2)
    assert [attempt.outcome for attempt in attempts] == ["delivered", "delivered"]
    assert statuses == [200, 200, 200]
    assert [parse_event(body).order.state for body in sink.bodies] == ["open", "accepted"]
