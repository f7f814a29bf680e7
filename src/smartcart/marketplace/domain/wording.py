"""What may be kept and shown of what somebody wrote: texts with an end, and whom a parcel is for.

Each raises `Refused`, naming the field.
"""

from msgspec import Struct

from smartcart.contract import Customer
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

LONGEST_TEXT = 2_000


def check_texts(value: object, code: RefusalCode, field: str = "") -> None:
    """Look at every text in a document: no database and no label can hold just anything."""
    if isinstance(value, str):
        _check_text(value, code, field)
    elif isinstance(value, Struct):
        for name, attribute in zip(
            value.__struct_encode_fields__, value.__struct_fields__, strict=True
        ):
            check_texts(getattr(value, attribute), code, f"{field}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            check_texts(item, code, f"{field}[{n}]")


def check_recipient(customer: Customer, code: RefusalCode) -> None:
    """Whoever carries a parcel must be told to whom, and where to."""
    if not f"{customer.first_name}{customer.last_name}".strip():
        raise Refused(code, "customer.first_name: give the name that is to stand on the voucher")
    address = customer.address
    needed = {"street_name": address.street_name, "zip": address.zip, "city": address.city}
    if address.pickup_from_collection_point:
        needed = {"collection_point_address": address.collection_point_address or ""}
    for name, value in needed.items():
        if not value.strip():
            raise Refused(code, f"customer.address.{name}: give it, the courier goes by it")


def _check_text(text: str, code: RefusalCode, field: str) -> None:
    if "\0" in text:
        raise Refused(code, f"{field}: has a NUL character, which no text can keep; leave it out")
    if len(text) > LONGEST_TEXT:
        raise Refused(code, f"{field}: has {len(text)} characters; at most {LONGEST_TEXT} are kept")
