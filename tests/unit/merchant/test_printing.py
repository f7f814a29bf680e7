"""Vouchers fetched and printed: once each, whenever the program dies, and nothing else."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from aiohttp import web

from smartcart import outbox
from smartcart.kit.database import Conflict
from smartcart.kit.egress import open_session
from smartcart.merchant.actions import work
from smartcart.merchant.actions.printing import LARGEST_VOUCHER, Printing, print_name
from smartcart.merchant.domain.order import Status
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.outbox import Claim, Delivered, Failed
from tests.support.http_sink import Connection, HttpSink, Reply
from tests.support.order_documents import order
from tests.support.orders_api import PDF, OrdersApi
from tests.support.proving import proves
from tests.support.shop import IMPATIENT, Shop

CODE = "260501-0000001"
EVENTS = (work.EVENTS,)


async def accepted(shop: Shop, url: str, second: int = 0, code: str = CODE) -> None:
    """The order is told accepted, with a voucher at `url`."""
    await shop.told(order(code, state="accepted", courier_voucher=url), second)
    await shop.settle(queues=EVENTS)


async def claim(shop: Shop, seq: int = 1, attempt: int = 1) -> Claim:
    entry = (await outbox.entries(shop.database, f"voucher/{CODE}"))[seq - 1]
    now = await shop.database.now()
    return Claim(
        key=entry.key,
        seq=entry.seq,
        lane="voucher",
        kind=entry.kind,
        payload=entry.payload,
        created_at=entry.created_at,
        attempt=attempt,
        first_attempt_at=now,
        claimed_at=now,
        lease="",
    )


async def test_a_voucher_is_printed_whole_under_its_orders_name(shop: Shop, api: OrdersApi) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    await shop.settle()
    [name] = shop.printed()
    assert name == print_name(CODE, url)
    assert name.startswith(CODE)
    assert (shop.prints / name).read_bytes() == PDF
    assert await shop.facts(CODE, "voucher_printed") == [{"file": name, "bytes": len(PDF)}]


@proves("inbox.no-token-elsewhere")
async def test_the_token_is_never_sent_to_a_voucher_url(shop: Shop, api: OrdersApi) -> None:
    await accepted(shop, api.voucher("v.pdf"))
    await shop.settle()
    [headers] = api.voucher_requests
    assert not {name.lower() for name in headers} & {"authorization", "cookie"}


@pytest.mark.parametrize("drawn_anew", [False, True])
async def test_a_crash_between_printing_and_recording_prints_nothing_twice(
    shop: Shop, api: OrdersApi, drawn_anew: bool
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    print_voucher = shop.handlers[work.VOUCHER]
    for attempt in (1, 2, 3):
        outcome = await print_voucher(await claim(shop, attempt=attempt))
        assert isinstance(outcome, Delivered)  # and then the program dies before this is committed
        if drawn_anew:
            api.voucher("v.pdf", PDF + b"%% another moment\n")
    await shop.settle()
    [name] = shop.printed()
    assert (shop.prints / name).read_bytes() == PDF
    assert len(await shop.facts(CODE, "voucher_printed")) == 1


async def test_a_crash_before_printing_prints_after_it(shop: Shop, api: OrdersApi) -> None:
    await accepted(shop, api.voucher("v.pdf"))
    await shop.handlers[work.VOUCHER](await claim(shop))
    shutil.rmtree(shop.prints)
    await shop.settle()
    assert len(shop.printed()) == 1


async def test_another_voucher_of_the_same_order_is_another_print(
    shop: Shop, api: OrdersApi
) -> None:
    for second, name in enumerate(["a.pdf", "a.pdf", "b.pdf", "a.pdf"]):
        await accepted(shop, api.voucher(name, PDF + name.encode()), second)
        await shop.settle()
    contents = sorted((shop.prints / name).read_bytes() for name in shop.printed())
    assert contents == [PDF + b"a.pdf", PDF + b"b.pdf"]


async def test_orders_whose_codes_look_alike_do_not_share_a_file(
    shop: Shop, api: OrdersApi
) -> None:
    codes = ["a/b", "a_b", "a b", "A/B", "../a", "CON", "260501-1", "260501-1-2"]
    url = api.voucher("v.pdf")
    for code in codes:
        await accepted(shop, url, code=code)
    await shop.settle()
    names = shop.printed()
    assert len({name.casefold() for name in names}) == len(codes)
    assert all(Path(name).name == name and name.endswith(".pdf") for name in names)


@pytest.mark.parametrize("state", ["cancelled", "dispatched", "rejected"])
async def test_an_order_that_went_on_before_printing_is_not_printed(
    shop: Shop, api: OrdersApi, state: str
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    await shop.told(order(CODE, state=state, courier_voucher=url), 5)
    await shop.settle(queues=EVENTS)
    await shop.settle()
    assert shop.printed() == []
    assert api.voucher_requests == []
    assert await shop.facts(CODE, "voucher_voided") == [{"state": state}]
    assert await shop.facts(CODE, "packed_in_vain") == []


async def test_a_voucher_that_was_withdrawn_is_not_printed(shop: Shop, api: OrdersApi) -> None:
    await accepted(shop, api.voucher("a.pdf"))
    await accepted(shop, api.voucher("b.pdf", PDF + b"b"), 5)
    await shop.settle()
    [name] = shop.printed()
    assert (shop.prints / name).read_bytes() == PDF + b"b"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (web.Response(status=503, body=b"later"), "503"),
        (web.Response(body=b"<html>later</html>", content_type="text/html"), "type"),
        (web.Response(body=b"later", content_type="application/pdf"), "%PDF-"),
        (web.Response(body=b"", content_type="application/pdf"), "%PDF-"),
        (
            web.Response(body=PDF + b"x" * LARGEST_VOUCHER, content_type="application/pdf"),
            "larger",
        ),
    ],
    ids=["503", "html", "not a pdf", "empty", "too large"],
)
async def test_what_is_no_voucher_is_fetched_again(
    shop: Shop, api: OrdersApi, answer: web.Response, why: str
) -> None:
    await accepted(shop, api.voucher("v.pdf", answer))
    outcome = await shop.handlers[work.VOUCHER](await claim(shop))
    assert isinstance(outcome, Failed)
    assert why in outcome.detail
    assert outcome.retry_at is not None
    assert shop.printed() == []
    api.voucher("v.pdf")
    await shop.settle()
    assert len(shop.printed()) == 1


async def test_a_pdf_served_as_bytes_is_a_voucher(shop: Shop, api: OrdersApi) -> None:
    octets = web.Response(body=PDF, content_type="application/octet-stream")
    await accepted(shop, api.voucher("v.pdf", octets))
    await shop.settle()
    assert len(shop.printed()) == 1


async def test_a_printer_that_fails_is_tried_again(shop: Shop, api: OrdersApi) -> None:
    await accepted(shop, api.voucher("v.pdf"))
    shop.prints.write_text("a file where the folder should be")
    outcome = await shop.handlers[work.VOUCHER](await claim(shop))
    assert isinstance(outcome, Failed)
    assert "cannot be printed" in outcome.detail
    shop.prints.unlink()
    await shop.settle()
    assert len(shop.printed()) == 1


@pytest.mark.parametrize(
    ("url", "development", "why"),
    [
        ("http://127.0.0.1:1/v.pdf", False, "https"),
        ("https://127.0.0.1:1/v.pdf", False, "loopback"),
        ("https://169.254.169.254/v.pdf", True, "metadata"),
        ("ftp://example.com/v.pdf", True, "not an absolute http"),
        ("v.pdf", True, "not an absolute http"),
        ("file:///etc/passwd", True, "not an absolute http"),
    ],
)
async def test_a_url_that_may_not_be_fetched_is_given_up_at_once(
    shop: Shop, url: str, development: bool, why: str
) -> None:
    await accepted(shop, url)
    async with open_session(allow_private=development) as session:
        folder = PrintFolder(shop.prints)
        printing = Printing(shop.database, session, folder, IMPATIENT, 2, development)
        outcome = await printing.print_voucher(await claim(shop))
    assert isinstance(outcome, Failed)
    assert why in outcome.detail
    assert outcome.retry_at is None
    [step] = outcome.also.effects
    assert json.loads(str(step.params[-1]))["final"] is True


async def test_the_order_is_still_accepted_when_its_voucher_cannot_be_had(
    shop: Shop, api: OrdersApi
) -> None:
    await accepted(shop, "gopher://x")
    await shop.settle()
    assert (await shop.order(CODE)).status is Status.ACCEPTED
    assert await shop.attempts(f"voucher/{CODE}") == [(1, 1, "exhausted")]


@pytest.mark.parametrize("state", ["cancelled", "rejected", "dispatched"])
async def test_somebody_is_called_when_the_voucher_of_an_order_that_is_off_was_printed(
    shop: Shop, api: OrdersApi, state: str
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    await shop.settle()
    [file] = shop.printed()
    for second in (5, 6):
        await shop.told(order(CODE, state=state, courier_voucher=url), second)
    await shop.settle()
    off = [{"state": state, "file": file}] if state != "dispatched" else []
    assert await shop.facts(CODE, "packed_in_vain") == off


async def test_an_order_cancelled_while_its_voucher_is_fetched_is_not_printed(
    shop: Shop, api: OrdersApi
) -> None:
    asked = asyncio.Event()
    async with HttpSink() as sink:

        async def slowly(connection: Connection) -> None:
            asked.set()
            await shop.told(order(CODE, state="cancelled"), 5)
            await shop.settle(queues=EVENTS)
            await Reply(200, PDF, {"Content-Type": "application/pdf"})(connection)

        sink.answer(slowly)
        await accepted(shop, sink.url("/v.pdf"))
        await shop.settle()
    assert asked.is_set()
    assert shop.printed() == []
    assert await shop.facts(CODE, "voucher_voided") == [{"state": "cancelled"}]


async def test_somebody_is_called_when_the_program_died_just_after_printing(
    shop: Shop, api: OrdersApi
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    await shop.handlers[work.VOUCHER](await claim(shop))  # and nothing of it is committed
    await shop.told(order(CODE, state="cancelled", courier_voucher=url), 5)
    await shop.settle(queues=EVENTS)
    await shop.settle()
    assert await shop.facts(CODE, "packed_in_vain") == [
        {"state": "cancelled", "file": shop.printed()[0]}
    ]


async def test_a_cancellation_that_comes_between_printing_and_recording_is_seen(
    shop: Shop, api: OrdersApi
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    outcome = await shop.handlers[work.VOUCHER](await claim(shop))
    assert isinstance(outcome, Delivered)
    await shop.told(order(CODE, state="cancelled", courier_voucher=url), 5)
    await shop.settle(queues=EVENTS)
    with pytest.raises(Conflict):
        await shop.database.commit(outcome.also)


async def test_a_voucher_that_an_old_reading_withdrew_is_printed_when_it_comes_back(
    shop: Shop, api: OrdersApi
) -> None:
    url = api.voucher("v.pdf")
    await accepted(shop, url)
    await accepted(shop, "", 1)
    await shop.settle()
    assert shop.printed() == []
    await accepted(shop, url, 2)
    await shop.settle()
    assert len(shop.printed()) == 1
    await accepted(shop, "", 3)
    await accepted(shop, url, 4)
    await shop.settle()
    assert len(await shop.facts(CODE, "voucher_printed")) == 1
    assert len(api.voucher_requests) == 1
