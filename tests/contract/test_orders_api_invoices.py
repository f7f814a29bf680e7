"""`POST /:code/invoices` over HTTP, and the file it leads to (contract §3, §5)."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientOSError, ClientSession, FormData
from urllib3.filepost import encode_multipart_formdata

from smartcart.contract.vocabulary import MAX_INVOICE_BYTES
from smartcart.kit.logging import Redaction
from smartcart.marketplace import app
from smartcart.marketplace.actions import operating
from smartcart.marketplace.domain.order import Order
from tests.contract.conftest import Market
from tests.support.invoices import BOUNDARY, END, JPEG, MULTIPART, PDF, PNG, form
from tests.support.market_server import ORDERS, PANEL_KEY, VENDOR_TYPE, Answer
from tests.support.market_shop import SUCCESS, Shop
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = PDF + b"x" * 1_500_000
MISSING = (400, "invoice_file", "Missing invoice file")
TOO_LARGE = (
    422, "invoice_file", "Invoice file is too large: it may have at most 7 MB (7340032 bytes)",
)  # fmt: skip
NOT_ACCEPTED = (422, "order_status", "Failed to upload invoice. Order must be accepted first.")


def headers(shop: Shop, **changes: str) -> dict[str, str]:
    proper = {
        "Authorization": f"Bearer {shop.token}",
        "Accept": VENDOR_TYPE,
        "Content-Type": MULTIPART,
    }
    return proper | {name.replace("_", "-"): value for name, value in changes.items()}


def path_to(order: Order) -> str:
    return f"{ORDERS}/{order.code}/invoices"


async def upload(shop: Shop, order: Order, content: bytes) -> Answer:
    return await shop.caller.post(path_to(order), form(content), headers(shop))


async def post(shop: Shop, order: Order, data: object, **changes: str) -> Answer:
    """Upload `data` as aiohttp does."""
    url = f"{shop.caller.url}{path_to(order)}"
    async with (
        ClientSession() as session,
        session.post(url, data=data, headers=headers(shop, **changes)) as response,
    ):
        return await Answer.of(response)


async def uploaded(shop: Shop, order: Order, content: bytes) -> str:
    """Upload it; the path it is served at."""
    answer = await upload(shop, order, content)
    assert (answer.status, answer.body) == (200, SUCCESS)
    return await path_of(shop, order)


async def path_of(shop: Shop, order: Order) -> str:
    """Where the order's invoice is served, as its document tells."""
    return urlsplit((await shop.shown(order.code)).uploaded_invoice_file or "").path


async def served(shop: Shop, order: Order) -> bytes:
    return (await shop.caller.get(await path_of(shop, order), {})).body


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [(PDF, "application/pdf", "pdf"), (PNG, "image/png", "png"), (JPEG, "image/jpeg", "jpg")],
    ids=["pdf", "png", "jpg"],
)
@proves("invoices.multipart", "invoices.types", "invoices.success", "invoices.url")
async def test_an_invoice_is_served_as_it_came_to_who_knows_its_url(
    shop: Shop, content: bytes, media_type: str, extension: str
) -> None:
    order = await shop.accepted()
    path = await uploaded(shop, order, content)
    secret, _, suffix = path.removeprefix("/invoices/").rpartition(".")
    assert (len(secret) >= 43, suffix) == (True, extension)
    assert order.code not in path
    answer = await shop.caller.get(path, {})
    assert (answer.status, answer.body) == (200, content)
    told = {name: value for name, value in answer.headers.items() if name != "date"}
    assert told == {
        "content-type": media_type,
        "content-length": str(len(content)),
        "content-disposition": f'inline; filename="{order.code}.{extension}"',
        "cache-control": "private, no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow, noarchive",
    }


@proves("invoices.url", "order.uploaded_invoice_file")
async def test_only_its_shop_and_the_operator_are_told_the_url(market: Market, shop: Shop) -> None:
    order = await shop.accepted()
    path = await uploaded(shop, order, PDF)
    key = {"Authorization": f"Bearer {PANEL_KEY}"}
    shown = await shop.caller.get(f"/panel/orders/{order.code}", key)
    assert path.encode() in shown.body
    assert (await shop.caller.get(f"/panel/orders/{order.code}", {})).status == 401
    async with market.shop() as another:
        assert (await another.get(order.code)).status == 404
    assert Redaction(app.SECRET_PATHS)(f"GET {path} 200") == "GET /invoices/*** 200"


@proves("invoices.not-accepted")
async def test_an_order_that_was_not_accepted(shop: Shop) -> None:
    cancelled = await shop.accepted()
    await operating.cancel(shop.database, cancelled.code)
    for order in (await shop.ordered(), await shop.rejected(), cancelled):
        before = await shop.kept(order)
        assert (await upload(shop, order, PDF)).refusal == NOT_ACCEPTED
        assert await shop.kept(order) == before


@proves("demo.persists-nothing")
async def test_on_a_demo_order_everything_is_checked_and_nothing_kept(shop: Shop) -> None:
    for code, content, refusal in (
        ("DEMO-OPEN", b"", MISSING),
        ("DEMO-OPEN", PDF, NOT_ACCEPTED),
        ("DEMO-ACCEPTED", b"", MISSING),
        ("DEMO-ACCEPTED", PDF, None),
    ):
        before = (await shop.shown(code)).uploaded_invoice_file
        answer = await shop.caller.post(f"{ORDERS}/{code}/invoices", form(content), headers(shop))
        assert answer.body == SUCCESS if refusal is None else answer.refusal == refusal
        assert (await shop.shown(code)).uploaded_invoice_file == before


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"GIF89a" + bytes(9), "image/gif"),
        (b"PK\x03\x04" + PDF, "application/zip"),
        (b"<!doctype html><script>alert(1)</script>%PDF-1.4", "text/html"),
        ("Τιμολόγιο 1".encode(), "text/plain"),
        (b" ", "text/plain"),
        (bytes(3_000) + PDF, "application/octet-stream"),
    ],
)
@proves("invoices.wrong-type", "invoices.type-by-content")
async def test_a_file_of_another_type(shop: Shop, content: bytes, media_type: str) -> None:
    order = await shop.accepted()
    lying = form(content, 'form-data; name="invoice_file"; filename="a.pdf"', "application/pdf")
    answer = await shop.caller.post(path_to(order), lying, headers(shop))
    message = f"Invoice file {media_type} mime-type is not accepted"
    assert answer.refusal == (422, "invoice_file", message)
    assert await shop.kept(order) == order


@pytest.mark.parametrize(
    ("disposition", "content_type"),
    [
        ('form-data; name="invoice_file"; filename="a.exe"', "application/x-msdownload"),
        ('form-data; name="invoice_file"; filename="a.png"', "text/html; charset=utf-8"),
        ('form-data; name="invoice_file"; filename="a"', None),
        ("form-data; name=invoice_file; filename=a.pdf", "nonsense"),
        ("form-data; name=\"invoice_file\"; filename*=UTF-8''%CF%84.pdf", None),
        ('form-data; name="invoice_file"', "application/pdf"),
    ],
)
@proves("invoices.type-by-content")
async def test_what_is_said_of_it_does_not_count(
    shop: Shop, disposition: str, content_type: str | None
) -> None:
    order = await shop.accepted()
    body = form(PDF, disposition, content_type)
    answer = await shop.caller.post(path_to(order), body, headers(shop))
    assert (answer.status, answer.body) == (200, SUCCESS)
    path = await path_of(shop, order)
    assert path.endswith(".pdf")
    served = await shop.caller.get(path, {})
    assert (served.headers["content-type"], served.body) == ("application/pdf", PDF)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/pdf", PDF),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"invoice_file=a.pdf"),
        ("multipart/form-data", form(PDF)),
        ("multipart/form-data; boundary=another", form(PDF)),
        ("multipart/form-data; boundary=" + "x" * 4_000, form(PDF)),
        (f"multipart/mixed; boundary={BOUNDARY}", form(PDF)),
        (MULTIPART, b""),
        (MULTIPART, PDF),
        (MULTIPART, form(PDF)[:-10]),
        (MULTIPART, form(PDF).replace(b"\r\n", b"\n")),
        (MULTIPART, form(b"")),
        (MULTIPART, form(b"", "form-data; name=x; filename=a")),
        (MULTIPART, form(PDF, "form-data; name=x; filename=a")),
        (
            MULTIPART,
            form(b"/home/a.pdf", "form-data; name=invoice_file", None),
        ),
        (
            MULTIPART,
            form(PDF).removesuffix(END[2:]) + form(PNG),
        ),
    ],
    ids=range(16),
)
@proves("invoices.missing", "quirk.malformed-multipart")
async def test_no_invoice_in_it(shop: Shop, content_type: str, body: bytes) -> None:
    order = await shop.accepted()
    for _ in range(2):  # the connection is as good as before
        answer = await shop.caller.post(
            path_to(order), body, headers(shop, Content_Type=content_type)
        )
        assert answer.refusal == MISSING
    assert await shop.kept(order) == order


@proves("invoices.size", "invoices.too-large")
async def test_seven_megabytes_and_not_a_byte_more(shop: Shop) -> None:
    order = await shop.accepted()
    most = PDF + os.urandom(MAX_INVOICE_BYTES - len(PDF))
    assert (await post(shop, order, BytesIO(form(most)))).body == SUCCESS
    assert (await post(shop, order, BytesIO(form(most + b"x")))).refusal == TOO_LARGE
    path = await path_of(shop, order)
    answer = await shop.caller.get(path, {})
    assert answer.headers["content-length"] == str(MAX_INVOICE_BYTES)
    assert answer.body == most


async def test_one_that_never_ends_is_answered_and_cut_off(shop: Shop) -> None:
    order = await shop.accepted()
    start = form(PDF).removesuffix(END)
    answer = await asyncio.to_thread(send, shop, order, start, b"x" * 65_536)
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b"\r\nconnection: close\r\n" in answer
    assert TOO_LARGE[2].encode() in answer


def send(shop: Shop, order: Order, start: bytes, piece: bytes) -> bytes:
    """Send on and on, until the connection is closed; what was answered."""
    parts = urlsplit(shop.caller.url)
    lines = [f"{name}: {value}" for name, value in headers(shop).items()]
    head = "\r\n".join(
        [f"POST {path_to(order)} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *lines]
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(f"{head}\r\n\r\n{len(start):x}\r\n".encode() + start + b"\r\n")
        chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        with suppress(ConnectionError):
            for _ in range(20 * MAX_INVOICE_BYTES // len(piece)):
                connection.sendall(chunk)
            pytest.fail("it is read on and on")
        answer = bytearray()
        with suppress(ConnectionError):
            while piece := connection.recv(4096):
                answer += piece
        return bytes(answer)


@proves("transport.order-of-checks", "transport.others-order-is-unknown")
async def test_the_order_of_checks(market: Market, shop: Shop) -> None:
    order = await shop.ordered()
    wrong = {
        "Authorization": "Bearer x",
        "Accept": "text/html",
        "Content-Type": "application/pdf",
    }
    right = headers(shop)

    async def asked(path: str, *put_right: str, body: bytes = form(PDF)) -> tuple[int, str, str]:
        sent = wrong | {name: right[name] for name in put_right}
        return (await shop.caller.post(path, body, sent)).refusal

    unknown = f"{ORDERS}/260312-0000000/invoices"
    await shop.change(orders_api_enabled=False)
    assert (await asked(unknown))[0] == 401
    assert (await asked(unknown, "Authorization"))[0] == 406
    assert (await asked(unknown, "Authorization", "Accept"))[0] == 403
    await shop.change()
    found = ("Authorization", "Accept")
    async with market.shop() as another:
        elsewhere = path_to(await another.accepted())
    for path in (unknown, elsewhere):
        assert await asked(path, *found) == (404, "order_error", "Order not found")
    assert await asked(path_to(order), *found) == MISSING
    assert (await asked(path_to(order), *right, body=form(b"GIF89a")))[:2] == (422, "invoice_file")
    assert await asked(path_to(order), *right) == NOT_ACCEPTED
    await shop.accept(order)
    assert (await upload(shop, order, PDF)).status == 200


async def test_a_slow_upload_holds_up_nobody(shop: Shop) -> None:
    slow, quick = await shop.accepted(), await shop.accepted()
    body, order_of_events, quick_is_done = form(PNG), [], asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield body[:-20]
        await quick_is_done.wait()
        yield body[-20:]
        order_of_events.append("sent")

    async def send_slowly() -> None:
        assert (await post(shop, slow, trickle())).status == 200

    async def send_quickly() -> None:
        await asyncio.sleep(0.03)
        await uploaded(shop, quick, PDF)
        order_of_events.append("quick")
        quick_is_done.set()

    await asyncio.gather(send_slowly(), send_quickly())
    assert order_of_events == ["quick", "sent"]
    path = await path_of(shop, slow)
    assert (await shop.caller.get(path, {})).body == PNG


async def test_a_sender_who_hangs_up_changes_nothing(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    order = await shop.accepted()
    path = await uploaded(shop, order, PNG)
    before = await shop.kept(order)

    async def half() -> AsyncIterator[bytes]:
        yield form(PDF)[:-20]
        raise ConnectionAbortedError

    for _ in range(3):
        with pytest.raises(ClientOSError):
            await post(shop, order, half())
    await asyncio.sleep(0.1)
    assert await shop.kept(order) == before
    assert (await shop.caller.get(path)).body == PNG
    assert caplog.records == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An invoice on a shop's disk, with a name in Greek."""
    path = tmp_path / "τιμολόγιο «1».pdf"
    path.write_bytes(LARGE)
    return path


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("chunked", [False, True])
async def test_curl(shop: Shop, file: Path, chunked: bool) -> None:
    order = await shop.accepted()
    curl = await asyncio.create_subprocess_exec(
        "curl", "-sS", "-m", "20", "-F", f"invoice_file=@{file}", "-F", "comment=γεια",
        *(("-H", "Transfer-Encoding: chunked") if chunked else ()),
        "-H", f"Authorization: Bearer {shop.token}", "-H", f"Accept: {VENDOR_TYPE}",
        f"{shop.caller.url}{path_to(order)}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await curl.communicate()
    assert out == SUCCESS
    assert await served(shop, order) == LARGE


async def test_aiohttp(shop: Shop, file: Path) -> None:
    order = await shop.accepted()
    given = FormData({"comment": "γεια"})
    with file.open("rb") as opened:
        given.add_field("invoice_file", opened)
        written = given()
        answer = await post(shop, order, written, Content_Type=written.content_type)
    assert answer.body == SUCCESS
    assert await served(shop, order) == LARGE


@pytest.mark.parametrize("named", [("τιμολόγιο.pdf", PDF), ("a.pdf", PDF, "application/pdf")])
async def test_urllib3_and_requests(shop: Shop, named: tuple[str, bytes]) -> None:
    order = await shop.accepted()
    body, content_type = encode_multipart_formdata({"invoice_file": named, "comment": "γεια"})
    assert (await post(shop, order, body, Content_Type=content_type)).body == SUCCESS
    assert await served(shop, order) == PDF


async def test_content_without_a_name_or_a_type_is_text_and_no_file(shop: Shop) -> None:
    order = await shop.accepted()
    body, content_type = encode_multipart_formdata({"invoice_file": PDF})
    assert (await post(shop, order, body, Content_Type=content_type)).refusal == MISSING
