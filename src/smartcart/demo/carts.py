"""Which carts to place, so that there is something to see."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random

from smartcart.contract import PaymentMethod
from smartcart.demo.catalogue import Sku
from smartcart.demo.customers import customer
from smartcart.demo.halves import Offer, Stock

Lines = Mapping[Sku, int]
Free = Mapping[Sku, int]
Cart = Mapping[str, object]

# The first carts of a fresh demo: one that can be served, one that is short.
FIRST_SERVED: Lines = {Sku("ELA-3L"): 2, Sku("KAL-MAL", "KAL-MAL-39-41"): 1}
FIRST_SHORT: Lines = {Sku("MEL-950"): 5, Sku("SAP-4"): 1}

PAYMENTS = (
    PaymentMethod.CARD,
    PaymentMethod.CASH_ON_DELIVERY,
    PaymentMethod.IRIS,
    PaymentMethod.BANK_TRANSFER,
)
_COUNTED_IN = 4
_MOST_OF_A_LINE = 3
_SCARCE = 4


class Wish(StrEnum):
    """What a cart is to show."""

    SERVED = "served"
    SHORT = "short"
    GONE = "gone"
    UNKNOWN = "unknown"


def cart(
    merchant_id: str,
    lines: Lines,
    random: Random,
    payment: PaymentMethod = PaymentMethod.CARD,
    comments: str = "",
) -> Cart:
    """A cart of somebody's, as the marketplace takes it."""
    return {
        "lines": [
            {
                "merchant_id": merchant_id,
                "shop_uid": sku.shop_uid,
                "shop_variation_uid": sku.shop_variation_uid,
                "quantity": quantity,
            }
            for sku, quantity in lines.items()
        ],
        "customer": customer(random),
        "payment_method": payment,
        "comments": comments,
    }


def lines_for(wish: Wish, offers: Sequence[Offer], free: Free, random: Random) -> Lines | None:
    """Lines that show what is wished, None when the shelf does not allow it now."""
    match wish:
        case Wish.SERVED:
            return _served(offers, free, random, 2)
        case Wish.SHORT:
            return _short(offers, free, random)
        case Wish.GONE:
            gone = [each.sku for each in offers if free.get(each.sku) == 0 and _offered(each)]
            return {random.choice(gone): 1} if gone else None
        case Wish.UNKNOWN:
            unknown = [each.sku for each in offers if each.sku not in free and _offered(each)]
            return {random.choice(unknown): 1} if unknown else None


def mixed(offers: Sequence[Offer], free: Free, random: Random) -> Lines | None:
    """What the next customer of a steady stream wants: mostly what there is."""
    wish = random.choices((Wish.SERVED, Wish.SHORT, Wish.GONE), (80, 17, 3))[0]
    return lines_for(wish, offers, free, random) or _served(offers, free, random, 1)


def restocked(stock: Sequence[Stock], shelf: Free) -> dict[Sku, int] | None:
    """The stock list after a delivery; None while nothing runs low.

    Each product then has its usual number free again, beside what is reserved of it.
    """
    if not any(_runs_low(each, shelf.get(each.sku, 0)) for each in stock):
        return None
    return delivered(stock, shelf)


def delivered(stock: Sequence[Stock], shelf: Free) -> dict[Sku, int]:
    """The stock list with the shelf filled to its usual numbers."""
    return {each.sku: max(each.quantity or 0, _full(each, shelf)) for each in stock}


def counted_in(stock: Sequence[Stock], sku: Sku) -> dict[Sku, int]:
    """The stock list with a few pieces of a product that it did not know."""
    return {each.sku: each.quantity or 0 for each in stock} | {sku: _COUNTED_IN}


def _full(stock: Stock, shelf: Free) -> int:
    return stock.reserved + shelf.get(stock.sku, _COUNTED_IN)


def _runs_low(stock: Stock, usual: int) -> bool:
    return usual > 0 and stock.free * 3 <= usual


def _served(offers: Sequence[Offer], free: Free, random: Random, most: int) -> Lines | None:
    there = [each for each in offers if _most(each, free) > 0]
    if not there:
        return None
    chosen = random.sample(there, min(len(there), random.randint(1, most)))
    return {each.sku: random.randint(1, min(_most(each, free), _MOST_OF_A_LINE)) for each in chosen}


def _short(offers: Sequence[Offer], free: Free, random: Random) -> Lines | None:
    """One line of more than there is, and one that can be served."""
    short = [each for each in offers if 0 < free.get(each.sku, 0) < _offered(each)]
    short = short or [each for each in offers if free.get(each.sku) == 0 and _offered(each)]
    if not short:
        return None
    scarce = sorted(short, key=lambda each: free[each.sku])[:_SCARCE]
    chosen = random.choice(scarce)
    there = free[chosen.sku]
    wanted = random.randint(there + 1, min(_offered(chosen), there + _MOST_OF_A_LINE))
    others = [each for each in offers if each.sku != chosen.sku]
    return {chosen.sku: wanted, **(_served(others, free, random, 1) or {})}


def _most(offer: Offer, free: Free) -> int:
    return min(_offered(offer), free.get(offer.sku, 0))


def _offered(offer: Offer) -> int:
    """How many may be ordered; an offer without a number has as many as anybody wants."""
    return _MOST_OF_A_LINE if offer.quantity is None else offer.quantity
