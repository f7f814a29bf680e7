"""Stock from a CSV file: a header, then one product a line.

The columns are found by name, in any order, case and accent, others are ignored: `shop_uid` (or
`id`, `uid`, `sku`, `κωδικός`), `quantity` (or `qty`, `stock`, `ποσότητα`, `απόθεμα`, `υπόλοιπο`),
and for variations `shop_variation_uid` (or `variationid`, `variation_id`, `variation`,
`παραλλαγή`). Fields are parted by commas, semicolons or tabs; the
text is UTF-8, or what Greek Excel writes.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining, normalize

from smartcart.contract.feed_values import parse_count
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.stock import Count, Counted, SourceUnreadable, count, files

MAX_BYTES = 64 * 1024 * 1024
_NAMES: Mapping[str, Sequence[str]] = {
    "shop_uid": ("shop_uid", "id", "uid", "sku", "κωδικοσ"),
    "shop_variation_uid": (
        "shop_variation_uid",
        "variationid",
        "variation_id",
        "variation",
        "παραλλαγη",
    ),
    "quantity": ("quantity", "qty", "stock", "ποσοτητα", "αποθεμα", "υπολοιπο"),
}
_REQUIRED = ("shop_uid", "quantity")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """See `StockSource`. A line without a whole number as its quantity is left out."""

    path: Path

    @property
    def name(self) -> str:
        return f"csv {self.path}"

    def fingerprint(self) -> str:
        return files.fingerprint(self.path)

    def read(self) -> Count:
        try:
            return count(_products(_text(self.path)))
        except OSError as error:
            raise files.unreadable(self.path, error) from error
        except (SourceUnreadable, csv.Error) as error:
            raise SourceUnreadable(f"{self.path}: {error}") from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SourceUnreadable(f"it is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1253", errors="replace")
    return text.replace("\0", "")


def _products(text: str) -> Iterator[Counted | str]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    columns = _columns(next(lines, []))
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield _counted({name: _cell(cells, n) for name, n in columns.items()}, lines.line_num)


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(header: Sequence[str]) -> dict[str, int]:
    titles = [_plain(title) for title in header]
    found = {
        name: titles.index(title)
        for name, titles_of_it in _NAMES.items()
        for title in titles_of_it[::-1]
        if title in titles
    }
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        raise SourceUnreadable(f"its first line needs the columns {' and '.join(missing)}")
    return found


def _plain(title: str) -> str:
    """Without accents; casefolding makes a final sigma one like any other."""
    letters = normalize("NFD", title.strip().casefold())
    return "".join(letter for letter in letters if not combining(letter))


def _cell(cells: Sequence[str], number: int) -> str:
    return cells[number].strip() if number < len(cells) else ""


def _counted(cells: Mapping[str, str], line: int) -> Counted | str:
    sku = Sku(cells["shop_uid"], cells.get("shop_variation_uid", ""))
    if not sku.shop_uid:
        return f"line {line}: names no product"
    try:
        return Counted(sku, parse_count(cells["quantity"]))
    except ValueError as error:
        return f"line {line}, product '{sku}': {error}"
