"""The demo orders: orders like any other, made anew for every call and never kept (contract §6).

What each shows is written in `orders/`, as the contract writes an order; the shop, the times and
the options are those of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from msgspec.structs import replace

from smartcart import contract
from smartcart.contract import OrderState, RejectRequest, parse_order
from smartcart.marketplace.domain import answers, entering, operations, readiness
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import DeliveryNote, IssuedVoucher, Order
from smartcart.marketplace.domain.placement import Terms
from smartcart.marketplace.domain.voucher import tracking_code

_ANSWER_WITHIN = timedelta(hours=24)
_TRACKING_CODE = tracking_code("00000000001")


class Paper(StrEnum):
    """What a demo order has a PDF of."""

    VOUCHER = "voucher"
    DELIVERY_NOTE = "delivery_note"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class DemoOrders:
    """Finds demo orders. `base_url` is where this program is reached, `courier` its last mile."""

    base_url: str
    courier: str

    def find(self, code: str, merchant: Merchant, now: datetime) -> "Demo | None":
        """The demo order `code` as it is for `merchant` in the hour of `now`; None for no demo.

        All it says, ids and options among it, stays the same within that hour. Its five windows
        have the ids 1 to 5 at any time, so what was chosen among them earlier is still on offer.
        """
        given = _documents().get(code)
        if given is None:
            return None
        hour = now.replace(minute=0, second=0, microsecond=0)
        return Demo(given, merchant, hour, self.base_url, self.courier)


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo order, at any stage of a life it never had."""

    given: contract.Order
    merchant: Merchant
    created_at: datetime
    base_url: str
    courier: str

    @property
    def code(self) -> str:
        return self.given.code

    def shown(self) -> Order:
        """As `GET` answers it: in the state its document says."""
        match self.given.state:
            case OrderState.ACCEPTED:
                return self._worked_on()
            case OrderState.REJECTED:
                return self._rejected()
            case OrderState.DISPATCHED:
                return self._dispatched()
            case _:
                return self.opened()

    def opened(self) -> Order:
        """Placed, and to be answered."""
        return self._placed(OrderState.OPEN)

    def accepted(self) -> Order:
        """Accepted, and nothing more."""
        return self._placed(OrderState.ACCEPTED)

    def with_voucher(self) -> Order:
        codes = self.given.courier_tracking_codes or (_TRACKING_CODE,)
        voucher = IssuedVoucher(self.url(Paper.VOUCHER), codes)
        return operations.with_voucher(self.accepted(), voucher)

    def url(self, paper: Paper) -> str:
        return f"{self.base_url}/sandbox/{self.code}/{paper}.pdf"

    def _placed(self, state: OrderState) -> Order:
        """As it began, without what its document says came later."""
        begun = replace(
            self.given,
            state=state,
            courier_tracking_codes=(),
            fbs_delivery_note=None,
            fbs_delivery_note_url=None,
        )
        line_ids = tuple(line.id for line in begun.line_items)
        terms = Terms(answer_within=_ANSWER_WITHIN, courier=self.courier)
        return entering.entered(begun, self.code, self.merchant, line_ids, terms, self.created_at)

    def _worked_on(self) -> Order:
        order = self.with_voucher() if self.given.courier_voucher else self.accepted()
        if self.given.is_ready_for_dispatch:
            order = readiness.packed(order)
        uploaded = self.given.uploaded_invoice_file and self.url(Paper.INVOICE)
        return replace(order, invoice_file=uploaded)

    def _rejected(self) -> Order:
        info = self.given.rejection_info
        request = RejectRequest(rejection_reason_other=info.reason if info else "")
        return answers.reject(self.opened(), request, self.created_at)

    def _dispatched(self) -> Order:
        note = DeliveryNote(self.given.fbs_delivery_note or "", self.url(Paper.DELIVERY_NOTE))
        order = operations.dispatch(self.accepted(), note)
        return replace(order, tracking_codes=self.given.courier_tracking_codes)


@cache
def _documents() -> Mapping[str, contract.Order]:
    folder = files(__package__) / "orders"
    orders = (parse_order(document.read_bytes()) for document in folder.iterdir())
    return {order.code: order for order in orders}


def codes() -> tuple[str, ...]:
    """The codes of all demo orders."""
    return tuple(sorted(_documents()))
