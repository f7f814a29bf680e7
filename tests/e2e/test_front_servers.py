"""A webhook passes through each web server that a shop may have in front of its program."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession

from scripts.docs.markdown import Document
from smartcart.contract.signatures import sign
from smartcart.kit.database import Database, open_database
from smartcart.kit.serving import listen, serve
from smartcart.kit.settings import Secret
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.web import web
from tests.support.front_servers import FRONT_SERVERS, FrontServer, front_server
from tests.support.order_documents import event, order
from tests.support.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "go-live.md"
SECRET = "last-part-of-the-url"
SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 12, 9, 41, tzinfo=UTC)
JSON = {"Content-Type": "application/json; charset=utf-8"}


class Kept(msgspec.Struct):
    body: bytes


@dataclass(frozen=True)
class Site:
    """A shop's website in front of its program, and whoever sends to it."""

    front: FrontServer
    session: ClientSession
    database: Database

    async def post(
        self, body: bytes, headers: dict[str, str] = JSON, secret: str = SECRET
    ) -> tuple[int, bytes]:
        return await self.ask("POST", self.front.webhook(secret), body, headers)

    async def ask(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] = JSON
    ) -> tuple[int, bytes]:
        async with self.session.request(
            method, url, data=BytesIO(body), headers=headers, ssl=self.front.trusting
        ) as answer:
            return answer.status, await answer.read()

    async def kept(self) -> list[bytes]:
        return [row.body for row in await self.database.read(Kept, "select body from document")]


@pytest.fixture(params=FRONT_SERVERS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    keys = Secret(SIGNING_KEY) if "signed" in request.node.name else None
    settings = MerchantSettings(
        webhook_secret=Secret(SECRET), api_token=Secret("t"), webhook_keys=keys
    )
    database = await open_database(str(tmp_path / "shop.db"), MIGRATIONS)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        listener = stack.enter_context(listen("127.0.0.1", 0))
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(web(settings, database), listener, stop))
        stack.push_async_callback(asyncio.wait, [serving])
        stack.callback(stop.set)
        port = listener.getsockname()[1]
        front = stack.enter_context(front_server(request.param, port, SECRET))
        session = await stack.enter_async_context(ClientSession())
        yield Site(front, session, database)


async def test_an_event_arrives_byte_for_byte_and_the_answer_goes_back(site: Site) -> None:
    body = b" \n" + event(order("C/1 α"), NOW)
    assert await site.post(body) == (200, b'{"success":true}')
    assert await site.kept() == [body]


async def test_large_ones_too(site: Site) -> None:
    large = b'{"x":"' + b"x" * (3 * 1024 * 1024) + b'"}'
    assert (await site.post(large))[0] == 200
    assert await site.kept() == [large]


async def test_a_refusal_of_the_program_is_told_with_its_status(site: Site) -> None:
    assert (await site.post(b"[]"))[0] == 400
    assert (await site.post(b"{}", {"Content-Type": "text/plain"}))[0] == 415
    # Caddy has no limit of its own here and tells of a program that hung up on what is too large.
    too_large = {413, 502} if site.front.kind == "caddy" else {413}
    assert (await site.post(b"{}" + b" " * (5 * 1024 * 1024)))[0] in too_large
    assert await site.kept() == []


async def test_who_does_not_know_the_secret_is_refused(site: Site) -> None:
    url = site.front.webhook("another").replace("?key=", "?key=wrong-")
    assert (await site.ask("POST", url, b"{}"))[0] == 403
    assert await site.kept() == []


async def test_a_signed_event_is_verified_behind_it(site: Site) -> None:
    body = event(order("C1"), NOW)
    signed = sign([SIGNING_KEY], body, datetime.now(UTC))
    assert (await site.post(body))[0] == 401
    assert (await site.post(body, {**JSON, **signed}))[0] == 200
    assert await site.kept() == [body]


async def test_nothing_else_of_the_program_is_reached(site: Site) -> None:
    assert (await site.post(b"{}"))[0] == 200
    for path in ("healthz", "dashboard/orders", "webhook/../healthz", "webhook%2f..%2fhealthz"):
        status, answer = await site.ask("GET", f"{site.front.site}/smartcart/{path}")
        assert status in (200, 400, 403, 404, 405)
        assert b"ready" not in answer
        assert b"healthy" not in answer


async def test_its_log_does_not_tell_the_secret(site: Site) -> None:
    assert (await site.post(b"{}"))[0] == 200
    assert SECRET not in site.front.log()


@pytest.mark.parametrize("kind", FRONT_SERVERS)
async def test_while_the_program_is_away_the_marketplace_is_told_to_come_again(kind: str) -> None:
    port = free_port()
    with front_server(kind, port, SECRET) as front:
        async with ClientSession() as session:
            for _ in range(2):
                async with session.post(
                    front.webhook(SECRET), data=b"{}", headers=JSON, ssl=front.trusting
                ) as answer:
                    assert answer.status in (502, 503, 504)


@pytest.mark.parametrize("name", sorted(path.name for path in DEPLOY.iterdir()))
def test_the_page_shows_it_as_it_is(name: str) -> None:
    shown = (DEPLOY / name).read_text("utf-8").strip()
    assert shown in [found.text.strip() for found in Document.read(PAGE).examples()]
