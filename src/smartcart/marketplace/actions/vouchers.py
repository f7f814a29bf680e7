"""An accepted order gets its courier's voucher."""

import secrets
from dataclasses import dataclass
from typing import Protocol

from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.marketplace.actions import loading, minting
from smartcart.marketplace.actions.telling import change
from smartcart.marketplace.domain import operations
from smartcart.marketplace.domain.lifecycle import Verb
from smartcart.marketplace.domain.order import IssuedVoucher
from smartcart.marketplace.domain.shipping import shipment, wants_voucher
from smartcart.marketplace.domain.voucher import MINTED_DIGITS, Voucher, tracking_code
from smartcart.marketplace.storage import vouchers
from smartcart.outbox import Claim, Delivered, Outcome


class Draws(Protocol):
    """Makes a voucher's PDF, off the event loop."""

    async def draw(self, voucher: Voucher) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Vouchers:
    """Handles the outbox's `voucher` entries. `base_url` is where this program is reached."""

    database: Database
    press: Draws
    base_url: str
    clock: Clock = utc_now

    async def issue(self, claim: Claim) -> Outcome:
        """Draw the voucher of the order whose code is the payload, and tell the merchant."""
        order = await loading.order(self.database, claim.payload)
        acceptance = order.acceptance
        if acceptance is None or not wants_voucher(order):
            return Delivered("not wanted any more")
        merchant = await loading.merchant(self.database, order.merchant_id)
        now = self.clock()
        codes = tuple(_minted_code() for _ in range(acceptance.parcels))
        pdf = await self.press.draw(Voucher(shipment(order, acceptance, merchant, now), codes))
        token = minting.token()
        url = f"{self.base_url}/vouchers/{token}.pdf"
        after = operations.with_voucher(order, IssuedVoucher(url, codes))
        tracking = ", ".join(codes)
        facts: journal.Facts = {"tracking_codes": tracking}
        told = change(order, after, merchant, now, Verb.ISSUE_VOUCHER, facts)
        kept = vouchers.inserted(token, order.code, micros(now), pdf)
        return Delivered(tracking, also=told + WriteSet(effects=(kept,)))


def _minted_code() -> str:
    return tracking_code(f"{secrets.randbelow(10**MINTED_DIGITS):0{MINTED_DIGITS}d}")
