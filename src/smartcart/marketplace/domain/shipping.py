"""An accepted order as a shipment for its courier."""

from datetime import datetime

from smartcart.contract import Address, OrderState
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Acceptance, Fulfilment, Order
from smartcart.marketplace.domain.voucher import Party, Shipment


def wants_voucher(order: Order) -> bool:
    """Whether a courier of ours is to carry it, and has no voucher yet."""
    accepted = order.state is OrderState.ACCEPTED and order.acceptance is not None
    return accepted and order.fulfilment is Fulfilment.CORE and order.voucher is None


def shipment(order: Order, acceptance: Acceptance, merchant: Merchant, now: datetime) -> Shipment:
    window = acceptance.window
    return Shipment(
        order_code=order.code,
        courier=order.courier or "",
        sender=_party(merchant.name, acceptance.location.address, merchant.phone),
        recipient=_party(
            f"{order.customer.first_name} {order.customer.last_name}",
            order.customer.address,
            order.customer.mobile or order.customer.phone or "",
        ),
        created_at=now,
        parcels=acceptance.parcels,
        pickup_from=window.start if window else None,
        pickup_to=window.end if window else None,
        cash_on_delivery_cents=0 if order.paid_by_user else order.total_cents,
        comments=order.comments,
        collection_point=order.customer.address.pickup_from_collection_point,
    )


def _party(name: str, address: Address, phone: str) -> Party:
    street = f"{address.street_name} {address.street_number}".strip()
    floor = f"Όροφος {address.floor}" if address.floor else ""
    details = (street, address.collection_point_address, floor, address.comments)
    return Party(
        name=name,
        lines=tuple(line for line in details if line),
        zip=address.zip,
        city=", ".join(dict.fromkeys(filter(None, (address.city, address.region)))),
        phone=phone,
    )
