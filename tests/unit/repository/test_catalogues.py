"""Each Greek catalogue has every text of its package, and no other."""

import string
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PACKAGES = ["smartcart.demo", "smartcart.going_live", "smartcart.merchant.wording"]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "N_": None,
    "text": None,
    "gettext": None,
    "ngettext": (1, 2),
    "count": (1, 2),
}


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _sources(package: str) -> set[str | tuple[str, ...]]:
    folder = Path(str(resources.files(package)))
    found = extract_from_dir(folder, METHODS, keywords=KEYWORDS)
    return {tuple(each[2]) if isinstance(each[2], (list, tuple)) else each[2] for each in found}


def _greek(package: str) -> Catalog:
    content = resources.files(package).joinpath("locale", "el.po").read_bytes()
    return read_po(BytesIO(content), locale="el", abort_invalid=True)


def _ids(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    return {
        tuple(each.id) if isinstance(each.id, (list, tuple)) else each.id
        for each in catalogue
        if each.id
    }


def test_every_text_is_translated_and_nothing_is_left_over(package: str) -> None:
    assert _ids(_greek(package)) == _sources(package)


def test_no_translation_is_empty_or_in_doubt(package: str) -> None:
    doubtful = [each.id for each in _greek(package) if each.id and (not each.string or each.fuzzy)]
    assert doubtful == []


def _blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def test_translations_have_the_blanks_of_their_sources(package: str) -> None:
    for each in _greek(package):
        sources = each.id if isinstance(each.id, (list, tuple)) else [each.id]
        translations = each.string if isinstance(each.string, (list, tuple)) else [each.string]
        wanted = set().union(*map(_blanks, sources))
        for translation in map(str, translations):
            if each.id:
                assert _blanks(translation) == wanted, each.id
                assert ("%(" in translation) == ("%(" in sources[0]), each.id
