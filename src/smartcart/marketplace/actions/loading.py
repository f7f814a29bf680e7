"""Load, or refuse."""

from smartcart.kit.database import Database
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import merchants, orders


async def order(database: Database, code: str) -> Order:
    found = await orders.find(database, code)
    if found is None:
        raise Refused(RefusalCode.NOT_FOUND, "Order not found")
    return found


async def merchant(database: Database, merchant_id: str) -> Merchant:
    found = await merchants.find(database, merchant_id)
    if found is None:
        raise Refused(RefusalCode.MERCHANT, f"merchant '{merchant_id}' is not known here")
    return found
