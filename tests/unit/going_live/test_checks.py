"""The checks that look at this machine and at what lies before it."""

import os
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest

from smartcart.going_live.checks.alarms import check_alarms
from smartcart.going_live.checks.database import check_backups, check_database
from smartcart.going_live.checks.folders import check_print_folder
from smartcart.going_live.checks.market import Told, ask_marketplace, check_clock
from smartcart.going_live.checks.policy import check_policy
from smartcart.going_live.checks.secret_files import check_secrets
from smartcart.going_live.checks.stock import check_stock
from smartcart.going_live.checks.system import check_time_zones
from smartcart.going_live.checks.webhook import check_webhook
from smartcart.going_live.finding import Finding
from smartcart.going_live.telling import LANGUAGES, line, sentences
from smartcart.kit.database import open_database
from smartcart.kit.settings import Secret
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.stock.settings import StockTable
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.web import web
from tests.support.http_sink import Hang, HttpSink, Reply, json_reply
from tests.support.market_server import serving
from tests.support.ports import free_port

SECRET = "a-secret-of-sixteen-or-more"
RANGES = b'{"ipv4":["198.51.100.0/24"],"ipv6":["2001:db8::/32"],"last_modified":"2026-01-01"}'


def a_shop(**changes: object) -> MerchantSettings:
    shop = MerchantSettings(webhook_secret=Secret(SECRET), api_token=Secret("t"))
    return msgspec.structs.replace(shop, **changes)


def told(finding: Finding) -> tuple[str, str]:
    return finding.level, sentences(finding, LANGUAGES["en"])[0]


# -- stock


async def stock_of(**changes: object) -> Finding:
    (found,) = await check_stock(a_shop(**changes))
    return found


async def test_a_list_at_a_url_is_fetched() -> None:
    async with HttpSink() as sink:
        sink.answer(Reply(200, b"id,quantity\n1,5\n"))
        table = StockTable(kind="csv", url=Secret(sink.url("/s")), private_network=True)
        assert told(await stock_of(stock=(table,))) == (
            "ok",
            f"csv {sink.url('/s')}, written 0 minutes ago: 1 products, 1 in stock; 1 = 5",
        )


async def test_a_list_is_counted_and_sampled(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("id,quantity\n1,5\n2,0\n3,7\n4,1\n", encoding="utf-8")
    assert told(await stock_of(stock_csv=file)) == (
        "ok",
        f"csv {file}, written 0 minutes ago: 4 products, 3 in stock; 1 = 5, 2 = 0, 3 = 7",
    )


async def test_what_is_wrong_with_a_list(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    assert (await stock_of()).level == "warning"
    level, saw = told(await stock_of(stock_csv=file))
    assert level == "bad"
    assert saw.startswith(f"the stock list cannot be relied on: {file} cannot be read")
    file.write_text("id,quantity\n1,many\n2,3\n", encoding="utf-8")
    found = await stock_of(stock_csv=file)
    assert found.level == "warning"
    assert "line 2, product '1'" in sentences(found, LANGUAGES["en"])[1]
    file.write_text("id,quantity\n1,0\n", encoding="utf-8")
    assert (await stock_of(stock_csv=file)).level == "warning"
    os.utime(file, (0, 0))
    assert (await stock_of(stock_csv=file, stock_max_age_minutes=60)).level == "bad"


# -- what the marketplace tells anybody


async def test_addresses_and_time_come_with_one_answer() -> None:
    now = datetime.now(UTC)
    headers = {"Date": format_datetime(now - timedelta(minutes=2), usegmt=True)}
    async with HttpSink() as sink:
        sink.answer(json_reply(200, RANGES, headers))
        found = await ask_marketplace(sink.url("/"))
    assert [request.target for request in sink.requests] == ["/ip_ranges.json"]
    assert (found.networks, found.modified) == (("198.51.100.0/24", "2001:db8::/32"), "2026-01-01")
    assert found.skew == pytest.approx(120, abs=3)


async def test_the_time_is_told_by_a_refusal_too() -> None:
    async with HttpSink() as sink:
        sink.answer(
            Reply(404, b"<html>", {"Date": format_datetime(datetime.now(UTC), usegmt=True)})
        )
        found = await ask_marketplace(sink.url(""))
    assert (found.skew, found.networks) == (0, ())
    async with HttpSink() as sink:
        sink.answer(Reply(404, headers={"Date": "yesterday"}))
        assert (await ask_marketplace(sink.url(""))).skew is None
    assert (await ask_marketplace(f"http://127.0.0.1:{free_port()}")).skew is None


@pytest.mark.parametrize(
    ("skew", "level"),
    [(0, "ok"), (-29, "ok"), (31, "warning"), (-240, "bad"), (3600, "bad"), (None, "warning")],
)
def test_how_wrong_a_clock_may_be(skew: float | None, level: str) -> None:
    assert check_clock(Told("x", skew)).level == level


# -- the webhook's URL


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[str]:
    database = await open_database(str(tmp_path / "shop.db"), MIGRATIONS)
    async with serving(web(a_shop(), database)) as url:
        yield url
    await database.close()


async def test_the_program_itself_is_recognised_and_keeps_nothing(
    program: str, tmp_path: Path
) -> None:
    assert (await check_webhook(f"{program}/webhook/{SECRET}")).level == "ok"
    assert told(await check_webhook(f"{program}/webhook/another")) == (
        "bad",
        "the URL at 127.0.0.1 leads to the program, but its secret is another",
    )
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select count(*) from inbox").fetchone() == (0,)
    connection.close()


KEY = b'{"errors":[{"code":"key","messages":["The key in the URL is not the right one."]}]}'


@pytest.mark.parametrize(
    ("answer", "level", "saw"),
    [
        (Reply(502), "bad", "the website at 127.0.0.1 answers 502: it does not reach the program"),
        (Reply(404), "bad", "the website at 127.0.0.1 answers 404 by itself: it does not pass"),
        (Reply(200), "bad", "the website at 127.0.0.1 answers 200 by itself: it does not pass"),
        (Reply(415), "bad", "the website at 127.0.0.1 answers 415 by itself: it does not pass"),
        (Reply(403), "warning", "the website at 127.0.0.1 answers 403 by itself"),
        (Reply(403, KEY), "bad", "the URL at 127.0.0.1 leads to the forwarder in PHP, but its key"),
        (Hang(), "bad", "the webhook's URL at 127.0.0.1: no whole answer in time"),
    ],
)
async def test_what_else_may_be_at_the_url(answer: Reply, level: str, saw: str) -> None:
    async with HttpSink() as sink:
        sink.answer(answer)
        found = told(await check_webhook(sink.url(f"/{SECRET}"), within=0.5))
    assert (found[0], found[1].startswith(saw)) == (level, True), found
    assert SECRET not in found[1]


# -- files


def test_a_print_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "vouchers"
    assert told(check_print_folder(folder)) == (
        "ok",
        f"{folder} is not there yet and can be made",
    )
    assert list(tmp_path.iterdir()) == []
    folder.mkdir()
    assert told(check_print_folder(folder)) == ("ok", f"{folder} can be written to")
    assert list(folder.iterdir()) == []
    assert check_print_folder(Path("/proc/vouchers")).level == "bad"


async def test_a_database_is_looked_at_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    found = await check_database(str(file), MIGRATIONS)
    assert [told(each)[0] for each in found] == ["ok", "ok"]
    assert not file.exists()
    await (await open_database(str(file), MIGRATIONS[:2])).close()
    [opened, *_] = await check_database(str(file), MIGRATIONS)
    assert told(opened)[1].startswith(f"{file} opens; the next start brings it up to date in ")
    file.chmod(0o644)
    assert "warning" in [each.level for each in await check_database(str(file), MIGRATIONS)]
    [other] = await check_database(str(file), [])
    assert other.level == "bad"
    file.write_bytes(b"no database, whatever its name says" * 50)
    [damaged] = await check_database(str(file), MIGRATIONS)
    assert damaged.level == "bad"


async def test_a_database_on_either_engine(database_url: str) -> None:
    assert {each.level for each in await check_database(database_url, MIGRATIONS)} == {"ok"}
    await (await open_database(database_url, MIGRATIONS)).close()
    [opened, *_] = await check_database(database_url, MIGRATIONS)
    assert told(opened)[1].endswith("opens and is of this release")


def test_the_age_of_the_newest_backup(tmp_path: Path) -> None:
    assert check_backups(tmp_path).level == "bad"
    file = tmp_path / "one.db"
    file.write_bytes(b"")
    assert told(check_backups(tmp_path)) == ("ok", f"the newest in {tmp_path} is 0 hours old")
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(file, (long_ago, long_ago))
    assert told(check_backups(tmp_path))[0] == "warning"


def test_secrets_that_others_may_read(tmp_path: Path) -> None:
    config, token = tmp_path / "smartcart.toml", tmp_path / "token"
    token.write_text("x", encoding="utf-8")
    config.write_text(
        f"[merchant]\napi_token_file = '{token}'\nwebhook_secret = 'x'\n", encoding="utf-8"
    )
    config.chmod(0o644)
    token.chmod(0o640)
    in_clear, in_file = check_secrets(MerchantSettings, "merchant", config)
    assert told(in_clear)[1].endswith(f"may read {config}, which holds webhook_secret")
    assert told(in_file)[1].endswith(f"may read {token}, which holds a secret")
    config.chmod(0o600)
    token.chmod(0o600)
    [found] = check_secrets(MerchantSettings, "merchant", config)
    assert found.level == "ok"


# -- the rest


def test_a_policy_is_read(tmp_path: Path) -> None:
    assert told(check_policy(a_shop())) == ("ok", "defaults; it answers by itself")
    assert check_policy(a_shop(shadow=True)).level == "warning"
    file = tmp_path / "policy.toml"
    file.write_text("[answers]\naccept = 5\n", encoding="utf-8")
    assert check_policy(a_shop(policy=file)).level == "bad"


async def test_alarms_are_rung_when_asked() -> None:
    [nobody] = await check_alarms(a_shop())
    assert nobody.level == "warning"
    [unknown] = await check_alarms(a_shop(alarm_urls=Secret("nothing://hidden-word")))
    assert unknown.level == "bad"
    assert "hidden-word" not in repr(unknown)
    async with HttpSink() as sink:
        shop = a_shop(alarm_urls=Secret(f"json://user:hidden-word@127.0.0.1:{sink.port}/"))
        [silent] = await check_alarms(shop)
        assert (silent.level, sink.requests) == ("ok", [])
        [rung] = await check_alarms(shop, ring=True)
        assert (rung.level, len(sink.requests)) == ("ok", 1)
        sink.answer(Reply(500))
        [failed] = await check_alarms(shop, ring=True)
    assert failed.level == "bad"
    assert "hidden-word" not in repr(failed)


def test_time_zones_are_there() -> None:
    assert check_time_zones().level == "ok"


def test_a_finding_is_one_line_in_either_language() -> None:
    found = check_clock(Told("x", 300))
    assert line(found, LANGUAGES["en"]) == (
        "bad       clock: this machine's clock and the marketplace's differ by 300 seconds "
        "→ Have the clock set by itself (NTP): orders are answered by their deadlines."
    )
    assert line(found, LANGUAGES["el"]).startswith("λάθος     ρολόι: ")
