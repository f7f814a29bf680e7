"""Fetch an order's voucher and print it, once."""

import asyncio
import hashlib
from dataclasses import dataclass

from aiohttp import ClientSession

from smartcart.kit import journal
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.kit.egress import Document, Failure, FailureKind, fetch
from smartcart.kit.files import file_name
from smartcart.merchant.actions import work
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.domain.order import ShopOrder
from smartcart.merchant.printing import Printer
from smartcart.merchant.storage import orders, prints
from smartcart.outbox import Claim, Delivered, Failed, Outcome

LARGEST_VOUCHER = 10 * 1024 * 1024
_TYPES = ("application/pdf", "application/x-pdf", "application/octet-stream")
_PDF = b"%PDF-"
_HOPELESS = frozenset({FailureKind.INVALID_URL, FailureKind.REFUSED_ADDRESS})


@dataclass(frozen=True, slots=True)
class Printing:
    """Handles the outbox's `voucher` entries. The shop's token is not sent to voucher URLs (§5)."""

    database: Database
    session: ClientSession
    printer: Printer
    patience: Patience
    timeout_seconds: float
    without_tls: bool = False

    async def print_voucher(self, claim: Claim) -> Outcome:
        """Print the voucher, unless the order no longer has it."""
        url = work.called(claim.payload).path
        order = await orders.find(self.database, work.code_of(claim.key))
        if order is None or not order.awaits_print(url):
            return await self._moot(claim, order, url)
        if await self._is_on_paper(order.code, url):
            return Delivered("printed before it was withdrawn and came back")
        return await self._fetch_and_print(claim, order, url)

    async def _is_on_paper(self, code: str, url: str) -> bool:
        return any(one.url == url for one in await prints.of_order(self.database, code))

    async def _fetch_and_print(self, claim: Claim, order: ShopOrder, url: str) -> Outcome:
        if not self.without_tls and not url.lower().startswith("https://"):
            why = "the voucher's URL does not begin with https://"
            return await self._failed(claim, order, why, hopeless=True)
        fetched = await fetch(
            self.session,
            url,
            max_bytes=LARGEST_VOUCHER,
            accept_types=_TYPES,
            within=self.timeout_seconds,
        )
        if isinstance(fetched, Failure):
            why = f"{fetched.kind}: {fetched.detail}"
            return await self._failed(claim, order, why, hopeless=fetched.kind in _HOPELESS)
        if not fetched.content.startswith(_PDF):
            return await self._failed(claim, order, "the document does not begin with %PDF-")
        order = await orders.find(self.database, order.code) or order
        if not order.awaits_print(url):  # it was cancelled while its voucher was fetched
            return await self._moot(claim, order, url)
        return await self._print(claim, order, url, fetched)

    async def _print(self, claim: Claim, order: ShopOrder, url: str, voucher: Document) -> Outcome:
        try:
            file = await asyncio.to_thread(
                self.printer.print_once, print_name(order.code, url), voucher.content
            )
        except OSError as error:
            return await self._failed(claim, order, f"cannot be printed: {error}")
        now = micros(utc_now())
        printed = prints.inserted(order.code, claim.seq, url, file, now)
        facts: journal.Facts = {"file": file, "bytes": len(voucher.content)}
        told = journal.step(order.code, now, "voucher_printed", facts)
        detail = f"200 {voucher.content_type}, {len(voucher.content)} bytes, printed as {file}"
        # What is on paper and what is known of the order agree, whichever changed first.
        unchanged = orders.unchanged(order)
        return Delivered(detail, WriteSet(guards=(unchanged,), effects=(printed, told)))

    async def _moot(self, claim: Claim, order: ShopOrder | None, url: str) -> Delivered:
        """The voucher is void. If it is on paper already, a person must take it away."""
        if order is None:
            return Delivered("moot: the order is not known")
        name = print_name(order.code, url)
        now = micros(utc_now())
        if not await asyncio.to_thread(self.printer.was_printed, name):
            step = journal.step(order.code, now, "voucher_voided", {"state": order.state})
            return Delivered(f"moot: the order is {order.state}", WriteSet(effects=(step,)))
        what = "packed_in_vain" if order.is_off else "voucher_printed"
        step = journal.step(order.code, now, what, {"state": order.state, "file": name})
        printed = prints.inserted(order.code, claim.seq, url, name, now)
        detail = f"printed as {name}, and now the order is {order.state}"
        return Delivered(detail, WriteSet(effects=(printed, step)))

    async def _failed(
        self, claim: Claim, order: ShopOrder, why: str, *, hopeless: bool = False
    ) -> Failed:
        now = await self.database.now()
        retry_at = None
        if not hopeless:
            retry_at = self.patience.retry_at(claim, now, _pointless_after(order, claim))
        also = WriteSet()
        if retry_at is None or claim.attempt == 1:
            facts: journal.Facts = {"why": why, "final": retry_at is None}
            also = WriteSet(effects=(journal.step(order.code, now, "print_failed", facts),))
        return Failed(why, retry_at, also)


def print_name(code: str, url: str) -> str:
    """The file name of a voucher: of its order's code, and different for every voucher."""
    return file_name(code, f".{hashlib.sha256(url.encode()).hexdigest()[:8]}.pdf")


def _pointless_after(order: ShopOrder, claim: Claim) -> int | None:
    """Until when a voucher is of use, None when the order does not say, or said too early."""
    until = order.dispatch_until
    return until if until is not None and until > claim.first_attempt_at else None
