"""Stock from a CSV file: a header, then one product a line.

Fields are parted by commas, semicolons or tabs; the text is UTF-8, or what Greek Excel writes.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from smartcart.merchant.stock import Counted, SourceUnreadable, documents, rows

MAX_BYTES = 64 * 1024 * 1024


def products(file: BinaryIO) -> Iterator[Counted | str]:
    """See `Products`. A line without a whole number as its quantity is left out."""
    documents.require_text(file, "CSV")
    try:
        yield from _products(_text(file))
    except csv.Error as error:
        raise SourceUnreadable(str(error)) from error


def _text(file: BinaryIO) -> str:
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
    columns = rows.columns(next(lines, []))
    for cells in lines:
        if any(cell.strip() for cell in cells):
            told = {name: _cell(cells, n) for name, n in columns.items()}
            yield from rows.counted(told, f"line {lines.line_num}")


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _cell(cells: Sequence[str], number: int) -> str:
    return cells[number].strip() if number < len(cells) else ""
