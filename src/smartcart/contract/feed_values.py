"""What the texts inside a product feed mean: counts, prices, weights and so on (contract §7)."""

import re
from decimal import Decimal
from unicodedata import combining, normalize

__all__ = ["is_available", "parse_count", "parse_grams", "parse_price"]

_COUNT = re.compile(r"(?P<sign>[-+]?)(?P<whole>[0-9]{1,9})(?:[.,]0*)?")
_WEIGHT = re.compile(
    r"(?P<number>[0-9]{1,9}(?:[.,][0-9]{1,6})?)\s*(?P<unit>(?P<kilos>kg|kgr|kilos?|κιλά|κ)|gr?|γρ)?\.?",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"\s*(?:€|eur|ευρώ)\s*", re.IGNORECASE)

# Matched against `_plain` text, in which a final sigma is one like any other.
_SOLD_OUT = re.compile(
    r"out of stock|not (?:in stock|available)|unavailable|no stock|sold out|discontinued"
    r"|εξαντλη|(?:μη|δεν|οχι) (?:ειναι )?διαθεσιμ|δεν διατιθ|(?:εκτοσ|χωρισ|ανευ) (?:αποθεμα|στοκ)"
    r"|καταργη"
)
_NO = frozenset({"0", "n", "no", "false", "οχι"})


def parse_count(text: str) -> int:
    """Pieces in stock. Below zero (some systems count back orders so) means none.

    Raises `ValueError` for anything that is not a whole number of at most nine digits.
    """
    match = _COUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"The quantity {text!r} is not a whole number")
    return 0 if match["sign"] == "-" else int(match["whole"])


def parse_price(text: str) -> Decimal:
    """Euros; `30.00`, `30,00`, `1.234,50`, `1,234.50` and `30 €` are all read.

    Of two different separators the last is the decimal one; a single one always is. Raises
    `ValueError` for anything else, a negative price included.
    """
    bare = _CURRENCY.sub("", text)
    whole, separator, part = _split(bare)
    if not re.fullmatch(r"[0-9]{1,12}", whole) or not re.fullmatch(r"[0-9]{0,6}", part):
        raise ValueError(f"The price {text!r} is not an amount in euros")
    return Decimal(f"{whole}.{part}" if separator and part else whole)


def parse_grams(text: str, grams_each: int = 1) -> int:
    """Grams: `350`, `350 g` and `0,35 kg` are all read; without a unit it is `grams_each`.

    Raises `ValueError` for anything else, nothing and less included.
    """
    match = _WEIGHT.fullmatch(text)
    if match is None:
        raise ValueError(f"The weight {text!r} is not a number of grams")
    each = (1000 if match["kilos"] else 1) if match["unit"] else grams_each
    grams = round(Decimal(match["number"].replace(",", ".")) * each)
    if not grams:
        raise ValueError(f"The weight {text!r} is none")
    return grams


def is_available(availability: str) -> bool:
    """Whether an availability text promises the product at all, now or in some days."""
    plain = _plain(availability)
    return plain not in _NO and not _SOLD_OUT.search(plain)


def _split(number: str) -> tuple[str, str, str]:
    """Whole part without its grouping, the decimal separator, and the decimals."""
    dot, comma = number.rfind("."), number.rfind(",")
    separator, grouping = (".", ",") if dot > comma else (",", ".")
    whole, found, part = number.rpartition(separator)
    if not found:
        return number, "", ""
    if grouping in whole and not re.fullmatch(rf"[0-9]{{1,3}}(?:\{grouping}[0-9]{{3}})+", whole):
        return number, "", ""
    return whole.replace(grouping, ""), found, part


def _plain(text: str) -> str:
    """Lower case, without accents, blanks made single."""
    letters = (c for c in normalize("NFD", text.casefold()) if not combining(c))
    return " ".join("".join(letters).split())
