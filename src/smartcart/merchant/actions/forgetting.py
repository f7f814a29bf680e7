"""Forget an order's customer: what tells who it is goes, the figures and the decisions stay."""

import asyncio
from dataclasses import dataclass

from smartcart import outbox
from smartcart.contract import OrderBody, encode
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.merchant.actions import work
from smartcart.merchant.actions.documents import read_document
from smartcart.merchant.domain.forgetting import without_customer, without_voucher
from smartcart.merchant.domain.order import FINISHED, ShopOrder, Source
from smartcart.merchant.printing import Printer
from smartcart.merchant.storage import inbox, orders, prints

_DOCUMENTS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Forgetting:
    """`printer` is where vouchers were printed to."""

    database: Database
    printer: Printer

    async def forget(self, code: str) -> bool:
        """Forget the customer of a finished order; False, and nothing done, for any other.

        A little is committed at a time. When that is interrupted, doing it again does the rest.
        Raises `OSError` when a printed voucher cannot be taken away.
        """
        while True:
            order = await orders.find(self.database, code)
            if order is None or order.status not in FINISHED:
                return False
            try:
                await self._forget(order)
            except Conflict:
                continue  # something was told of it meanwhile
            return True

    async def forget_event(self, source: Source) -> None:
        """The same for the document of an event that belongs to no order."""
        await self._documents(source.key, source.seq - 1, WriteSet(), most=1)

    async def forget_events(self, code: str) -> int:
        """The same for the events of an order that was never made; 0 when there is none."""
        return await self._documents(work.events_of(code), 0, WriteSet())

    async def _forget(self, order: ShopOrder) -> None:
        for printed in await prints.of_order(self.database, order.code):
            await asyncio.to_thread(self.printer.remove, printed.file)
        unchanged = WriteSet(guards=(orders.unchanged(order),))
        keys = (work.events_of(order.code), work.readings_of(order.code))
        seen = [await self._documents(key, 0, unchanged) for key in keys]
        await self.database.commit(_emptied(order))
        # What came in while that was done was told of by somebody who did not know of it.
        for key, last in zip(keys, seen, strict=True):
            await self._documents(key, last, WriteSet())

    async def _documents(
        self, key: str, after: int, also: WriteSet, most: int = _DOCUMENTS_AT_ONCE
    ) -> int:
        """Empty the documents under `key` after the number `after`; the last one's number."""
        while found := await inbox.documents(self.database, key, after, most):
            after = found[-1].seq
            rewritten = [
                inbox.rewritten(Source(key, one.seq), left)
                for one in found
                if (left := what_is_left(one.body)) != one.body
            ]
            if rewritten:
                await self.database.commit(also + WriteSet(effects=tuple(rewritten)))
            if len(found) < _DOCUMENTS_AT_ONCE:
                break
        return after


def what_is_left(body: bytes) -> bytes:
    """What is kept of a document; of one that cannot be read, nothing."""
    order = read_document(body)
    return b"{}" if order is None else encode(OrderBody(order=without_customer(order)))


def _emptied(order: ShopOrder) -> WriteSet:
    whole = WriteSet(
        guards=(orders.forgotten(order, without_voucher(order)),),
        effects=(prints.without_urls(order.code),),
    )
    for key in (work.events_of(order.code), *work.effects_of(order.code)):
        payload = work.NOWHERE if key == work.voucher_of(order.code) else None
        whole += outbox.emptied(key, payload)
    return whole
