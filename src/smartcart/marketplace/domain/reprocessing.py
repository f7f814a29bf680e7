"""What becomes of an order that was rejected line by line: a new one for what is available."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from smartcart.contract import OrderState
from smartcart.marketplace.domain import pickup
from smartcart.marketplace.domain.codes import reissued
from smartcart.marketplace.domain.order import LineItem, Order
from smartcart.marketplace.domain.placement import Terms


def available_lines(order: Order) -> tuple[LineItem, ...]:
    """What the merchant can serve of a rejected order: whole lines it did not reject, and as many
    of a rejected one as it said. Nothing of an order rejected as a whole."""
    if order.state is not OrderState.REJECTED or order.rejected_because is not None:
        return ()
    left = (replace(line, quantity=_available(line), rejection=None) for line in order.lines)
    return tuple(line for line in left if line.quantity > 0)


def follow_up(order: Order, line_ids: tuple[str, ...], terms: Terms, now: datetime) -> Order | None:
    """The order that follows a rejected one, None when nothing is available.

    `line_ids` are minted, one for each line of `order` or more.
    """
    lines = available_lines(order)
    if not lines:
        return None
    expires_at = now + terms.answer_within
    return replace(
        order,
        code=reissued(order.code),
        state=OrderState.OPEN,
        version=1,
        events=0,
        told_at=now - timedelta(seconds=1),
        lines=tuple(replace(line, id=line_ids[n]) for n, line in enumerate(lines)),
        created_at=now,
        expires_at=expires_at,
        dispatch_until=terms.dispatch_until(now) if order.dispatch_until else None,
        windows=pickup.windows(now, expires_at) if order.windows else (),
        reissue_of=order.code,
    )


def _available(line: LineItem) -> int:
    if line.rejection is None:
        return line.quantity
    return line.rejection.available_quantity or 0
