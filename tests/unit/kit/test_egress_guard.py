"""Nothing is connected to before its address was checked, whatever the host is spelt like."""

import asyncio
import sys

import pytest
from aiohttp import ClientConnectorError, ClientTimeout
from aiohttp.abc import AbstractResolver

from smartcart.kit.egress import Failure, FailureKind, fetch, open_session, post_following, refused
from smartcart.kit.egress.addresses import refusal
from smartcart.kit.egress.session import session_checked_by
from tests.support.http_sink import HttpSink, Reply, redirect
from tests.support.names import NOWHERE, ScriptedNames
from tests.support.proving import proves


async def post(url: str, resolver: AbstractResolver | None = None) -> Failure:
    async with open_session(resolver=resolver, connect_timeout=0.5) as session:
        outcome = await post_following(session, url, b"{}", {}, within=3)
    assert isinstance(outcome, Failure)
    return outcome


HOSTS = (
    "127.0.0.1",
    "127.0.0.2",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
    "[::]",
    "0.0.0.0",
    "user:secret@127.0.0.1",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
)


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_that_means_a_refused_address_is_not_connected_to(host: str) -> None:
    async with HttpSink() as sink:
        outcome = await post(f"http://{host}:{sink.port}/hook")
    assert outcome.kind is FailureKind.REFUSED_ADDRESS
    assert not outcome.sent
    assert "development setting" in outcome.detail
    assert sink.connections == 0


NO_HOSTS = (
    *("2130706433", "127.1", "127.0.1", "0177.0.0.1", "017700000001"),
    *("0x7f.0.0.1", "0x7f000001", "0x7F.1", "127.0.0.1.", "localhost.", "a..b"),
)


@pytest.mark.parametrize("host", [*NO_HOSTS, ".localhost", "a" * 64 + ".example", "exa%00mple"])
async def test_old_spellings_of_numbers_and_names_that_are_none_lead_nowhere(host: str) -> None:
    async with HttpSink() as sink:
        outcome = await post(f"http://{host}:{sink.port}/hook")
    nowhere = {FailureKind.INVALID_URL, FailureKind.NAME, FailureKind.REFUSED_ADDRESS}
    assert outcome.kind in nowhere
    assert not outcome.sent
    assert sink.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "0x7f.1"])
async def test_such_a_spelling_does_not_pass_as_an_answer_of_a_name_server_either(
    host: str,
) -> None:
    async with HttpSink() as sink:
        outcome = await post(f"http://shop.example:{sink.port}/", ScriptedNames([host]))
    assert outcome.kind is FailureKind.REFUSED_ADDRESS
    assert sink.connections == 0


async def test_an_answer_that_changes_to_loopback_does_not_get_through() -> None:
    names = ScriptedNames([NOWHERE], ["127.0.0.1"])
    async with HttpSink() as sink:
        first = await post(f"http://shop.example:{sink.port}/", names)
        assert names.asked == ["shop.example"]  # checked and connected to: one resolution
        second = await post(f"http://shop.example:{sink.port}/", names)
    assert first.kind in {FailureKind.CONNECT, FailureKind.TIMEOUT}
    assert second.kind is FailureKind.REFUSED_ADDRESS
    assert sink.connections == 0


async def test_of_several_answers_the_refused_ones_are_left_out() -> None:
    async with HttpSink() as sink:
        names = ScriptedNames(["127.0.0.1", NOWHERE, "::1"])
        outcome = await post(f"http://shop.example:{sink.port}/", names)
    assert outcome.kind in {FailureKind.CONNECT, FailureKind.TIMEOUT}
    assert sink.connections == 0


async def test_the_refusal_names_host_and_address() -> None:
    outcome = await post("http://shop.example/", ScriptedNames(["10.1.2.3"]))
    assert outcome.detail.startswith(
        "shop.example (10.1.2.3) is not connected to: the address is private."
    )


async def test_a_plain_request_on_the_session_is_guarded_too() -> None:
    async with HttpSink() as sink, open_session() as session:
        with pytest.raises(ClientConnectorError) as caught:
            await session.get(sink.url())
    refusal = refused(caught.value)
    assert refusal is not None
    assert (refusal.host, refusal.address, refusal.why) == ("127.0.0.1", "127.0.0.1", "loopback")
    assert sink.connections == 0


async def test_development_opens_loopback_but_not_metadata() -> None:
    async with HttpSink() as sink, open_session(allow_private=True) as session:
        for host in ("127.0.0.1", "localhost"):
            response = await session.get(sink.url(host=host))
            assert response.status == 200
        outcome = await post_following(session, "http://169.254.169.254/latest", b"", {})
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.REFUSED_ADDRESS


@proves("webhook.redirect-rules")
@pytest.mark.skipif(sys.platform != "linux", reason="needs more than one loopback address")
@pytest.mark.parametrize("inner", ["http://127.0.0.2", "http://[::1]", "http://localhost"])
async def test_every_hop_of_a_chain_of_redirects_is_checked(inner: str) -> None:
    """Only the first sink's address counts as public here."""

    def check(address: str) -> str | None:
        return None if address == "127.0.0.3" else refusal(address)

    session = session_checked_by(
        check,
        resolver=ScriptedNames(["127.0.0.1"]),
        tls=None,
        connections=1,
        timeout=ClientTimeout(),
        user_agent="test",
    )
    async with HttpSink(host="127.0.0.3") as outside, HttpSink() as inside, session:
        outside.answer(redirect("/again"), redirect(f"{inner}:{inside.port}/admin"))
        outcome = await fetch(session, outside.url(), max_bytes=100, accept_types=())
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.REFUSED_ADDRESS
    assert [request.target for request in outside.requests] == ["/", "/again"]
    assert inside.connections == 0


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with HttpSink() as sink, HttpSink() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with open_session(allow_private=True) as session:
            await post_following(session, sink.url("/hook"), b"{}", {})
    assert [request.target for request in sink.requests] == ["/hook"]
    assert proxy.connections == 0


async def test_cookies_are_not_kept() -> None:
    async with HttpSink() as sink, open_session(allow_private=True) as session:
        sink.answer(Reply(headers={"Set-Cookie": "who=shop; Path=/"}))
        for _ in range(2):
            await post_following(session, sink.url(host="localhost"), b"", {})
    assert [request.headers.get("cookie") for request in sink.requests] == [None, None]


def test_the_guard_holds_on_uvloop() -> None:
    async def run() -> None:
        async with HttpSink() as sink:
            outcome = await post(f"http://localhost:{sink.port}/")
            assert outcome.kind is FailureKind.REFUSED_ADDRESS
            assert sink.connections == 0
            async with open_session(allow_private=True) as session:
                answer = await post_following(session, sink.url(), b"{}", {})
            assert not isinstance(answer, Failure)
            assert (answer.status, answer.address) == (200, "127.0.0.1")

    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
