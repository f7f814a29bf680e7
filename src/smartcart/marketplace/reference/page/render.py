"""The page, in each language."""

import hashlib
from collections.abc import Mapping
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from smartcart.kit.i18n import Language, load_languages
from smartcart.marketplace.reference.page.fields import KINDS
from smartcart.marketplace.reference.page.prose import code, phrase
from smartcart.marketplace.reference.page.views import Document
from smartcart.marketplace.reference.schemas import Schema

_PACKAGE = "smartcart.marketplace.reference"
STYLE = resources.files(f"{_PACKAGE}.page").joinpath("static", "page.css").read_bytes()
_VERSION = hashlib.sha256(STYLE).hexdigest()[:8]


def pages(document: Schema, base_url: str) -> Mapping[str, str]:
    """The page by the name of its language. Commands in it call `base_url`."""
    languages = load_languages(_PACKAGE)
    shown = Document(document, base_url)
    return {name: page(each, languages, shown) for name, each in languages.items()}


def page(language: Language, languages: Mapping[str, Language], document: Document) -> str:
    """The page in `language`, with links to it in all `languages`."""
    environment = Environment(
        loader=PackageLoader(f"{_PACKAGE}.page"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(gettext=language.text, ngettext=language.texts.ngettext)
    environment.filters.update(code=code, phrase=phrase)
    return environment.get_template("page.html").render(
        language=language,
        languages=languages.values(),
        style=f"/docs/page.css?v={_VERSION}",
        document=document,
        kinds=KINDS,
    )
