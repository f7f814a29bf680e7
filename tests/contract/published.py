"""The published example documents, where this checkout has them beside it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

Json = None | bool | int | Decimal | str | list["Json"] | dict[str, "Json"]

FOLDER = Path(__file__).parents[2].parent / "shared" / "published-examples"


def published(pattern: str) -> list[Path]:
    """The documents whose file name matches; none where the folder is absent."""
    return sorted(FOLDER.glob(pattern))


def each(pattern: str) -> pytest.MarkDecorator:
    """Run the test once for each document as `path`; skip it where there is none."""
    found = published(pattern)
    absent = [pytest.param(None, marks=pytest.mark.skip("no published examples here"))]
    return pytest.mark.parametrize("path", found or absent, ids=lambda p: p.stem if p else "absent")


def load(document: bytes) -> Json:
    """JSON with every number that has places as the decimal it is written as."""
    loaded: Json = json.loads(document, parse_float=Decimal)
    return loaded
