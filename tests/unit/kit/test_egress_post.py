"""POST with redirects by hand: how every kind of peer ends up as data."""

import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from smartcart.kit.egress import Answer, Failure, FailureKind, open_session, post_following
from tests.support.authority import serving, trusting
from tests.support.http_sink import (
    Drip,
    Endless,
    Hang,
    HttpSink,
    Raw,
    Reply,
    Reset,
    redirect,
)

BODY = '{"code": "240101-1234567", "customer": "Ελένη"}'.encode()


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(
        allow_private=True, user_agent="Notifier v1", connect_timeout=5, tls=trusting()
    ) as session:
        yield session


async def failing(session: ClientSession, url: str, within: float = 10) -> Failure:
    outcome = await post_following(session, url, BODY, {}, within=within)
    assert isinstance(outcome, Failure)
    return outcome


async def answered(session: ClientSession, url: str, within: float = 10) -> Answer:
    outcome = await post_following(session, url, BODY, {}, within=within)
    assert isinstance(outcome, Answer), outcome
    return outcome


async def test_the_request_arrives_as_given(session: ClientSession, sink: HttpSink) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Ours": "1"}
    url = sink.url("/%7Ehook/a%2fb?shop=1&sig=%2B%41+~#part")
    await post_following(session, url, BODY, headers)
    [request] = sink.requests
    assert (request.method, request.target) == ("POST", "/%7Ehook/a%2fb?shop=1&sig=%2B%41+~")
    assert request.body == BODY
    assert request.headers == {
        "host": f"127.0.0.1:{sink.port}",
        "user-agent": "Notifier v1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json; charset=utf-8",
        "x-ours": "1",
        "content-length": str(len(BODY)),
    }


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 404, 410, 500, 503])
async def test_every_status_is_an_answer(
    session: ClientSession, sink: HttpSink, status: int
) -> None:
    body = b"" if status in {204, 304} else b"text"
    sink.answer(Reply(status, body))
    answer = await answered(session, sink.url())
    assert (answer.status, answer.head, answer.address) == (status, body, "127.0.0.1")
    assert len(sink.requests) == 1


async def test_the_time_it_took_is_told(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(delay=0.2))
    answer = await answered(session, sink.url())
    assert 200 <= answer.milliseconds < 5_000


@pytest.mark.parametrize(("header", "seconds"), [("120", 120.0), ("soon", None), (None, None)])
async def test_retry_after_is_told(
    session: ClientSession, sink: HttpSink, header: str | None, seconds: float | None
) -> None:
    sink.answer(Reply(503, headers={} if header is None else {"Retry-After": header}))
    assert (await answered(session, sink.url())).retry_after == seconds


async def test_only_the_first_kb_of_an_answer_is_kept(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Reply(500, b"x" * 5000))
    assert (await answered(session, sink.url())).head == b"x" * 1024


async def test_an_endless_answer_is_not_read_on(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Endless())
    started = time.monotonic()
    answer = await answered(session, sink.url())
    assert (answer.status, len(answer.head)) == (200, 1024)
    assert time.monotonic() - started < 5  # not when its time is over


async def test_the_status_counts_when_the_body_drips(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Drip(200, b"a" * 1000, interval=0.05))
    answer = await answered(session, sink.url(), within=10)
    assert answer.status == 200
    assert 1 <= len(answer.head) < 100
    assert 900 <= answer.milliseconds < 5_000


async def test_the_status_counts_when_the_body_breaks_off(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    answer = await answered(session, sink.url())
    assert (answer.status, answer.head) == (200, b"half")


async def test_a_dripping_head_is_cut_by_the_time_out(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Drip(whole=True, interval=0.05))
    failure = await failing(session, sink.url(), within=0.5)
    assert (failure.kind, failure.sent, failure.address) == (
        FailureKind.TIMEOUT,
        True,
        "127.0.0.1",
    )
    assert 490 <= failure.milliseconds < 5_000


async def test_endless_interim_answers_are_cut_by_the_time_out(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(Raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000))
    failure = await failing(session, sink.url(), within=1)
    assert failure.kind in {FailureKind.TIMEOUT, FailureKind.RESET}


async def test_no_answer(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Hang())
    failure = await failing(session, sink.url(), within=0.3)
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.detail == "no whole answer in time"


@pytest.mark.parametrize(
    "fault",
    [Reset(), Raw(b""), Reset(b"HTTP/1.1 20"), Raw(b"HTTP/1.1 200 OK\r\nContent-")],
    ids=["reset", "closed", "reset in the status line", "closed in the headers"],
)
async def test_a_connection_lost_before_the_answer(
    session: ClientSession, sink: HttpSink, fault: Reset | Raw
) -> None:
    sink.answer(fault)
    failure = await failing(session, sink.url())
    assert (failure.kind, failure.sent, failure.status) == (FailureKind.RESET, True, None)
    assert len(sink.requests) == 1


async def test_a_connection_reset_unread(session: ClientSession) -> None:
    async with HttpSink(refuse_reading=True) as sink:
        failure = await failing(session, sink.url())
    assert (failure.kind, failure.sent) == (FailureKind.RESET, True)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"\x16\x03\x01\x02\x00",
    ],
)
async def test_what_is_not_http(session: ClientSession, sink: HttpSink, data: bytes) -> None:
    sink.answer(Raw(data))
    failure = await failing(session, sink.url())
    assert (failure.kind, failure.sent) == (FailureKind.INVALID_ANSWER, True)


async def test_a_gigantic_header(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(headers={"X-Huge": "x" * 5_000_000}))
    failure = await failing(session, sink.url())
    assert failure.kind is FailureKind.INVALID_ANSWER
    assert failure.detail == "the answer is not valid HTTP, or its headers are too large"


async def test_a_multitude_of_headers(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(headers={f"X-{number}": "x" * 100 for number in range(20_000)}))
    assert (await failing(session, sink.url())).kind is FailureKind.INVALID_ANSWER


async def test_nobody_listens(session: ClientSession) -> None:
    async with HttpSink() as sink:
        url = sink.url()
    failure = await failing(session, url)
    assert (failure.kind, failure.sent) == (FailureKind.CONNECT, False)


async def test_a_name_nobody_has(session: ClientSession) -> None:
    failure = await failing(session, "http://shop.invalid/secret")
    assert (failure.kind, failure.sent) == (FailureKind.NAME, False)
    assert failure.detail == "the name shop.invalid does not resolve"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/hook",
        "//127.0.0.1/hook",
        "http://",
        "http:///hook",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1/\r\nX-Smuggled: 1",
        "http://127.0.0.1\\@example.com/",
        "http://[::1/",
    ],
)
async def test_what_is_no_url(session: ClientSession, url: str) -> None:
    failure = await failing(session, url)
    assert (failure.kind, failure.sent) == (FailureKind.INVALID_URL, False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_the_same_host_stays_a_post(
    session: ClientSession, sink: HttpSink, status: int
) -> None:
    sink.answer(redirect("/new?shop=2", status), path="/old")
    await answered(session, sink.url("/old"))
    assert [(request.method, request.target) for request in sink.requests] == [
        ("POST", "/old"),
        ("POST", "/new?shop=2"),
    ]
    assert sink.bodies == [BODY, BODY]


async def test_headers_go_with_every_hop(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(redirect("new"), Reply())
    await post_following(session, sink.url("/a/old"), BODY, {"X-Signature": "s"})
    assert [request.headers["x-signature"] for request in sink.requests] == ["s", "s"]
    assert sink.requests[1].target == "/a/new"


async def test_three_redirects_are_followed_and_not_a_fourth(
    session: ClientSession, sink: HttpSink
) -> None:
    sink.answer(redirect("/1"), redirect("/2"), redirect("/3"), Reply(200, b"there"))
    assert (await answered(session, sink.url())).head == b"there"
    sink.requests.clear()
    sink.answer(redirect("/again"))
    failure = await failing(session, sink.url())
    assert (failure.kind, failure.status) == (FailureKind.REDIRECT, 307)
    assert failure.detail == "too many redirects"
    assert len(sink.requests) == 4


async def test_the_same_host_on_another_port_is_the_same_host(
    session: ClientSession, sink: HttpSink
) -> None:
    async with HttpSink() as other:
        sink.answer(redirect(other.url("/here")))
        await answered(session, sink.url())
        assert other.bodies == [BODY]


@pytest.mark.parametrize(
    "to", ["http://localhost:{port}/", "//localhost:{port}/x", "http://127.0.0.1@localhost:{port}/"]
)
async def test_a_redirect_to_another_host_is_not_followed(
    session: ClientSession, sink: HttpSink, to: str
) -> None:
    async with HttpSink() as other:
        sink.answer(redirect(to.format(port=other.port)))
        failure = await failing(session, sink.url())
        assert other.connections == 0
    assert (failure.kind, failure.status, failure.address) == (
        FailureKind.REDIRECT,
        307,
        "127.0.0.1",
    )
    assert failure.detail == "a redirect to another host (localhost) is not followed"


@pytest.mark.parametrize("to", ["", "http://", "ftp://127.0.0.1/", "javascript:alert(1)"])
async def test_a_redirect_to_nowhere(session: ClientSession, sink: HttpSink, to: str) -> None:
    sink.answer(redirect(to))
    assert (await failing(session, sink.url())).kind is FailureKind.REDIRECT


async def test_the_time_out_covers_all_hops(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(307, headers={"Location": "/again"}, delay=0.25))
    failure = await failing(session, sink.url(), within=0.6)
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.milliseconds < 1500


async def test_the_connection_is_used_again(session: ClientSession, sink: HttpSink) -> None:
    sink.answer(Reply(200, b"fine"))
    for _ in range(3):
        answer = await answered(session, sink.url())
        assert answer.address == "127.0.0.1"
    assert sink.connections == 1


async def test_https_with_a_trusted_certificate(session: ClientSession) -> None:
    async with HttpSink(tls=serving("127.0.0.1")) as sink:
        assert (await answered(session, sink.url())).status == 200


async def test_a_certificate_nobody_vouches_for() -> None:
    async with (
        HttpSink(tls=serving("127.0.0.1")) as sink,
        open_session(allow_private=True) as session,
    ):
        failure = await failing(session, sink.url())
        assert sink.requests == []
    assert (failure.kind, failure.sent) == (FailureKind.TLS, False)
    assert "unable to get local issuer certificate" in failure.detail


async def test_a_certificate_for_somebody_else(session: ClientSession) -> None:
    async with HttpSink(tls=serving("shop.example")) as sink:
        failure = await failing(session, sink.url())
        assert sink.requests == []
    assert failure.kind is FailureKind.TLS


async def test_https_to_a_server_that_speaks_http(session: ClientSession, sink: HttpSink) -> None:
    failure = await failing(session, sink.url().replace("http:", "https:"))
    assert failure.kind in {FailureKind.TLS, FailureKind.CONNECT}
    assert not failure.sent


async def test_a_redirect_may_lead_to_https_but_not_away_from_it(
    session: ClientSession, sink: HttpSink
) -> None:
    async with HttpSink(tls=serving("127.0.0.1")) as safe:
        sink.answer(redirect(safe.url("/safe")))
        await answered(session, sink.url())
        assert safe.bodies == [BODY]
        sink.requests.clear()
        safe.answer(redirect(sink.url("/open")))
        failure = await failing(session, safe.url())
    assert failure.detail == "a redirect from https to http is not followed"
    assert sink.requests == []


async def test_no_detail_repeats_what_is_secret(session: ClientSession, sink: HttpSink) -> None:
    secret = "s3cr3t"
    url = sink.url(f"/{secret}?key={secret}")
    faults = (Hang(), Reset(), Raw(b"nonsense"), redirect(f"http://other.invalid/{secret}"))
    for fault in faults:
        sink.answer(fault)
        failure = await failing(session, url, within=0.3)
        assert secret not in repr(failure)
    for bad in (f"http://[{secret}/", f"http://h.invalid/{secret}", f"http://0.0.0.0/{secret}"):
        assert secret not in repr(await failing(session, bad, within=0.3))
