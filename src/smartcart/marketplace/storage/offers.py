"""Merchants' offers, replaced load by load."""

from collections.abc import Iterable

import msgspec

from smartcart.kit.database import Database, Effect, Statement
from smartcart.marketplace.domain.catalogue import Offer
from smartcart.marketplace.storage import OFFER_RANK, may_be_kept

_UPSERT = Statement(
    """insert into offer (merchant_id, shop_uid, shop_variation_uid, loaded, document)
       values ($1, $2, $3, $4, $5)
       on conflict (merchant_id, shop_uid, shop_variation_uid)
       do update set loaded = excluded.loaded, document = excluded.document""",
    rank=OFFER_RANK,
)
_DELETE_OLDER = Statement(
    "delete from offer where merchant_id = $1 and loaded < $2", rank=OFFER_RANK + 1
)
_offer = msgspec.json.Decoder(Offer)


class _Row(msgspec.Struct):
    document: str


def saved(offer: Offer, loaded: int) -> Effect:
    """The offer as of the load that began at `loaded` (microseconds)."""
    return _UPSERT.effect(
        f"{offer.merchant_id}/{offer.shop_uid}/{offer.shop_variation_uid}",
        offer.merchant_id,
        offer.shop_uid,
        offer.shop_variation_uid,
        loaded,
        msgspec.json.encode(offer).decode(),
    )


def older_deleted(merchant_id: str, loaded: int) -> Effect:
    """What the load that began at `loaded` no longer mentions is no longer offered."""
    return _DELETE_OLDER.effect(merchant_id, merchant_id, loaded)


async def find(
    database: Database, skus: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Offer]:
    found = {}
    for sku in filter(lambda sku: may_be_kept(*sku), skus):
        rows = await database.read(
            _Row,
            """select document from offer
               where merchant_id = $1 and shop_uid = $2 and shop_variation_uid = $3""",
            *sku,
        )
        if rows:
            found[sku] = _offer.decode(rows[0].document)
    return found


async def page(
    database: Database, merchant_id: str, *, after: tuple[str, str], limit: int
) -> list[Offer]:
    """Offers of a merchant by uid and variation's uid, those after `after`."""
    if not may_be_kept(merchant_id, *after):
        return []
    rows = await database.read(
        _Row,
        """select document from offer
           where merchant_id = $1 and (shop_uid, shop_variation_uid) > ($2, $3)
           order by shop_uid, shop_variation_uid limit $4""",
        merchant_id,
        *after,
        limit,
    )
    return [_offer.decode(row.document) for row in rows]
