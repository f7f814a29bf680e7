"""What merchants sell: one offer a product or, where it has variations, a variation."""

from msgspec import Struct

from smartcart.contract import Size


class Offer(Struct, frozen=True, kw_only=True):
    """A product at a merchant's price. `quantity` None: available, count not published.

    `shop_variation_uid` is empty for a product without variations.
    """

    merchant_id: str
    shop_uid: str
    shop_variation_uid: str = ""
    name: str
    price_cents: int
    quantity: int | None
    commission_basis_points: int
    size: Size | None = None
    ean: str | None = None
    mpn: str | None = None

    def can_serve(self, quantity: int) -> bool:
        return self.quantity is None or quantity <= self.quantity
