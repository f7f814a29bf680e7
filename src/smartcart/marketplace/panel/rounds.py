"""The round of the marketplace's own courier: what he collects on a day, and when (contract §3)."""

from datetime import date, datetime, time, timedelta

from msgspec import Struct, field

from smartcart.contract import ATHENS, athens
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database
from smartcart.kit.queries import as_number
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.order import Order, PickupWindow
from smartcart.marketplace.domain.readiness import is_collected
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import orders


class Stop(Struct, frozen=True, kw_only=True):
    """An order the courier collects, in the contract's words."""

    code: str
    merchant_id: str
    start: datetime = field(name="from")
    end: datetime = field(name="to")
    pickup_address: str | None
    number_of_parcels: int | None
    courier_tracking_codes: tuple[str, ...]
    is_ready_for_dispatch: bool


class Page(Struct, frozen=True):
    pickups: tuple[Stop, ...]
    next: str | None


async def page(database: Database, day: str, after: str, limit: int) -> Page:
    """The `pickups` of `day` in Athens, today's when it is empty, and where the `next` page begins.

    What its shop must mark as ready and did not is not among them. Raises `Refused`.
    """
    begin, end = _span(day)
    moment, _, code = after.partition(".")
    found = await orders.pickups(
        database,
        since=max(micros(begin), as_number(moment, 0)),
        until=micros(end),
        after_code=code,
        limit=limit,
    )
    stops = [(order, order.pickup) for order in found if order.pickup]
    last = stops[-1] if len(found) == limit else None
    return Page(
        tuple(_stop(order, window) for order, window in stops if is_collected(order)),
        f"{micros(last[1].start)}.{last[0].code}" if last else None,
    )


def _span(day: str) -> tuple[datetime, datetime]:
    """From midnight to midnight."""
    try:
        chosen = date.fromisoformat(day) if day else utc_now().astimezone(ATHENS).date()
        return _midnight(chosen), _midnight(chosen + timedelta(days=1))
    except (ValueError, OverflowError):
        raise Refused(RefusalCode.BODY, f"day: '{day}' is not a day like 2026-03-12") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ATHENS)


def _stop(order: Order, window: PickupWindow) -> Stop:
    shown = document(order, order.created_at)
    return Stop(
        code=order.code,
        merchant_id=order.merchant_id,
        start=athens(window.start),
        end=athens(window.end),
        pickup_address=shown.pickup_address,
        number_of_parcels=shown.number_of_parcels,
        courier_tracking_codes=shown.courier_tracking_codes,
        is_ready_for_dispatch=shown.is_ready_for_dispatch,
    )
