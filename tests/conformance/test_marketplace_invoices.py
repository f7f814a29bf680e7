"""Invoices as they are kept and served: one an order, changed whole or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import msgspec
import pytest

from smartcart.kit import journal
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, IntegrityViolation, WriteSet
from smartcart.marketplace import app
from smartcart.marketplace.actions.changing import Act, carry_out
from smartcart.marketplace.actions.invoicing import uploading
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain.invoice import InvoiceFile
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.storage import invoices
from tests.support.invoices import JPEG, PDF, PNG
from tests.support.market_server import Caller, serving, settings
from tests.support.marketplace import (
    a_merchant,
    accept,
    add_merchant,
    emptied,
    events,
    opened,
    place,
    stored,
)
from tests.support.proving import proves

BASE_URL = "https://market.example"
TYPES = {PDF[:4]: "application/pdf", PNG[:4]: "image/png", JPEG[:4]: "image/jpeg"}
PIECE = 256 * 1024


class _Kept(msgspec.Struct):
    order_code: str
    token: str
    bytes: int


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        await add_merchant(opened_database)
        yield opened_database


@pytest.fixture
async def order(database: Database) -> Order:
    """An accepted one."""
    return await accept(database, await place(database))


@pytest.fixture
async def stranger(database: Database) -> AsyncIterator[Caller]:
    """Somebody without any token, at the marketplace."""
    async with AsyncExitStack() as stack:
        program = app.web(settings("unused"), database)
        url = await stack.enter_async_context(serving(program))
        yield await stack.enter_async_context(Caller(url, ""))


def act(content: bytes) -> Act:
    return uploading(InvoiceFile(TYPES[content[:4]], content), BASE_URL)


async def upload(database: Database, order: Order, content: bytes) -> str:
    """Upload it for `order` as it was loaded; the path it is served at."""
    return path_of(await carry_out(database, a_merchant(), order, act(content)))


def path_of(order: Order) -> str:
    assert order.invoice_file is not None
    assert order.invoice_file.startswith(f"{BASE_URL}/invoices/")
    return urlsplit(order.invoice_file).path


def token_of(path: str) -> str:
    return path.removeprefix("/invoices/").partition(".")[0]


async def kept(database: Database) -> list[_Kept]:
    """Every file that is kept."""
    return await database.read(
        _Kept,
        """select order_code, token, cast(sum(length(content)) as bigint) as bytes
           from invoice group by order_code, token order by order_code, token""",
    )


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 7 * 1024 * 1024])
async def test_it_is_kept_in_pieces_and_served_as_it_was(
    database: Database, order: Order, stranger: Caller, size: int
) -> None:
    content = PDF + os.urandom(size - len(PDF))
    path = await upload(database, order, content)
    answer = await stranger.get(path)
    assert (answer.headers["content-length"], answer.body == content) == (str(size), True)
    found = await invoices.find(database, token_of(path))
    assert found == invoices.StoredInvoice(order.code, "application/pdf", size)
    pieces = [piece async for piece in invoices.content(database, token_of(path), size)]
    assert max(map(len, pieces)) <= PIECE


@proves("invoices.one-a-order", "invoices.old-url-ends")
async def test_a_new_one_replaces_it_and_the_old_url_ends(
    database: Database, order: Order, stranger: Caller
) -> None:
    paths = []
    for content in (PDF + bytes(2 * PIECE), PNG, PNG, JPEG):
        paths.append(await upload(database, await stored(database, order.code), content))
    assert len(set(paths)) == 4
    for old in paths[:-1]:
        assert (await stranger.get(old)).refusal == (404, "not_found", "There is no such invoice.")
    assert (await stranger.get(paths[-1])).body == JPEG
    assert path_of(await stored(database, order.code)) == paths[-1]
    assert await kept(database) == [_Kept(order.code, token_of(paths[-1]), len(JPEG))]


async def test_every_order_has_its_own(database: Database, order: Order, stranger: Caller) -> None:
    another = await accept(database, await place(database))
    path = await upload(database, order, PDF)
    other = await upload(database, another, PNG)
    assert (await stranger.get(path)).body == PDF
    assert (await stranger.get(other)).body == PNG
    assert len(await kept(database)) == 2


async def test_a_restart_keeps_it(database: Database, order: Order, market_url: str) -> None:
    path = await upload(database, order, PDF)
    async with opened(market_url) as after_restart:
        found = invoices.content(after_restart, token_of(path), len(PDF))
        assert b"".join([piece async for piece in found]) == PDF


@proves("silent.invoice")
async def test_it_is_in_the_history_and_no_event_tells_of_it(
    database: Database, order: Order
) -> None:
    before = await events(database, order.code)
    await upload(database, order, PDF)
    assert await events(database, order.code) == before
    [*_, step] = await journal.history(database, order.code)
    assert step.what == "invoice_uploaded"
    assert msgspec.json.decode(step.facts) == {"type": "application/pdf", "bytes": len(PDF)}


@proves("invoices.one-a-order")
async def test_who_comes_second_replaces_what_came_first(
    database: Database, order: Order, stranger: Caller
) -> None:
    """Both loaded the order before either committed."""
    first = await upload(database, order, PDF)
    second = await upload(database, order, PNG)
    assert (await stranger.get(first)).status == 404
    assert (await stranger.get(second)).body == PNG
    assert path_of(await stored(database, order.code)) == second
    assert await kept(database) == [_Kept(order.code, token_of(second), len(PNG))]


async def test_of_many_at_once_one_remains_and_it_is_the_one_the_order_names(
    database: Database, order: Order, stranger: Caller
) -> None:
    contents = [PDF + bytes([number]) * (PIECE + number) for number in range(8)]
    paths = await asyncio.gather(*(upload(database, order, content) for content in contents))
    named = path_of(await stored(database, order.code))
    assert named in paths
    content = contents[paths.index(named)]
    assert (await stranger.get(named)).body == content
    assert await kept(database) == [_Kept(order.code, token_of(named), len(content))]


async def test_what_fails_half_way_changes_nothing(
    database: Database, order: Order, stranger: Caller
) -> None:
    """The last statement of the set is refused, when the old file is deleted already."""
    path = await upload(database, order, PDF)
    before = await stored(database, order.code)
    replacing, now = act(PNG + bytes(2 * PIECE)), utc_now()
    after = replacing.decide(before, now)
    told = change(before, after, a_merchant(), now, replacing.verb, replacing.facts(after))
    whole = told + replacing.also(after, now)
    twice = WriteSet(effects=whole.effects[-1:])
    with pytest.raises(IntegrityViolation):
        await database.commit(whole + twice)
    assert await stored(database, order.code) == before
    assert (await stranger.get(path)).body == PDF
    assert await kept(database) == [_Kept(order.code, token_of(path), len(PDF))]


async def test_a_download_that_is_overtaken_is_broken_off_and_not_mixed(
    database: Database, order: Order
) -> None:
    content = PDF + bytes(2 * PIECE)
    path = await upload(database, order, content)
    pieces = invoices.content(database, token_of(path), len(content))
    assert await anext(pieces) == content[:PIECE]
    await upload(database, await stored(database, order.code), PNG + bytes(3 * PIECE))
    with pytest.raises(invoices.Gone):
        await anext(pieces)


async def test_a_wrong_url_is_a_404_in_json(
    database: Database, order: Order, stranger: Caller
) -> None:
    right = await upload(database, order, PDF)
    for path in (
        f"{right[:-5]}x.pdf",
        right.replace(".pdf", ".png"),
        right.replace(".pdf", ".PDF"),
        right.replace(".pdf", ".pdf.pdf"),
        right.swapcase(),
        f"/invoices/{order.code}.pdf",
        "/invoices/%00.pdf",
        "/invoices/%ff.pdf",
        "/invoices/..%2f..%2fetc%2fpasswd.pdf",
        "/invoices/.pdf",
        "/invoices/",
        right.removesuffix(".pdf"),
        f"{right}/",
    ):
        assert (await stranger.get(path)).refusal[0] == 404, path
    for method in ("POST", "PUT", "DELETE"):
        assert (await stranger.call(method, right, None, {})).refusal[0] == 405
    assert (await stranger.get(right)).body == PDF


async def test_only_the_head_is_sent_to_who_asks_for_it(
    database: Database, order: Order, stranger: Caller
) -> None:
    head = await stranger.call("HEAD", await upload(database, order, PDF), None, {})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(PDF))
