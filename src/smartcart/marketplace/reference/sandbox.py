"""What each demo order shows (contract §6)."""

from collections.abc import Mapping

SANDBOX: Mapping[str, str] = {
    "DEMO-OPEN": "Open, with a size, a product without one, and one with extra information",
    "DEMO-ACCEPTED": "Accepted, with voucher and tracking code; to accept it is an error",
    "DEMO-REJECTED": "Rejected, with `rejection_info`; to reject it is an error",
    "DEMO-INVOICE": "Open, with an invoice: details, phone and mobile",
    "DEMO-INVOICE39A": "Open, without VAT under article 39a, with a representative",
    "DEMO-INVOICE-VIES": "Open, without VAT as a delivery within the EU",
    "DEMO-FBS": "Accepted and fulfilled by the marketplace: no voucher, `fbs_fee`",
    "DEMO-FBS-DISPATCHED": "Dispatched by the marketplace, with its delivery note",
    "DEMO-STORE-PICKUP": "Open, collected by the customer: no courier, no windows",
    "DEMO-FEES": "Open, with four fees",
    "DEMO-REPLACEMENT": "Accepted, and replaces DEMO-REPLACED",
    "DEMO-REPLACED": "Open, and replaced by DEMO-REPLACEMENT",
    "DEMO-RETURN": "Accepted, with `returns`",
}
