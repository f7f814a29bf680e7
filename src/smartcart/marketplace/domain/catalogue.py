"""What merchants sell: one offer a product or, where it has variations, a variation."""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from smartcart.contract import ContractError, Size, to_cents
from smartcart.contract.feed import FeedItem, FeedVariation
from smartcart.contract.vocabulary import SizeLabel


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


def offers(item: FeedItem, merchant_id: str, commission_basis_points: int) -> list[Offer]:
    """What a product of a merchant's feed offers: its variations, or itself where it has none.

    Raises `ContractError` for a product that cannot be sold: without a price, or of part cents.
    """
    if not item.variations:
        return [_product(item, item.price, item.id, merchant_id, commission_basis_points)]
    return [
        _variation(item, variation, merchant_id, commission_basis_points)
        for variation in item.variations
    ]


def _product(
    item: FeedItem, price: Decimal | None, uid: str, merchant_id: str, basis_points: int
) -> Offer:
    return Offer(
        merchant_id=merchant_id,
        shop_uid=item.id,
        name=item.name or item.id,
        price_cents=_cents(price, uid),
        quantity=item.quantity,
        commission_basis_points=basis_points,
        ean=item.ean or None,
        mpn=item.mpn or None,
    )


def _variation(
    item: FeedItem, variation: FeedVariation, merchant_id: str, basis_points: int
) -> Offer:
    price = item.price if variation.price is None else variation.price
    product = _product(item, price, variation.id, merchant_id, basis_points)
    return replace(
        product,
        shop_variation_uid=variation.id,
        quantity=variation.quantity,
        size=_size(variation),
        ean=variation.ean or product.ean,
        mpn=variation.mpn or product.mpn,
    )


def _size(variation: FeedVariation) -> Size | None:
    if not variation.size:
        return None
    return Size(
        label=SizeLabel.NUMBER if variation.size[0].isdigit() else SizeLabel.SIZE,
        value=variation.size,
        shop_value=variation.size,
        shop_variation_uid=variation.id,
        ean=variation.ean or None,
        mpn=variation.mpn or None,
    )


def _cents(price: Decimal | None, uid: str) -> int:
    if price is None or price <= 0:
        raise ContractError("price_with_vat", f"'{uid}' needs a price above 0.")
    return to_cents(price, "price_with_vat")
