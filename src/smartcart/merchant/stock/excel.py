"""Stock from a workbook: .xlsx, .xls or .ods, its first sheet, with the titles of a CSV file.

It needs the extra `[excel]`.
"""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from smartcart.merchant.stock import Counted, SourceUnreadable, documents, rows

MAX_BYTES = 64 * 1024 * 1024
_MAX_UNPACKED = 512 * 1024 * 1024


def products(file: BinaryIO) -> Iterator[Counted | str]:
    """See `Products`. Empty lines before the titles are skipped, so are those between products."""
    _check_size(file)
    columns: dict[str, int] | None = None
    for number, cells in enumerate(_lines(file), 1):
        if not any(cells):
            continue
        if columns is None:
            columns = rows.columns(cells)
        else:
            told = {name: cells[n] if n < len(cells) else "" for name, n in columns.items()}
            yield from rows.counted(told, f"line {number}")


def _lines(file: BinaryIO) -> Iterator[list[str]]:
    # Only a shop that keeps its stock so needs the extra.
    from python_calamine import CalamineError, load_workbook  # noqa: PLC0415

    try:
        sheet = load_workbook(file).get_sheet_by_index(0)
        # Lines are counted as the workbook shows them.
        lines = sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError) as error:
        raise SourceUnreadable(_no_workbook(file, error)) from error
    return ([rows.text(cell) for cell in line] for line in lines)


def _no_workbook(file: BinaryIO, error: Exception) -> str:
    """What it is instead, and what to do: programs write other things and call them .xls."""
    file.seek(0)
    begins = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith(b"<table"):
        return "it is a web page by the name of a workbook; have it saved as .xlsx or CSV"
    if begins.startswith(documents.OLD_WORKBOOK):
        return (
            f"it is a workbook that cannot be read ({error}), of a very old Excel or with a "
            "password; save it as .xlsx without one, or as CSV"
        )
    if begins.startswith(b"<"):
        return 'it is XML and no workbook; save it as .xlsx or CSV, or set kind = "feed" for a feed'
    return (
        f"it is no workbook that can be read ({error}); save it as .xlsx, or as CSV and set "
        'kind = "csv"'
    )


def _check_size(file: BinaryIO) -> None:
    """A workbook is an archive, and may hold far more than its size."""
    if len(file.read(MAX_BYTES + 1)) > MAX_BYTES:
        raise SourceUnreadable(f"it is larger than {MAX_BYTES} bytes")
    file.seek(0)
    if zipfile.is_zipfile(file):
        file.seek(0)
        try:
            unpacked = sum(each.file_size for each in zipfile.ZipFile(file).infolist())
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise SourceUnreadable(_no_workbook(file, error)) from error
        if unpacked > _MAX_UNPACKED:
            raise SourceUnreadable(f"it unpacks to more than {_MAX_UNPACKED} bytes")
    file.seek(0)
