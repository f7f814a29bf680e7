"""A marketplace for tests: its nouns with sensible values, kept in a database.

How it is run on a socket and spoken to is in `market_server`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from smartcart import outbox
from smartcart.contract import ATHENS, AcceptRequest, Address, Customer, Event, parse_event
from smartcart.kit.clock import Clock, utc_now
from smartcart.kit.database import Database, Statement, WriteSet, open_database
from smartcart.marketplace.actions import answering, merchants, placing
from smartcart.marketplace.actions.changing import WORK
from smartcart.marketplace.actions.express import Express
from smartcart.marketplace.actions.reissuing import Reprocessing
from smartcart.marketplace.actions.vouchers import Vouchers
from smartcart.marketplace.domain import placement
from smartcart.marketplace.domain.catalogue import Offer
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import LineItem, Order, PickupLocation
from smartcart.marketplace.domain.placement import Cart, CartLine, Terms
from smartcart.marketplace.domain.voucher import Voucher
from smartcart.marketplace.storage import MIGRATIONS, offers
from smartcart.marketplace.storage.orders import find
from smartcart.marketplace.voucher import label

T = TypeVar("T")

NOW = datetime(2026, 3, 12, 9, 41, 7, tzinfo=ATHENS)
"""A Thursday morning in winter time."""
TERMS = Terms()
MERCHANT = "kyma"

TABLES = (
    "orders", "order_change", "offer", "merchant", "voucher", "invoice", "stream", "entry",
    "attempt", "resend", "failing_lane", "worker", "journal", "signing_key",
)  # fmt: skip
"""What `emptied` empties: every table but those a database is of no use without."""
_DELETIONS = tuple(Statement(f"delete from {table}", 1).effect(table) for table in TABLES)

SHOP_ADDRESS = Address(
    street_name="Ερμού",
    street_number="12",
    zip="10563",
    city="Αθήνα",
    region="Αττική",
    country_code="GR",
)
SHOP = PickupLocation("Sa1bTc2dUe", SHOP_ADDRESS)
CUSTOMER = Customer(
    id="Bd7eXo21Yk",
    first_name="Άννα",
    last_name="Καλλέργη",
    address=Address(
        street_name="Αγίου Μηνά",
        street_number="17",
        zip="71202",
        city="Ηράκλειο",
        region="Ηρακλείου",
        country_code="GR",
        comments="Το κουδούνι γράφει «Καλλέργη»",
        floor="2ος",
    ),
)


def a_merchant(merchant_id: str = MERCHANT, **changes: object) -> Merchant:
    """A shop of one location, told by webhook at an address nobody listens on."""
    merchant = Merchant(
        id=merchant_id,
        name="Κύμα και Φως",
        domain="kyma.example",
        phone="2103812345",
        webhook_url="https://kyma.example/hook",
        locations=(SHOP,),
    )
    return msgspec.structs.replace(merchant, **changes)


def an_offer(shop_uid: str = "KF-1042", **changes: object) -> Offer:
    offer = Offer(
        merchant_id=MERCHANT,
        shop_uid=shop_uid,
        name=f"Προϊόν {shop_uid}",
        price_cents=1890,
        quantity=7,
        commission_basis_points=920,
    )
    return msgspec.structs.replace(offer, **changes)


def a_cart(*lines: CartLine, **changes: object) -> Cart:
    chosen = lines or (CartLine(merchant_id=MERCHANT, shop_uid="KF-1042"),)
    return msgspec.structs.replace(Cart(lines=chosen, customer=CUSTOMER), **changes)


def a_line(line_id: str = "line-1", quantity: int = 3, **changes: object) -> LineItem:
    line = LineItem(
        id=line_id,
        shop_uid="KF-1042",
        product_name="Μπρίκι χάλκινο",
        quantity=quantity,
        unit_price_cents=1890,
        commission_basis_points=920,
    )
    return msgspec.structs.replace(line, **changes)


def an_order(*lines: LineItem, now: datetime = NOW, **changes: object) -> Order:
    """An open order as it is placed at `now`, with `changes`."""
    placed = placement.placed(
        "260312-0004217", a_merchant(), a_cart(), lines or (a_line(),), TERMS, now
    )
    return msgspec.structs.replace(placed, **changes)


def acceptance_of(order: Order, **changes: object) -> AcceptRequest:
    """The first of each of the order's options."""
    request = AcceptRequest(
        pickup_location=order.locations[0].id,
        pickup_window=order.windows[0].id if order.windows else None,
    )
    return msgspec.structs.replace(request, **changes)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The marketplace's database at `url`, empty unless somebody wrote there before."""
    database = await open_database(url, MIGRATIONS)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Database]:
    """The marketplace's database at `url` with nothing in it."""
    async with opened(url) as database:
        await database.commit(WriteSet(effects=_DELETIONS))
        yield database


async def add_offers(database: Database, *offered: Offer, loaded: int = 1) -> None:
    await database.commit(WriteSet(effects=tuple(offers.saved(offer, loaded) for offer in offered)))


async def add_merchant(
    database: Database, merchant: Merchant | None = None, uids: Iterable[str] = ("KF-1042",)
) -> str:
    """Add the merchant with plenty of each of `uids`; its token."""
    chosen = merchant or a_merchant()
    offered = (an_offer(uid, merchant_id=chosen.id, quantity=None) for uid in uids)
    await add_offers(database, *offered)
    return await merchants.add(database, chosen)


async def place(
    database: Database,
    quantities: Mapping[str, int] | None = None,
    *,
    merchant: str = MERCHANT,
    terms: Terms = TERMS,
    clock: Clock = utc_now,
    **changes: object,
) -> Order:
    """Place a cart of one merchant's products by uid."""
    lines = (
        CartLine(merchant_id=merchant, shop_uid=uid, quantity=quantity)
        for uid, quantity in (quantities or {"KF-1042": 3}).items()
    )
    [order] = await placing.place(database, a_cart(*lines, **changes), terms, clock)
    return await stored(database, order.code)


async def accept(database: Database, order: Order, merchant: Merchant | None = None) -> Order:
    """Accept it with the first of its options; the order after it."""
    await answering.accept(database, merchant or a_merchant(), order.code, acceptance_of(order))
    return await stored(database, order.code)


async def stored(database: Database, code: str) -> Order:
    """The order as it is kept now."""
    order = await find(database, code)
    assert order is not None, f"{code} is not kept"
    return order


async def events(database: Database, code: str) -> list[Event]:
    """Every webhook event written for the order, in order."""
    entries = await outbox.entries(database, f"webhook/{code}")
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    return [parse_event(entry.payload.encode()) for entry in entries]


class InProcess:
    """Draws the real label without a process of its own."""

    async def draw(self, voucher: Voucher) -> bytes:
        return label.draw(voucher)


async def work_off(
    database: Database,
    *,
    terms: Terms = TERMS,
    clock: Clock = utc_now,
    base_url: str = "https://market.example",
) -> None:
    """Do all work that is waiting: vouchers, follow-ups, express orders that are due."""
    vouchers = Vouchers(database, InProcess(), base_url, clock)
    reprocessing = Reprocessing(database, terms, clock)
    handlers = {
        "voucher": vouchers.issue,
        "reprocess": reprocessing.reprocess,
        "express": Express(database, clock).accept,
    }
    limits = outbox.Limits(lease_seconds=60, poll_seconds=0.01)
    worker = outbox.Worker(database, WORK, handlers, limits)
    await _run_until(worker.run, lambda: _is_worked_off(database, WORK))


async def _run_until(
    run: Callable[[asyncio.Event], Awaitable[None]], done: Callable[[], Awaitable[bool]]
) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_until_stopped(run, stop))
        await eventually(done)
        stop.set()


async def _until_stopped(
    run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    await run(stop)


class _Waiting(msgspec.Struct):
    streams: int


async def _is_worked_off(database: Database, queue: str) -> bool:
    [waiting] = await database.read(
        _Waiting,
        "select count(*) as streams from stream where queue = $1 and due is not null",
        queue,
    )
    return waiting.streams == 0


async def eventually(condition: Callable[[], Awaitable[T]], seconds: float = 120) -> T:
    """What `condition` gives once that is true."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.005)
    return found


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'marketplace.db'}"


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)
