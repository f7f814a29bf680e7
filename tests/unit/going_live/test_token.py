"""What the token's check says of everything that may answer in the marketplace's place."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from smartcart.going_live.checks.token import check_token
from smartcart.going_live.finding import Finding, Level
from smartcart.going_live.telling import LANGUAGES, sentences
from smartcart.kit.settings import Secret
from smartcart.merchant.settings import MerchantSettings
from tests.support.http_sink import Behaviour, Hang, HttpSink, Reply, json_reply, redirect
from tests.support.market_server import running, settings
from tests.support.marketplace import a_merchant, add_merchant, opened
from tests.support.ports import free_port

PAGE = Reply(503, b"<!doctype html><title>Back soon</title>", {"Content-Type": "text/html"})


def a_shop(api_url: str, token: str = "a-token", vendor: str = "skroutz") -> MerchantSettings:
    return MerchantSettings(
        webhook_secret=Secret("a-secret-of-sixteen-or-more"),
        api_url=api_url,
        api_token=Secret(token),
        vendor=vendor,
        development=True,
        request_timeout_seconds=2,
    )


def told(finding: Finding) -> tuple[str, str, str]:
    return (finding.level, *sentences(finding, LANGUAGES["en"]))


@pytest.fixture
async def marketplace(tmp_path: Path) -> AsyncIterator[MerchantSettings]:
    """A real one, with the token of its shop."""
    url = str(tmp_path / "marketplace.db")
    async with opened(url) as database:
        token = await add_merchant(database, a_merchant())
    async with running(settings(url)) as api_url:
        yield a_shop(api_url, token)


async def test_the_right_token_is_taken(marketplace: MerchantSettings) -> None:
    url = marketplace.api_url
    assert told(await check_token(marketplace)) == (
        "ok",
        f"GET DEMO-OPEN at {url}: 200, open, 3 lines; the marketplace takes this token",
        "",
    )


async def test_another_token_is_told_from_another_vendor(marketplace: MerchantSettings) -> None:
    url = marketplace.api_url
    wrong = msgspec.structs.replace(marketplace, api_token=Secret("wrong"))
    assert told(await check_token(wrong)) == (
        "bad",
        f"GET DEMO-OPEN at {url}: 401, the marketplace does not know this token",
        "Put in the newest token: making a new one ends the one before at once.",
    )
    other = msgspec.structs.replace(marketplace, vendor="other")
    assert told(await check_token(other)) == (
        "bad",
        f"GET DEMO-OPEN at {url}: 406, it does not take application/vnd.other+json",
        "Set vendor to the name in the media type that the marketplace documents.",
    )


async def test_nobody_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    level, saw, remedy = told(await check_token(a_shop(url)))
    assert (level, saw) == (
        "bad",
        f"GET DEMO-OPEN at {url}: not reached, no connection: Connection refused",
    )
    assert remedy.startswith("Look at api_url")


NO_ORDER = json_reply(404, b'{"errors":[{"code":"order_error","messages":["Order not found"]}]}')
TOOL_OFF = json_reply(
    403, b'{"errors":[{"code":"EcommerceMerchantUnauthorized","messages":["no"]}]}'
)


@pytest.mark.parametrize(
    ("answer", "level", "saw"),
    [
        (PAGE, "bad", "503 and a web page instead of the API's JSON"),
        (Reply(200, b"\n<html>"), "bad", "200 and a web page instead of the API's JSON"),
        (Reply(403, b"<html>"), "bad", "403 and a web page instead of the API's JSON"),
        (Reply(406, b"<html>"), "bad", "406 and a web page instead of the API's JSON"),
        (Reply(401, b"<html>"), "bad", "401, the marketplace does not know this token"),
        (TOOL_OFF, "bad", "403, the Orders API is off for this shop"),
        (NO_ORDER, "warning", "404; the token is taken, but there are no demo orders"),
        (Reply(404, b"{}"), "bad", "404, which is no answer of an Orders API"),
        (redirect("https://x/"), "bad", "307, which is no answer of an Orders API"),
        (Reply(503, headers={"Retry-After": "5"}), "bad", "503, it takes no calls just now"),
        (Reply(429), "warning", "429, it takes no calls just now"),
        (Hang(), "bad", "connected, and no whole answer came: no whole answer in time"),
    ],
)
async def test_what_else_may_answer(answer: Behaviour, level: str, saw: str) -> None:
    async with HttpSink() as sink:
        sink.answer(answer)
        shop = a_shop(sink.url("").rstrip("/"))
        found = await check_token(shop)
    told_level, told_saw, remedy = told(found)
    assert (told_level, told_saw) == (
        level,
        told_saw.partition(": ")[0] + ": " + saw,
    )
    assert remedy
    assert [request.target for request in sink.requests] == [
        "/merchants/ecommerce/orders/DEMO-OPEN"
    ]
    assert "a-token" not in repr(found)


async def test_a_token_that_no_header_can_carry_is_told_of() -> None:
    found = await check_token(a_shop("http://127.0.0.1:1", "two words"))
    assert found.level is Level.BAD
    assert "two words" not in repr(found)
