"""Vouchers: made once whatever happens, served to whoever knows their URL (contract §5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from urllib.parse import urlsplit

import msgspec
import pytest
from pypdf import PdfReader

from smartcart.contract import PaymentMethod
from smartcart.kit import journal
from smartcart.kit.clock import micros
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.marketplace import app
from smartcart.marketplace.actions import answering, operating
from smartcart.marketplace.actions.changing import WORK
from smartcart.marketplace.actions.vouchers import Vouchers
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.voucher import Voucher, is_valid_tracking_code
from smartcart.marketplace.storage import vouchers
from smartcart.outbox import Claim, Delivered, storage
from tests.support.market_server import Caller, serving, settings
from tests.support.marketplace import (
    NOW,
    InProcess,
    a_merchant,
    accept,
    acceptance_of,
    add_merchant,
    emptied,
    events,
    opened,
    place,
    stored,
    work_off,
)
from tests.support.proving import proves

BASE_URL = "https://market.example"


class _Count(msgspec.Struct):
    rows: int


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        await add_merchant(opened_database)
        yield opened_database


@pytest.fixture
async def stranger(database: Database) -> AsyncIterator[Caller]:
    """Somebody without any token, at the marketplace."""
    async with AsyncExitStack() as stack:
        program = app.web(settings("unused"), database)
        url = await stack.enter_async_context(serving(program))
        yield await stack.enter_async_context(Caller(url, ""))


async def accepted(database: Database, payment_method: PaymentMethod = PaymentMethod.CARD) -> Order:
    return await accept(database, await place(database, payment_method=payment_method))


async def kept(database: Database) -> int:
    """How many vouchers are kept in all."""
    [count] = await database.read(_Count, "select count(*) as rows from voucher")
    return count.rows


def path_of(order: Order) -> str:
    assert order.voucher is not None
    return urlsplit(order.voucher.url).path


async def claim_of(database: Database, order: Order) -> Claim:
    """The claim of the order's voucher entry, as its worker holds it."""
    now = await database.now()
    found = await storage.heads(database, WORK, {order.merchant_id: 99}, now)
    [candidate] = [one for one in found if one.key == f"voucher/{order.code}"]
    await database.commit(storage.claim(candidate, f"lease-{now}", now, now))
    return storage.claimed(candidate, f"lease-{now}", now)


@proves("voucher.unguessable")
async def test_an_accepted_order_gets_a_voucher_under_a_url_nobody_guesses(
    database: Database, stranger: Caller
) -> None:
    orders = [await accepted(database) for _ in range(2)]
    await work_off(database, base_url=BASE_URL)
    urls = set()
    for order in orders:
        after = await stored(database, order.code)
        assert after.voucher is not None
        [code] = after.voucher.tracking_codes
        assert is_valid_tracking_code(code)
        assert after.voucher.url.startswith(f"{BASE_URL}/vouchers/")
        secret = path_of(after).removeprefix("/vouchers/").removesuffix(".pdf")
        assert len(secret) >= 43
        assert order.code not in after.voucher.url
        urls.add(after.voucher.url)
    assert len(urls) == 2


@proves("voucher.unguessable")
async def test_its_pdf_is_served_without_any_token(database: Database, stranger: Caller) -> None:
    order = await accepted(database, payment_method=PaymentMethod.CASH_ON_DELIVERY)
    await work_off(database)
    path = path_of(await stored(database, order.code))
    for headers in ({}, {"Authorization": "Bearer whatever"}, {"Accept": "text/html"}):
        answer = await stranger.get(path, headers)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'inline; filename="{order.code}.pdf"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "private" in answer.headers["cache-control"]
    assert answer.body.startswith(b"%PDF")
    [page] = PdfReader(BytesIO(answer.body)).pages
    text = page.extract_text()
    for expected in (order.code, "Καλλέργη", "Κύμα και Φως", "56,70"):
        assert expected in text


async def test_a_page_for_every_parcel(database: Database, stranger: Caller) -> None:
    order = await place(database)
    request = acceptance_of(order, number_of_parcels=3)
    await answering.accept(database, a_merchant(), order.code, request)
    await work_off(database)
    after = await stored(database, order.code)
    answer = await stranger.get(path_of(after))
    assert after.voucher is not None
    pages = PdfReader(BytesIO(answer.body)).pages
    assert len(pages) == len(set(after.voucher.tracking_codes)) == 3
    for n, page in enumerate(pages):
        assert f"{n + 1}/3" in page.extract_text()


async def test_a_wrong_url_is_a_404_in_json(database: Database, stranger: Caller) -> None:
    order = await accepted(database)
    await work_off(database)
    right = path_of(await stored(database, order.code))
    for path in (
        f"{right[:-5]}x.pdf",
        right.upper(),
        f"/vouchers/{order.code}.pdf",
        "/vouchers/%00.pdf",
        "/vouchers/..%2f..%2fetc%2fpasswd.pdf",
        "/vouchers/.pdf",
        "/vouchers/",
        right.removesuffix(".pdf"),
        f"{right}/",
    ):
        assert (await stranger.get(path)).refusal[0] == 404


@proves("moment.voucher")
async def test_the_merchant_is_told_of_it_once(database: Database) -> None:
    order = await accepted(database)
    await work_off(database)
    await work_off(database)
    told = await events(database, order.code)
    assert [event.event_type for event in told] == ["new_order", "order_updated", "order_updated"]
    changes = told[-1].changes
    after = await stored(database, order.code)
    assert changes is not None
    assert changes.courier_voucher is not None
    assert changes.courier_tracking_codes is not None
    assert after.voucher is not None
    assert changes.courier_voucher.new == after.voucher.url
    assert changes.courier_tracking_codes.new == after.voucher.tracking_codes
    assert changes.state is None
    assert await kept(database) == 1


async def test_a_crash_after_the_accept_and_before_the_voucher(
    database: Database, market_url: str
) -> None:
    """The program that accepted is gone; another one finds what is to be done."""
    order = await accepted(database)
    async with opened(market_url) as after_restart:
        await work_off(after_restart)
    assert (await stored(database, order.code)).voucher is not None
    assert await kept(database) == 1


async def test_a_worker_that_dies_before_its_voucher_is_kept(database: Database) -> None:
    order = await accepted(database)
    claim = await claim_of(database, order)
    issued = await Vouchers(database, InProcess(), BASE_URL).issue(claim)
    assert isinstance(issued, Delivered)  # drawn, and then never committed
    await work_off(database)
    after = await stored(database, order.code)
    assert after.voucher is not None
    assert await kept(database) == 1
    assert issued.detail not in after.voucher.tracking_codes
    with pytest.raises(Conflict):  # nor may the dead come back and keep it after all
        await database.commit(issued.also)
    assert await kept(database) == 1


async def test_two_workers_at_once_make_one(database: Database) -> None:
    order = await accepted(database)
    claim = await claim_of(database, order)
    work = Vouchers(database, InProcess(), BASE_URL)
    one, other = await asyncio.gather(work.issue(claim), work.issue(claim))
    results = await asyncio.gather(
        database.commit(one.also), database.commit(other.also), return_exceptions=True
    )
    assert [type(result) for result in results if result] == [Conflict]
    assert await kept(database) == 1
    assert len(await events(database, order.code)) == 3


async def test_issuing_again_does_nothing(database: Database) -> None:
    order = await accepted(database)
    claim = await claim_of(database, order)
    await work_off(database)
    before = await stored(database, order.code)
    again = await Vouchers(database, InProcess(), BASE_URL).issue(claim)
    assert again == Delivered("not wanted any more")
    assert await stored(database, order.code) == before


async def test_an_order_cancelled_meanwhile_gets_none(database: Database, stranger: Caller) -> None:
    order = await accepted(database)
    await operating.cancel(database, order.code)
    await work_off(database)
    assert (await stored(database, order.code)).voucher is None
    assert await kept(database) == 0
    history = [step.what for step in await journal.history(database, order.code)]
    assert history == ["placed", "accepted", "cancelled"]


async def test_an_order_cancelled_while_its_voucher_is_drawn_gets_none(
    database: Database,
) -> None:
    class Cancels(InProcess):
        async def draw(self, voucher: Voucher) -> bytes:
            await operating.cancel(database, order.code)
            return b"%PDF"

    order = await accepted(database)
    claim = await claim_of(database, order)
    issued = await Vouchers(database, Cancels(), BASE_URL).issue(claim)
    with pytest.raises(Conflict):
        await database.commit(issued.also)
    await work_off(database)
    assert await kept(database) == 0
    assert [event.order.state for event in await events(database, order.code)] == [
        "open", "accepted", "cancelled",
    ]  # fmt: skip


async def test_a_voucher_keeps_its_bytes(database: Database) -> None:
    pdf = b"%PDF\x00\xff" + bytes(range(256)) * 100
    effect = vouchers.inserted("token", "260312-1", micros(NOW), pdf)
    await database.commit(WriteSet(effects=(effect,)))
    found = await vouchers.find(database, "token")
    assert found is not None
    assert (found.order_code, found.pdf) == ("260312-1", pdf)
