"""What speaks against answering an order without a person: what is not certain, what is wished."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from smartcart.contract import ContractError, LineItem, Order, to_cents
from smartcart.contract.vocabulary import CustomToken
from smartcart.merchant.domain.decisions import Cause, HoldReason
from smartcart.merchant.domain.patterns import entry_of_zip, names
from smartcart.merchant.domain.policy import Holds
from smartcart.merchant.domain.shelves import Stock
from smartcart.merchant.domain.skus import sku_of, wanted


def doubts(order: Order, stock: Stock, now: datetime) -> Iterator[Cause]:
    """What the order does not say for certain, or the stock not at all."""
    if not order.line_items or any(line.quantity == 0 for line in order.line_items):
        yield Cause(HoldReason.NO_LINES)
    if order.expires_at is not None and order.expires_at <= now:
        yield Cause(HoldReason.TOO_LATE, str(order.expires_at))
    unknown = [sku for sku in wanted(order.line_items) if sku not in stock]
    if unknown:
        yield Cause(HoldReason.UNKNOWN_SKU, ", ".join(map(str, unknown)))


def wishes(order: Order, now: datetime, holds: Holds, stock: Stock) -> Iterator[Cause]:
    """What the shop's policy wants a person to look at."""
    yield from _by_value(order, holds)
    yield from _by_products(order, holds, stock)
    yield from _by_invoice(order, holds)
    yield from _by_delivery(order, holds)
    if holds.minutes_before_expiry and order.expires_at is not None:
        least = timedelta(minutes=holds.minutes_before_expiry)
        if order.expires_at - now < least:
            yield Cause(HoldReason.NEAR_DEADLINE, limit=round(holds.minutes_before_expiry))


def value(order: Order) -> int | None:
    """Cents that all lines cost together; None when a line does not say."""
    totals = [_total(line) for line in order.line_items]
    known = [total for total in totals if total is not None]
    return sum(known) if len(known) == len(totals) else None


def _total(line: LineItem) -> int | None:
    try:
        if line.total_price is not None:
            return to_cents(line.total_price)
        return None if line.unit_price is None else to_cents(line.unit_price * line.quantity)
    except ContractError:
        return None


def _by_value(order: Order, holds: Holds) -> Iterator[Cause]:
    if holds.value_over is None:
        return
    found, limit = value(order), round(holds.value_over * 100)
    if found is None:
        yield Cause(HoldReason.VALUE_UNKNOWN, limit=limit)
    elif found > limit:
        yield Cause(HoldReason.VALUE, found=found, limit=limit)


def _by_products(order: Order, holds: Holds, stock: Stock) -> Iterator[Cause]:
    for sku, pieces in wanted(order.line_items).items():
        if holds.pieces_over is not None and pieces > holds.pieces_over:
            yield Cause(HoldReason.PIECES, str(sku), pieces, holds.pieces_over)
        if names(holds.skus, sku):
            yield Cause(HoldReason.SKU, str(sku))
    for line in order.line_items:
        yield from _by_price(line, holds, stock)


def _by_price(line: LineItem, holds: Holds, stock: Stock) -> Iterator[Cause]:
    sku = sku_of(line)
    shelf = stock.get(sku)
    ours = shelf.price if shelf else None
    if ours is None:
        if holds.price_unknown:
            yield Cause(HoldReason.PRICE_UNKNOWN, str(sku))
        return
    if holds.price_differs_percent is None or not _is_comparable(line):
        return
    total = _total(line)
    most = ours * line.quantity * holds.price_differs_percent / 100
    if total is not None and line.quantity and abs(total - ours * line.quantity) > most:
        yield Cause(HoldReason.PRICE, str(sku), total // line.quantity, ours)


def _is_comparable(line: LineItem) -> bool:
    """Whether the price is one with the VAT that the shop's own has."""
    return line.price_includes_vat and not line.island_vat_discount_applied


def _by_invoice(order: Order, holds: Holds) -> Iterator[Cause]:
    details = order.invoice_details
    if holds.vat_exclusion and details is not None and details.vat_exclusion_requested:
        yield Cause(HoldReason.VAT_EXCLUSION)
    if order.invoice_document is not None and order.invoice_document in holds.invoice_documents:
        yield Cause(HoldReason.INVOICE_DOCUMENT, order.invoice_document)
    if order.payment_method is not None and order.payment_method in holds.payment_methods:
        yield Cause(HoldReason.PAYMENT_METHOD, order.payment_method)


def _by_delivery(order: Order, holds: Holds) -> Iterator[Cause]:
    if holds.gift_wrap and (order.gift_wrap or CustomToken.GIFT_WRAP in (order.custom or "")):
        yield Cause(HoldReason.GIFT_WRAP)
    if holds.store_pickup and order.store_pickup:
        yield Cause(HoldReason.STORE_PICKUP)
    address = order.customer.address
    if holds.comments and (order.comments.strip() or (address.comments or "").strip()):
        yield Cause(HoldReason.COMMENTS)
    # The policy's own words: a cause is told in logs and messages, and the zip is the customer's.
    if (entry := entry_of_zip(holds.zips, address.zip)) is not None:
        yield Cause(HoldReason.REMOTE_ZIP, entry)
