"""The webhook's receiving end, over real HTTP: what is kept, what is refused, and how."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from aiohttp import ClientSession

from smartcart.kit.database import Database
from smartcart.kit.serving import listen, serve
from smartcart.kit.settings import Secret
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.web import web
from tests.contract.published import each
from tests.support.order_documents import event, order
from tests.support.proving import proves
from tests.support.shop import Shop

SECRET = "not-to-be-guessed"
JSON = "application/json; charset=utf-8"


class Row(msgspec.Struct):
    key: str
    code: str
    event_type: str
    body: bytes


@dataclass(frozen=True)
class Receiver:
    url: str
    session: ClientSession
    database: Database

    async def post(
        self, body: bytes, content_type: str = JSON, secret: str = SECRET
    ) -> tuple[int, bytes]:
        async with self.session.post(
            f"{self.url}/webhook/{secret}",
            data=BytesIO(body),
            headers={"Content-Type": content_type},
        ) as answer:
            assert answer.content_type == "application/json"
            return answer.status, await answer.read()

    async def kept(self) -> Sequence[Row]:
        return await self.database.read(
            Row,
            """select i.key as key, i.code as code, i.event_type as event_type, d.body as body
               from inbox i join document d on d.key = i.key and d.seq = i.seq
               order by i.received_at, i.seq""",
        )


@pytest.fixture
async def receiver(shop: Shop) -> AsyncIterator[Receiver]:
    settings = MerchantSettings(webhook_secret=Secret(SECRET), api_token=Secret("t"))
    with listen("127.0.0.1", 0) as listener:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(web(settings, shop.database), listener, stop))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with ClientSession() as session:
            yield Receiver(url, session, shop.database)
        stop.set()
        await serving


@proves("reader.keeps-raw")
async def test_an_event_is_kept_byte_for_byte_and_answered_200(
    receiver: Receiver, shop: Shop
) -> None:
    body = b" \n" + event(order("C/1 α"), shop.start)
    status, answer = await receiver.post(body)
    assert (status, answer) == (200, b'{"success":true}')
    assert await receiver.kept() == [Row("event/C/1 α", "C/1 α", "order_updated", body)]
    assert await shop.steps("C/1 α") == ["received"]


@each("webhook_*.json")
async def test_every_published_event_is_kept_whole(receiver: Receiver, path: Path) -> None:
    body = await asyncio.to_thread(path.read_bytes)
    assert (await receiver.post(body))[0] == 200
    [row] = await receiver.kept()
    assert row.body == body
    assert row.code == json.loads(body)["order"]["code"]


@proves("inbox.unknown-type")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"event_type":"merchant_return_created","return":{"code":"R1"}}', ""),
        (b'{"event_type":"never_heard_of","order":{"code":"C1"}}', "C1"),
        (b"{}", ""),
        (b'{"x":1}', ""),
        (b'{"event_type":7,"event_time":{},"order":[]}', ""),
        (b'{"event_type":"new_order","order":{"code":"' + b"9" * 64 + b'"}}', "9" * 64),
        (b'{"event_type":"new_order","order":{"code":"' + b"9" * 65 + b'"}}', ""),
        (b'{"event_type":"new_order","order":{"code":"a\\u0000b","state":"open"}}', ""),
        (b'{"event_type":"a\\u0000b","order":{"code":"C1","state":"open"}}', "C1"),
        (b'{"event_type":"new_order","order":{"code":7,"state":"open"}}', "7"),
        (b'\xef\xbb\xbf{"event_type":"new_order","order":{"code":"C1"}}', "C1"),
    ],
)
async def test_whatever_object_it_is_it_is_kept(receiver: Receiver, body: bytes, code: str) -> None:
    assert (await receiver.post(body))[0] == 200
    [row] = await receiver.kept()
    assert (row.code, row.body) == (code, body)


async def test_events_without_an_order_never_take_each_others_place(receiver: Receiver) -> None:
    for _ in range(3):
        assert (await receiver.post(b"{}"))[0] == 200
    assert len({row.key for row in await receiver.kept()}) == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"event_type": "new_order"', 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b'{"x":"' + b"x" * (4 * 1024 * 1024) + b'"}', 413),
        (b" " * 5_000_000, 413),
    ],
)
async def test_a_body_that_cannot_be_an_event_is_refused_and_nothing_kept(
    receiver: Receiver, body: bytes, status: int
) -> None:
    found, answer = await receiver.post(body)
    assert found == status
    [error] = json.loads(answer)["errors"]
    assert error["code"] == "body"
    assert error["messages"][0].endswith(".")
    assert await receiver.kept() == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/xml", "application/jsonx", "text/json"]
)
async def test_another_content_type_is_refused(receiver: Receiver, content_type: str) -> None:
    status, answer = await receiver.post(b"{}", content_type)
    assert status == 415
    assert b"application/json" in answer
    assert await receiver.kept() == []


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=UTF-8"])
async def test_json_is_told_by_its_type_whatever_its_parameters(
    receiver: Receiver, content_type: str
) -> None:
    assert (await receiver.post(b"{}", content_type))[0] == 200


@pytest.mark.parametrize("secret", ["wrong", SECRET + "x", SECRET[:-1], "%CE%B1", "%ED%A0%80"])
async def test_a_wrong_secret_is_refused_before_anything_else(
    receiver: Receiver, secret: str
) -> None:
    status, answer = await receiver.post(b"not json" * 1_000_000, "text/plain", secret)
    assert status == 403
    assert SECRET.encode() not in answer
    assert await receiver.kept() == []


async def test_a_body_sent_in_pieces_is_cut_off_at_the_same_limit(receiver: Receiver) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    async with receiver.session.post(
        f"{receiver.url}/webhook/{SECRET}", data=pieces(), headers={"Content-Type": JSON}
    ) as answer:
        assert answer.status == 413
    assert await receiver.kept() == []


async def test_events_of_one_order_at_once_are_all_kept_each_at_its_place(
    receiver: Receiver, shop: Shop
) -> None:
    bodies = [event(order("C1"), shop.start, note=n) for n in range(30)]
    answers = await asyncio.gather(*(receiver.post(body) for body in bodies))
    assert {status for status, _ in answers} == {200}
    assert sorted(row.body for row in await receiver.kept()) == sorted(bodies)


async def test_a_database_that_is_away_makes_the_sender_try_again(
    receiver: Receiver, shop: Shop
) -> None:
    await shop.database.close()
    async with receiver.session.post(
        f"{receiver.url}/webhook/{SECRET}", data=b"{}", headers={"Content-Type": JSON}
    ) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"


async def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing_and_is_no_failure(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    url = urlsplit(receiver.url)
    head = f"POST /webhook/{SECRET} HTTP/1.1\r\nHost: shop\r\nContent-Type: {JSON}\r\n"
    with caplog.at_level(logging.INFO):
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(60):
            while "broken off" not in caplog.text:
                await asyncio.sleep(0.01)
    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert await receiver.kept() == []


async def test_other_paths_and_methods_are_refused_in_json(receiver: Receiver) -> None:
    for path, status in (("/webhook/x", 405), ("/", 404), ("/webhook/", 404), ("/healthz", 200)):
        async with receiver.session.get(receiver.url + path) as answer:
            assert answer.status == status
            assert isinstance(await answer.json(), dict)
