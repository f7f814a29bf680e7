"""The merchant's rows on both engines: what is kept, what is guarded, what is never oversold."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from smartcart.contract import RejectedLine
from smartcart.kit.database import Conflict, Database, WriteSet, open_database
from smartcart.merchant.domain.decisions import Accept, Hold, HoldReason, Nothing, Reject
from smartcart.merchant.domain.inbox import Verdict
from smartcart.merchant.domain.order import Basis, ShopOrder, Source, Status
from smartcart.merchant.domain.reservations import Change
from smartcart.merchant.domain.shelves import pieces
from smartcart.merchant.domain.skus import UNCOUNTED, Sku, Spot
from smartcart.merchant.storage import MIGRATIONS, inbox, orders, prints, stock

A, B = Sku("1001"), Sku("1002", "1002-42")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, MIGRATIONS)
    yield opened
    await opened.close()


async def write(database: Database, *parts: WriteSet) -> None:
    whole = WriteSet()
    for part in parts:
        whole += part
    await database.commit(whole)


async def count(database: Database, sku: Sku, quantity: int | None) -> None:
    await database.commit(WriteSet(effects=(stock.counted(Spot(sku), quantity, 1),)))


async def shelf(database: Database) -> dict[Sku, tuple[int | None, int]]:
    rows = await stock.page(database, Sku(""), 100)
    return {row.sku: (row.quantity, row.reserved) for row in rows}


async def left(database: Database, skus: list[Sku]) -> dict[Sku, int]:
    return dict(pieces(await stock.shelves(database, skus)))


def take(code: str, sku: Sku, before: int, after: int, ending: str = stock.RELEASED) -> WriteSet:
    return stock.changed(code, Change(Spot(sku), before, after), ending, 1)


async def test_no_more_is_reserved_than_there_is(database: Database) -> None:
    await count(database, A, 3)
    await write(database, take("C1", A, 0, 2))
    with pytest.raises(Conflict):
        await write(database, take("C2", A, 0, 2))
    await write(database, take("C2", A, 0, 1))
    assert await shelf(database) == {A: (3, 3)}
    assert await stock.held(database, "C1") == {Spot(A): 2}
    assert await left(database, [A]) == {A: 0}


async def test_one_short_product_reserves_nothing_of_the_others(database: Database) -> None:
    await count(database, A, 3)
    await count(database, B, 0)
    with pytest.raises(Conflict):
        await write(database, take("C1", A, 0, 1), take("C1", B, 0, 1))
    assert await shelf(database) == {A: (3, 0), B: (0, 0)}
    assert await stock.held(database, "C1") == {}


async def test_a_reservation_is_given_back_once(database: Database) -> None:
    await count(database, A, 3)
    await write(database, take("C1", A, 0, 2))
    await write(database, take("C1", A, 2, 0))
    with pytest.raises(Conflict):
        await write(database, take("C1", A, 2, 0))
    assert await shelf(database) == {A: (3, 0)}
    await write(database, take("C1", A, 0, 3))  # and may be made again
    assert await shelf(database) == {A: (3, 3)}


async def test_a_reservation_is_made_once_and_resized_from_what_it_is(database: Database) -> None:
    await count(database, A, 5)
    await write(database, take("C1", A, 0, 2))
    with pytest.raises(Conflict):
        await write(database, take("C1", A, 0, 2))
    with pytest.raises(Conflict):
        await write(database, take("C1", A, 3, 4))
    await write(database, take("C1", A, 2, 4))
    await write(database, take("C1", A, 4, 1))
    assert await shelf(database) == {A: (5, 1)}


async def test_handed_over_goods_leave_the_count(database: Database) -> None:
    await count(database, A, 5)
    await count(database, B, None)
    await write(database, take("C1", A, 0, 2), take("C1", B, 0, 7))
    await write(
        database, take("C1", A, 2, 0, stock.HANDED_OVER), take("C1", B, 7, 0, stock.HANDED_OVER)
    )
    assert await shelf(database) == {A: (3, 0), B: (None, 0)}


async def test_an_uncounted_product_may_be_promised_without_end(database: Database) -> None:
    await count(database, A, None)
    await write(database, take("C1", A, 0, 1_000))
    assert await left(database, [A, B]) == {A: UNCOUNTED}


async def test_a_forgotten_product_may_not_be_promised(database: Database) -> None:
    await count(database, A, 5)
    await write(database, take("C1", A, 0, 1))
    await database.commit(WriteSet(effects=(stock.forgotten(Spot(A), 2),)))
    with pytest.raises(Conflict):
        await write(database, take("C2", A, 0, 1))
    assert await left(database, [A]) == {}
    await write(database, take("C1", A, 1, 0))
    await count(database, A, 4)
    assert await shelf(database) == {A: (4, 0)}


async def test_a_recount_below_what_is_reserved_leaves_nothing(database: Database) -> None:
    await count(database, A, 5)
    await write(database, take("C1", A, 0, 4))
    await count(database, A, 2)
    assert await left(database, [A]) == {A: 0}
    assert await shelf(database) == {A: (2, 4)}


async def test_callers_at_once_get_what_there_is_and_no_more(database: Database) -> None:
    await count(database, A, 25)
    await count(database, B, 1_000)
    sets = [take(f"C{n}", A, 0, 2) + take(f"C{n}", B, 0, 1) for n in range(60)]
    outcomes = await asyncio.gather(*map(database.commit, sets), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 12
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    assert await shelf(database) == {A: (25, 24), B: (1_000, 12)}


async def test_the_stock_of_a_large_order_is_found(database: Database) -> None:
    skus = [Sku(f"{n}", "v" if n % 2 else "") for n in range(450)]
    counted = tuple(stock.counted(Spot(sku), n, 1) for n, sku in enumerate(skus))
    await database.commit(WriteSet(effects=counted))
    assert await left(database, skus) == {sku: n for n, sku in enumerate(skus)}
    assert await left(database, []) == {}


def shop_order(**fields: Any) -> ShopOrder:
    order = ShopOrder(
        code="C1",
        version=1,
        status=Status.HELD,
        state="open",
        newest=Source("event/C1", 1),
        event_time=None,
        expires_at=None,
        dispatch_until=None,
    )
    return replace(order, **fields)


@pytest.mark.parametrize(
    "decision",
    [
        None,
        Accept("loc", 3, 1),
        Accept("loc", None, 2),
        Reject((RejectedLine(id="l", reason_id=4, available_quantity=0),)),
        Hold(HoldReason.UNKNOWN_SKU, "Ω"),
        Nothing("express"),
    ],
    ids=lambda decision: type(decision).__name__,
)
async def test_an_order_is_found_as_it_was_saved(database: Database, decision: object) -> None:
    full = shop_order(
        decision=decision,
        basis=(Basis("1001", 2, None), Basis("1002", 1, 0)),
        event_time=1,
        expires_at=2,
        dispatch_until=3,
        read_at=4,
        voucher="https://x/é",
        vouchers=("https://x/é",),
        answers=2,
        holds=True,
    )
    await database.commit(WriteSet(guards=(orders.saved(None, full, 5),)))
    assert await orders.find(database, "C1") == full
    assert await orders.find(database, "c1") is None


async def test_an_order_is_changed_only_from_what_it_is(database: Database) -> None:
    first = shop_order()
    second = shop_order(version=2, status=Status.ACCEPTING)
    await database.commit(WriteSet(guards=(orders.saved(None, first, 5),)))
    with pytest.raises(Conflict):
        await database.commit(WriteSet(guards=(orders.saved(None, first, 5),)))
    await database.commit(WriteSet(guards=(orders.saved(first, second, 6),)))
    with pytest.raises(Conflict):
        await database.commit(WriteSet(guards=(orders.saved(first, second, 7),)))


async def test_an_order_moves_from_the_status_it_has_and_spoils_what_was_loaded(
    database: Database,
) -> None:
    first = shop_order(status=Status.ACCEPTING)
    await database.commit(WriteSet(guards=(orders.saved(None, first, 5),)))
    missed = orders.moved("C1", Status.REJECTING, Status.REJECTED, 6)
    await database.commit(WriteSet(effects=(missed,)))
    assert await orders.find(database, "C1") == first
    moved = orders.moved("C1", Status.ACCEPTING, Status.ACCEPTED, 6)
    await database.commit(WriteSet(effects=(moved,)))
    assert await orders.find(database, "C1") == shop_order(status=Status.ACCEPTED, version=2)
    with pytest.raises(Conflict):
        await database.commit(WriteSet(guards=(orders.saved(first, shop_order(version=2), 7),)))


async def test_an_event_is_kept_byte_for_byte_at_a_place_of_its_own(database: Database) -> None:
    body = bytes(range(256)) * 3
    for seq, digest in ((1, "d"), (2, "d"), (3, "e")):
        arrival = inbox.Arrival(Source("event/C1", seq), "C1", "new_order", None, digest, seq)
        await database.commit(inbox.arrived(arrival, body))
        with pytest.raises(Conflict):
            await database.commit(inbox.arrived(arrival, b"other"))
    judged = inbox.judged(Source("event/C1", 2), Verdict.DUPLICATE)
    await database.commit(WriteSet(effects=(judged,)))
    kept = await inbox.of_order(database, "event/C1", 10)
    assert [(one.seq, one.seen, one.verdict) for one in kept] == [
        (1, False, ""),
        (2, True, "duplicate"),
        (3, False, ""),
    ]
    assert {one.body for one in kept} == {body}
    assert await inbox.with_order(database, Source("event/C1", 9)) == (None, None)


async def test_an_event_is_loaded_with_the_order_it_is_about(database: Database) -> None:
    source = Source("event/C1", 1)
    arrival = inbox.Arrival(source, "C1", "new_order", 7, "d", 1)
    await database.commit(inbox.arrived(arrival, b"{}"))
    kept, order = await inbox.with_order(database, source)
    assert kept is not None
    assert (kept.source, kept.event_time, kept.body, order) == (source, 7, b"{}", None)
    saved = shop_order(status=Status.ACCEPTING, vouchers=("u",))
    await database.commit(WriteSet(guards=(orders.saved(None, saved, 5),)))
    moved = orders.moved("C1", Status.ACCEPTING, Status.ACCEPTED, 6)
    await database.commit(WriteSet(effects=(moved,)))
    _, order = await inbox.with_order(database, source)
    assert order == shop_order(status=Status.ACCEPTED, vouchers=("u",), version=2)


async def test_a_voucher_is_recorded_once(database: Database) -> None:
    one = prints.inserted("C1", 1, "https://x/1", "C1.pdf", 5)
    await database.commit(WriteSet(effects=(one,)))
    [found] = await prints.of_order(database, "C1")
    assert (found.number, found.file) == (1, "C1.pdf")
