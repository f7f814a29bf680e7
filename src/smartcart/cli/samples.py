"""One order of every kind, to be placed by its name; the documents are the contract's examples."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from smartcart import contract
from smartcart.contract import OrderState, parse_order
from smartcart.contract.examples import example


class Sample(Struct, frozen=True):
    """An example of the contract's, and what is special of it."""

    document: str
    meaning: str
    opens: bool = False
    """The example is further on in its life: the sample begins open, with no parcel followed."""

    def order(self) -> contract.Order:
        """The order as it is to be placed."""
        order = parse_order(example(self.document))
        if not self.opens:
            return order
        return replace(order, state=OrderState.OPEN, courier=None, courier_tracking_codes=())


SAMPLES: Mapping[str, Sample] = {
    "plain": Sample("order_open", "two lines, tags, paid by card"),
    "sizes": Sample("order_sizes", "lines with a size: Μέγεθος, Νούμερο, Ηλικία"),
    "extra-info": Sample("order_extra_info", "a line with text of several lines"),
    "cash-on-delivery": Sample("order_cash_on_delivery", "paid at the door"),
    "collection-point": Sample("order_collection_point", "brought to a collection point"),
    "cyprus": Sample("order_cyprus", "to Cyprus, with readjusted VAT"),
    "gift-wrap": Sample("order_gift_wrap", "to be wrapped as a gift"),
    "fees": Sample("order_fees", "with fees beside the commission"),
    "invoice": Sample("order_invoice", "with an invoice, and the customer's telephone"),
    "invoice-island": Sample("order_invoice_island", "an invoice with the islands' VAT discount"),
    "invoice-39a": Sample("order_invoice_39a", "VAT excluded by article 39a, by a representative"),
    "invoice-39a-documents": Sample(
        "order_invoice_39a_documents", "VAT excluded by article 39a, shown by documents"
    ),
    "vies": Sample("order_invoice_vies", "VAT excluded across the EU's borders"),
    "express": Sample("order_express", "accepted by the marketplace, seconds later", opens=True),
    "store-pickup": Sample("order_store_pickup", "collected by the customer from the store"),
    "fbm": Sample("order_fbm", "shipped by the merchant itself", opens=True),
    "fbm-accepted": Sample("order_fbm", "shipped by the merchant, accepted, parcels followed"),
    "fbs": Sample("order_fbs", "shipped from the marketplace's warehouse: accepted from the start"),
    "accepted": Sample("order_accepted", "accepted from the start"),
    "replacement": Sample("order_replacement", "replaces another order after its repair"),
}
"""By name, in the order in which they are listed."""
