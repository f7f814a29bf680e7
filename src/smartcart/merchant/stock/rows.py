"""Stock as a table, however it is kept: a title for each column, one product a row.

The columns are found by title, in any order, case and accent; others are ignored.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final
from unicodedata import combining, normalize

from smartcart.contract import to_cents
from smartcart.contract.feed_values import parse_count, parse_grams, parse_price
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Counted, Remark, SourceUnreadable

_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "shop_uid": ("shop_uid", "id", "uid", "sku", "κωδικοσ"),
    "shop_variation_uid": (
        "shop_variation_uid",
        "variationid",
        "variation_id",
        "variation",
        "παραλλαγη",
    ),
    "quantity": ("quantity", "qty", "stock", "ποσοτητα", "αποθεμα", "υπολοιπο"),
    "price": ("price", "price_with_vat", "τιμη"),
    "weight": ("weight", "grams", "βαροσ"),
    "kilos": ("kilos", "weight_kg", "κιλα"),
}
_REQUIRED: Final = ("shop_uid", "quantity")


def columns(titles: Sequence[str]) -> dict[str, int]:
    """Where what we use stands; raises `SourceUnreadable` where something needed does not."""
    plain = [_plain(title) for title in titles]
    found = {
        name: plain.index(title)
        for name, titles_of_it in _NAMES.items()
        for title in titles_of_it[::-1]
        if title in plain
    }
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        raise SourceUnreadable(f"its first line needs the columns {' and '.join(missing)}")
    return found


def counted(cells: Mapping[str, str], where: str) -> Iterator[Counted | str]:
    """A row by the names of `columns`. One without a whole number as its quantity is left out."""
    sku = Sku(cells["shop_uid"], cells.get("shop_variation_uid", ""))
    if not sku.shop_uid:
        yield f"{where}: names no product"
        return
    where = f"{where}, product '{sku}'"
    try:
        pieces = parse_count(cells["quantity"])
    except ValueError as error:
        yield f"{where}: {error}"
        return
    told: dict[str, int | None] = {}
    for name, parse in _ALSO.items():
        try:
            told[name] = parse(cells[name]) if cells.get(name) else None
        except ValueError as error:
            yield Remark(f"{where}: {error}; the pieces count nevertheless")
    grams = told.get("weight") or told.get("kilos")
    yield Counted(sku, pieces, told.get("price"), grams)


def text(value: object) -> str:
    """A cell of any type as a person would write it: a whole number without a point."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() | Decimal() if value == value // 1:
            return str(int(value))
        case _:
            return str(value).strip()


def _kilos(text: str) -> int:
    return parse_grams(text, grams_each=1000)


def _cents(text: str) -> int:
    return to_cents(round(parse_price(text), 2))


_ALSO: Final[Mapping[str, Callable[[str], int]]] = {
    "price": _cents,
    "weight": parse_grams,
    "kilos": _kilos,
}


def _plain(title: str) -> str:
    """Without accents; casefolding makes a final sigma one like any other."""
    letters = normalize("NFD", title.strip().casefold())
    return "".join(letter for letter in letters if not combining(letter))
