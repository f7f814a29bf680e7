"""Both flows between both real programs, over HTTP alone, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from tests.support.postgres import fresh_database
from tests.support.programs import Json, Pair, running_pair
from tests.support.proving import proves

PUBLISHED = {"1001": 10, "1002": 10, "1003": 10}
SHELF = {"1001": 5, "1002": 1, "1003": 0}
HURRIED = {"SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "1,3,8"}


@pytest.fixture
async def databases(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[str, str]]:
    """Two empty databases, one for each program, on the engine the test is run on."""
    if request.param == "sqlite":
        yield str(tmp_path / "marketplace.db"), str(tmp_path / "merchant.db")
        return
    server = request.getfixturevalue("postgres_server")
    async with fresh_database(server) as one, fresh_database(server) as other:
        yield one, other


@pytest.fixture
async def pair(tmp_path: Path, databases: tuple[str, str]) -> AsyncIterator[Pair]:
    async with running_pair(
        tmp_path, *databases, published=PUBLISHED, shelf=SHELF, settings=HURRIED
    ) as running:
        yield running


pytestmark = pytest.mark.parametrize("databases", ["sqlite", "postgres"], indirect=True)


async def test_an_order_that_can_be_served_is_accepted_and_its_voucher_printed(pair: Pair) -> None:
    code = await pair.place(**{"1001": 2})
    shop = await pair.until_printed(code)
    shown = await pair.order(code)
    order = shown["order"]

    assert order["state"] == "accepted"
    # The shop's own 200 may come back and be written down later than all that follows from it.
    assert steps(shown)[0] == "placed"
    assert steps(shown).index("accepted") < steps(shown).index("voucher_issued")
    assert "webhook_delivered" in steps(shown)
    assert [event["event_type"] for event in events(shown)] == [
        "new_order",
        "order_updated",
        "order_updated",
        "order_updated",
    ]
    assert events(shown)[1]["changes"]["state"] == {"old": "open", "new": "accepted"}
    assert events(shown)[2]["changes"]["courier_voucher"]["new"] == order["courier_voucher"]
    downloaded = {"is_ready_for_dispatch": {"old": False, "new": True}}
    assert events(shown)[3]["changes"] == downloaded
    assert order["pickup_window"] == first_window(events(shown)[0])
    [printed] = list(pair.prints.iterdir())
    check_voucher(printed, code, order["courier_tracking_codes"])
    assert [one["file"] for one in shop["prints"]] == [printed.name]
    assert stock(await pair.dashboard("stock"), "1001") == (5, 2)


@proves("flow.reject")
async def test_a_short_order_is_rejected_and_reissued_for_what_is_available(pair: Pair) -> None:
    code = await pair.place(**{"1001": 1, "1002": 3, "1003": 1})
    rejected = await pair.until_state(code, "rejected")
    lines = {line["shop_uid"]: line for line in rejected["order"]["line_items"]}
    assert {uid: line.get("rejection_reason") for uid, line in lines.items()} == {
        "1001": None,
        "1002": "limited_stock",
        "1003": "no_stock",
    }
    calls = (await pair.dashboard(f"orders/{code}"))["calls"]
    [call] = [one for one in calls if one["request"]["path"].endswith("/reject")]
    assert sorted(call["request"]["body"]["line_items"], key=lambda line: line["reason_id"]) == [
        {"id": lines["1003"]["id"], "reason_id": 1},
        {"id": lines["1002"]["id"], "reason_id": 4, "available_quantity": 1},
    ]

    following = f"{code}-1"
    await pair.until_printed(following)
    shown = await pair.order(following)
    assert shown["order"]["state"] == "accepted"
    assert {line["shop_uid"]: line["quantity"] for line in shown["order"]["line_items"]} == {
        "1001": 1,
        "1002": 1,
    }
    [printed] = list(pair.prints.iterdir())
    check_voucher(printed, following, shown["order"]["courier_tracking_codes"])


async def test_an_order_of_which_nothing_is_available_has_no_follow_up(pair: Pair) -> None:
    code = await pair.place(**{"1003": 1})
    await pair.until_state(code, "rejected")
    await asyncio.sleep(0.5)
    assert [order["code"] for order in (await pair.panel("orders"))["orders"]] == [code]


async def test_a_cancelled_order_gives_its_stock_back(pair: Pair) -> None:
    code = await pair.place(**{"1001": 2})
    await pair.until_printed(code)
    await pair.panel(f"orders/{code}/cancel", {})
    async with asyncio.timeout(60):
        while stock(await pair.dashboard("stock"), "1001") != (5, 0):
            await asyncio.sleep(0.03)
    assert (await pair.order(code))["order"]["state"] == "cancelled"


async def test_both_programs_stop_within_seconds_and_resume_where_they_were(pair: Pair) -> None:
    assert await pair.merchant.stop() == 0
    code = await pair.place(**{"1001": 1})
    assert await pair.marketplace.stop() == 0
    for program in (pair.marketplace, pair.merchant):
        await program.start()
    await asyncio.gather(pair.marketplace.ready(pair.session), pair.merchant.ready(pair.session))
    await pair.until_printed(code)
    assert (await pair.order(code))["order"]["state"] == "accepted"


def steps(shown: Json) -> list[str]:
    return [step["what"] for step in shown["steps"]]


def events(shown: Json) -> list[Json]:
    return [delivery["payload"] for delivery in shown["deliveries"]]


def first_window(new_order: Json) -> Json:
    """The first window offered, as an interval."""
    label = new_order["order"]["accept_options"]["pickup_window"][0]["label"]
    hours, day = label.split(", ")
    start, end = hours.split(" - ")
    dd, mm, yy = day.split(" ")[1].split("/")
    offset = new_order["event_time"][-6:]
    return {
        "from": f"20{yy}-{mm}-{dd}T{start}:00{offset}",
        "to": f"20{yy}-{mm}-{dd}T{end}:00{offset}",
    }


def stock(shown: Json, uid: str) -> tuple[int, int]:
    [row] = [row for row in shown["stock"] if row["shop_uid"] == uid]
    return row["quantity"], row["reserved"]


def check_voucher(file: Path, code: str, tracking_codes: list[str]) -> None:
    """It can be read by a person and by a scanner."""
    text = "".join(page.extract_text() for page in PdfReader(file).pages)
    assert code in text
    assert "Ελένη Παπαδάκη" in text
    document = pypdfium2.PdfDocument(file)
    scanned = [
        barcode.text
        for page in document
        for barcode in zxingcpp.read_barcodes(
            page.render(scale=203 / 72).to_pil(),
            try_downscale=False,  # some codes are read a second time, wrongly, of half the dots
        )
    ]
    document.close()
    assert scanned == tracking_codes
