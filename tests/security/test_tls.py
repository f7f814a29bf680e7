"""Nothing is told to a server that cannot show who it is."""

import asyncio
from contextlib import closing, suppress
from itertools import chain, repeat
from pathlib import Path

import pytest

from smartcart.kit.egress import Failure, FailureKind, fetch, open_session
from tests.security.certificates import BAD, NAME, authority, fine, trusting
from tests.security.doors import DOORS, Door
from tests.security.tally import Tally
from tests.support.http_sink import HttpSink, redirect

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
NO_CONNECTION = {FailureKind.TLS, FailureKind.CONNECT}  # the latter when the server hangs up
EVERY_DOOR = pytest.mark.parametrize("door", DOORS)


@EVERY_DOOR
@pytest.mark.parametrize("name", BAD)
async def test_a_server_that_will_not_do_is_told_nothing(
    door: Door, name: str, tally: Tally
) -> None:
    async with HttpSink(tls=BAD[name]()) as sink:
        outcome = await door(sink.url("/secret", host=NAME), 5, trusting())
        assert sink.requests == []
    assert isinstance(outcome, Failure)
    assert outcome.kind in NO_CONNECTION
    assert not outcome.sent
    tally.add("TLS", name, refused=1)


@EVERY_DOOR
async def test_one_that_will_do(door: Door, tally: Tally) -> None:
    async with HttpSink(tls=fine()) as sink:
        outcome = await door(sink.url("/hook", host=NAME), 5, trusting())
        assert len(sink.requests) == 1
    assert not isinstance(outcome, Failure)
    tally.add("TLS", "a good one (admitted)", refused=0)


@pytest.mark.parametrize("name", BAD)
async def test_a_redirect_to_one_that_will_not_do(name: str, tally: Tally) -> None:
    async with HttpSink(tls=fine()) as good, HttpSink(tls=BAD[name]()) as bad:
        good.answer(redirect(bad.url("/secret", host=NAME)))
        async with open_session(allow_private=True, tls=trusting()) as session:
            outcome = await fetch(
                session, good.url(host=NAME), max_bytes=9, accept_types=(), within=5
            )
        assert bad.requests == []
    assert isinstance(outcome, Failure)
    assert outcome.kind in NO_CONNECTION
    tally.add("TLS", f"{name}, after a redirect", refused=1)


@EVERY_DOOR
async def test_a_server_that_speaks_http_on_the_port_of_https(door: Door, tally: Tally) -> None:
    async with HttpSink() as sink:
        outcome = await door(sink.url(host=NAME).replace("http:", "https:"), 5, trusting())
        assert sink.requests == []
    assert isinstance(outcome, Failure)
    assert not outcome.sent
    tally.add("TLS", "none", refused=1)


@EVERY_DOOR
async def test_a_handshake_that_drips_is_not_waited_for(door: Door, tally: Tally) -> None:
    served: list[asyncio.Task[None] | None] = []

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        with closing(writer), suppress(OSError):
            for byte in chain(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", repeat(0)):
                writer.write(bytes([byte]))
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        if not await reader.read(65_536):
                            return

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        outcome = await door(f"https://{NAME}:{server.sockets[0].getsockname()[1]}/", 0.4, None)
        await asyncio.gather(*filter(None, served))
    assert len(served) == 1
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TIMEOUT
    tally.add("TLS", "a handshake that drips", refused=1)


@EVERY_DOOR
async def test_the_environment_names_no_proxy_no_password_and_no_authority(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """Of the variables that other programs obey."""
    netrc, authorities = tmp_path / ".netrc", tmp_path / "authorities.pem"
    netrc.write_text(f"machine {NAME} login shop password s3cr3t\ndefault login a password b\n")
    netrc.chmod(0o600)
    authorities.write_bytes(authority().cert_pem.bytes())
    async with HttpSink() as sink, HttpSink() as proxy, HttpSink(tls=fine()) as unknown:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "ws_proxy"):
            monkeypatch.setenv(name, proxy.url())
            monkeypatch.setenv(name.upper(), proxy.url())
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "elsewhere.example")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            monkeypatch.setenv(name, str(authorities))
        assert not isinstance(await door(sink.url("/hook", host=NAME), 5, None), Failure)
        refused = await door(unknown.url(host=NAME), 5, None)
        assert unknown.requests == []
        assert proxy.connections == 0
    [request] = sink.requests
    assert request.target == "/hook"
    assert {"authorization", "proxy-authorization"}.isdisjoint(request.headers)
    assert isinstance(refused, Failure)
    assert refused.kind is FailureKind.TLS
    tally.add("the environment", "proxies, netrc, authorities", refused=1)
