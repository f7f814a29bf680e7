"""No URL of the corpus leads where it must not, through any door, in production's settings."""

import asyncio
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientError, ClientSession

from smartcart.kit.egress import Failure, FailureKind, fetch, open_session, post_following
from smartcart.marketplace.domain.refusal import Refused
from smartcart.marketplace.webhook import address
from tests.security.observed import connects
from tests.security.sessions import PUBLIC, public_session
from tests.security.tally import Tally
from tests.security.urls import NAMES, SHOP, Kind, corpus
from tests.support.authority import serving, trusting
from tests.support.http_sink import HttpSink, Received
from tests.support.names import KnownNames

NOT_SENT = {FailureKind.INVALID_URL, FailureKind.NAME, FailureKind.REFUSED_ADDRESS}


def of_port(kind: Kind, port: int) -> tuple[str, ...]:
    return tuple(url.replace("PORT", str(port)) for url in kind.urls)


def registered(url: str, domain: str | None) -> bool:
    """Whether it is admitted as a webhook of the shop, or of one that calls its host its own."""
    try:
        address.check(url, domain or urlsplit(url).hostname or "", development=False)
    except Refused:
        return False
    return True


def test_what_is_admitted_as_a_webhook(tally: Tally, depth: int) -> None:
    wrong = []
    for kind in corpus(depth):
        admitted = [url for url in of_port(kind, 443) if registered(url, kind.domain)]
        tally.add(
            "registration of a webhook",
            kind.name,
            tried=len(kind.urls),
            refused=len(kind.urls) - len(admitted),
        )
        expected = of_port(kind, 443) if kind.registered else ()
        wrong += [(kind.name, ascii(url)[:90]) for url in {*admitted} ^ {*expected}]
    assert wrong == []


def test_none_is_admitted_with_the_shops_own_domain_either(depth: int) -> None:
    admitted = [
        ascii(url)[:90]
        for kind in corpus(depth)
        if not (kind.registered and kind.reached)
        for url in of_port(kind, 443)
        if registered(url, SHOP)
    ]
    assert admitted == []


async def test_none_is_connected_to(tally: Tally, depth: int) -> None:
    wrong: list[tuple[object, ...]] = []
    with connects() as attempted:
        for kind in corpus(depth):
            if not kind.reached:
                wrong += await led_somewhere(kind, tally)
    assert wrong == []
    assert attempted == []


def test_none_is_connected_to_on_the_loop_that_production_runs_on(tally: Tally, depth: int) -> None:
    """Its connections are made outside the interpreter, so that only who listens can tell."""
    uvloop = pytest.importorskip("uvloop")

    async def run() -> list[tuple[object, ...]]:
        kinds = [replace(kind, urls=kind.urls[: 5 * depth]) for kind in corpus(depth)]
        unreached = [kind for kind in kinds if not kind.reached]
        return [wrong for kind in unreached for wrong in await led_somewhere(kind, tally)]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(run()) == []


async def led_somewhere(kind: Kind, tally: Tally) -> list[tuple[object, ...]]:
    """The doors that did not refuse a URL of this kind before anything was sent."""
    wrong: list[tuple[object, ...]] = []
    async with (
        HttpSink() as sink,
        open_session(resolver=KnownNames(NAMES), connect_timeout=2) as session,
    ):
        for url in of_port(kind, sink.port):
            for scheme in ("https", "http"):
                kinds = await doors(session, url.replace("https:", f"{scheme}:", 1))
                refused = [one in NOT_SENT for one in kinds]
                tally.add("connection", kind.name, tried=len(kinds), refused=sum(refused))
                if not all(refused):
                    wrong.append((kind.name, ascii(url)[:90], kinds))
        if sink.connections:
            wrong.append((kind.name, "was connected to"))
    return wrong


async def doors(session: ClientSession, url: str) -> list[FailureKind | None]:
    """How a webhook, a document and a bare request of the session end; None for an answer."""
    posted = await post_following(session, url, b"{}", {})
    fetched = await fetch(session, url, max_bytes=1000, accept_types=())
    ends = [one.kind if isinstance(one, Failure) else None for one in (posted, fetched)]
    try:
        async with session.get(url):
            ends.append(None)
    except (ClientError, ValueError, AssertionError):  # the last for a URL without a scheme
        ends.append(FailureKind.REFUSED_ADDRESS)
    return ends


@pytest.mark.skipif(sys.platform != "linux", reason="needs more than one loopback address")
async def test_what_is_fine_arrives_as_it_is_written(tally: Tally, depth: int) -> None:
    [fine] = [kind for kind in corpus(depth) if kind.registered and kind.reached]
    names = KnownNames(dict.fromkeys(hosts(fine), PUBLIC))
    with connects() as attempted:
        async with (
            HttpSink(host=PUBLIC, tls=serving(SHOP, f"*.{SHOP}", *hosts(fine))) as sink,
            public_session(names, trusting()) as session,
        ):
            for url in of_port(fine, sink.port):
                answer = await post_following(session, url, b"{}", {})
                assert not isinstance(answer, Failure), (url[:90], answer)
                assert is_as_written(sink.requests[-1], url), url[:90]
            assert len(sink.requests) == len(fine.urls)
    assert {*attempted} == {PUBLIC}
    tally.add("connection", fine.name, tried=len(fine.urls), refused=0)


def hosts(kind: Kind) -> set[str]:
    named = (urlsplit(url.replace("PORT", "443")).hostname or "" for url in kind.urls)
    return {host.rstrip(".") for host in named if host.isascii()}


def is_as_written(request: Received, url: str) -> bool:
    """Plain ASCII to the letter; anything else escaped; and no header that was not ours."""
    target = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl()
    escaped = request.target if target.isascii() and " " not in target else request.target[:1]
    path = target if target.startswith("/") else f"/{target}"
    return "x-injected" not in request.headers and path.startswith(escaped)
