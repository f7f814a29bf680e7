"""Stock lists that are fetched: when they are asked for, how old they are, what is no list."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartcart.kit.clock import micros, utc_now
from smartcart.kit.settings import Secret, SettingsError
from smartcart.merchant.actions.counting import Counting, InDoubt, Taken
from smartcart.merchant.domain.counts import Doubt, Terms
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, Look, SourceUnreadable, StockSource
from smartcart.merchant.stock.opening import opened
from smartcart.merchant.stock.settings import StockTable
from smartcart.merchant.storage import sources
from tests.support.http_sink import Behaviour, HttpSink, Raw, Reply
from tests.support.shop import Shop

LIST = b"id,quantity\n1,5\n2,0\n"
FEED = "<shop><products><product><id>1</id><quantity>3</quantity></product></products></shop>"
TOLD = Count({Sku("1"): 5, Sku("2"): 0}, rows=2)


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with HttpSink() as sink:
        yield sink


def at(sink: HttpSink, kind: Any = "csv", **settings: Any) -> StockSource:
    table = StockTable(kind=kind, url=Secret(sink.url("/list?key=hidden")), **settings)
    return opened(table, development=True)


async def look(source: StockSource) -> Look:
    return await asyncio.to_thread(source.look)


async def test_a_list_is_fetched_by_a_look_and_read_as_it_came(sink: HttpSink) -> None:
    source = at(sink)
    sink.answer(Reply(200, LIST), Reply(200, b"id,quantity\n1,6\n"))
    first = await look(source)
    assert source.read() == source.read() == TOLD
    assert first != await look(source)
    assert source.read() == Count({Sku("1"): 6}, rows=1)


async def test_a_feed_may_be_packed_by_the_server_or_as_a_file(
    sink: HttpSink, tmp_path: Path
) -> None:
    packed = gzip.compress(FEED.encode())
    sink.answer(Reply(200, packed, {"Content-Encoding": "gzip"}), Reply(200, packed))
    source = at(sink, "feed")
    for _ in range(2):
        await look(source)
        assert source.read() == Count({Sku("1"): 3}, rows=1)
    (tmp_path / "feed.xml.gz").write_bytes(packed)
    file = StockTable(kind="feed", file=tmp_path / "feed.xml.gz")
    assert opened(file, development=False).read() == Count({Sku("1"): 3}, rows=1)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({"ETag": 'W/"7"'}, {"if-none-match": 'W/"7"'}),
        (
            {"Last-Modified": "Thu, 26 Nov 2026 10:00:00 GMT"},
            {"if-modified-since": "Thu, 26 Nov 2026 10:00:00 GMT"},
        ),
    ],
)
async def test_what_has_not_changed_is_not_sent_again(
    sink: HttpSink, told: dict[str, str], asked: dict[str, str]
) -> None:
    source = at(sink)
    sink.answer(Reply(200, LIST, told), Reply(304))
    assert await look(source) == await look(source)
    assert source.read() == TOLD
    assert asked.items() <= sink.requests[1].headers.items()


async def test_the_age_is_told_by_the_servers_own_clock(sink: HttpSink) -> None:
    there = datetime(2031, 1, 1, 12, tzinfo=UTC)
    told = {
        "Last-Modified": format_datetime(there - timedelta(minutes=10), usegmt=True),
        "Date": format_datetime(there, usegmt=True),
    }
    sink.answer(Reply(200, LIST, told))
    as_of = (await look(at(sink))).as_of
    assert as_of is not None
    assert abs(micros(utc_now() - timedelta(minutes=10)) - as_of) < 10_000_000


@pytest.mark.parametrize("told", [{}, {"Last-Modified": "yesterday"}])
async def test_without_a_date_the_age_is_not_told(sink: HttpSink, told: dict[str, str]) -> None:
    sink.answer(Reply(200, LIST, told))
    assert (await look(at(sink))).as_of is None


async def test_the_shops_secret_is_sent_and_never_shown(
    sink: HttpSink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ERP_KEY", "s3cret")
    (tmp_path / "key").write_text("s3cret\n")
    sink.answer(Reply(200, LIST), Reply(200, LIST), Reply(401))
    bearer = (Secret("Authorization: Bearer {secret}"),)
    for where in ({"secret_env": "ERP_KEY"}, {"secret_file": tmp_path / "key"}):
        source = at(sink, headers=bearer, private_network=True, **where)
        await look(source)
        assert sink.requests[-1].headers["authorization"] == "Bearer s3cret"
    with pytest.raises(SourceUnreadable, match="401, not 200; give it headers") as told:
        await look(source)
    assert source.name == f"csv {sink.url('/list')}"
    assert not {"s3cret", "hidden"} & set(msgspec.json.encode(f"{told.value}{source}").split())
    assert "s3cret" not in repr(source)
    assert "hidden" not in repr(source)


@pytest.mark.parametrize(
    "behaviour",
    [
        Reply(503, b"maintenance"),
        Reply(200, b"<!DOCTYPE html><html><body>Log in</body></html>"),
        Reply(200, b"\n <HTML><body>Error</body></html>"),
        Reply(200, b""),
        Reply(200, gzip.compress(LIST, mtime=0)[:-9]),
        Reply(200, gzip.compress(LIST, mtime=0)[:20] + b"broken"),
        Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + LIST),
        Raw(b"HTTP/1.1 200 OK\r\n\r\n" + LIST),
        Reply(304),
    ],
    ids=lambda behaviour: repr(behaviour)[:50],
)
async def test_an_error_page_or_half_a_list_is_unreadable_and_changes_nothing(
    shop: Shop, sink: HttpSink, behaviour: Behaviour
) -> None:
    source = at(sink)
    counting = Counting(shop.database, source, Terms())
    sink.answer(Reply(200, LIST, {"ETag": '"1"'}))
    assert isinstance(await counting.look(), Taken)
    # Another program's: it has nothing of what came before.
    again = Counting(shop.database, at(sink), Terms())
    sink.answer(behaviour)
    found = await again.look()
    assert isinstance(found, InDoubt)
    assert found.doubt is Doubt.UNREADABLE
    assert found.why.startswith(sink.url("/list"))
    assert await shop.shelf() == {"1": (5, 0), "2": (0, 0)}


async def test_half_a_feed_is_unreadable(sink: HttpSink) -> None:
    source = at(sink, "feed")
    sink.answer(Reply(200, FEED[:-20].encode()))
    await look(source)
    with pytest.raises(SourceUnreadable, match="Not well-formed"):
        source.read()


async def test_a_list_that_its_server_calls_old_is_stale_and_young_again_when_it_says_so(
    shop: Shop, sink: HttpSink
) -> None:
    def written(minutes: float) -> Reply:
        moment = utc_now() - timedelta(minutes=minutes)
        return Reply(200, LIST, {"Last-Modified": format_datetime(moment, usegmt=True)})

    counting = Counting(shop.database, at(sink), Terms(max_age=60 * 60_000_000))
    sink.answer(written(61), written(30), written(1), written(62))
    found = await counting.look()
    assert found == InDoubt(Doubt.STALE, "not written for 60 minutes")
    assert isinstance(await counting.look(), Taken)
    assert await counting.look() is None  # the same list, written anew
    row = await sources.find(shop.database, counting.source.name)
    assert row is not None
    assert micros(utc_now()) - row.as_of < 2 * 60_000_000
    # A server that goes back to an old copy: what was seen young is as young as it was.
    assert await counting.look() is None


async def test_the_guard_asks_no_address_of_the_shops_own_network_unless_it_is_meant(
    sink: HttpSink,
) -> None:
    sink.answer(Reply(200, LIST))
    table = StockTable(kind="csv", url=Secret(sink.url("/list")))
    strict = opened(table, development=False)
    with pytest.raises(SourceUnreadable, match=r"loopback.*private_network = true"):
        await look(strict)
    assert sink.connections == 0
    meant = msgspec.structs.replace(table, private_network=True)
    await look(opened(meant, development=False))
    assert sink.connections == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "set one of file and url"),
        ({"file": Path("a"), "url": Secret("https://a.gr/x")}, "set one of file and url"),
        ({"url": Secret("ftp://a.gr/x")}, "url: the URL is not an absolute http or https one"),
        ({"url": Secret("https://u:p@a.gr/x")}, "url: holds a user"),
        (
            {"url": Secret("http://a.gr/x?k={secret}"), "secret_env": "A"},
            "url: must begin with https://",
        ),
        ({"url": Secret("https://a.gr/{secret}")}, "secret_env: or secret_file is for"),
        ({"url": Secret("https://a.gr/x"), "secret_env": "A"}, "secret_env: or secret_file is for"),
        ({"file": Path("a"), "query": "select 1"}, "query: is for kind sql"),
        (
            {"url": Secret("http://a.gr/x"), "headers": (Secret("A: b"),)},
            "url: must begin with https://",
        ),
        ({"url": Secret("https://a.gr/x"), "headers": (Secret("A"),)}, "headers: write each like"),
        ({"file": Path("a"), "refresh_seconds": 0}, "refresh_seconds: give seconds"),
        (
            {
                "url": Secret("https://a.gr/{secret}"),
                "secret_env": "A",
                "secret_file": Path("a"),
            },
            "secret_file: secret_env is set too",
        ),
    ],
)
def test_a_source_that_cannot_be_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        StockTable(kind="csv", **given)


def test_a_secret_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    url = Secret("https://a.gr/{secret}")
    (tmp_path / "empty").write_text("\n")
    for where, told in (
        ({"secret_env": "NOT_SET_ANYWHERE"}, "secret_env: the variable NOT_SET_ANYWHERE is not"),
        ({"secret_file": tmp_path / "none"}, "secret_file: .* cannot be read"),
        ({"secret_file": tmp_path / "empty"}, "secret_file: .* is empty"),
    ):
        table = StockTable(kind="csv", url=url, **where)
        with pytest.raises(SettingsError, match=told):
            opened(table, development=False)
