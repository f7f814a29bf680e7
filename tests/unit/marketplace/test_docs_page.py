"""The page at `/docs`: made of the document alone, in English and Greek."""

import gettext
import json
import re
from dataclasses import replace
from importlib import resources
from io import BytesIO
from typing import Any

import pytest
from babel.messages.pofile import read_po

from smartcart.kit.i18n import load_languages
from smartcart.marketplace.reference.openapi import document
from smartcart.marketplace.reference.page.prose import code, phrase
from smartcart.marketplace.reference.page.render import STYLE, page, pages
from smartcart.marketplace.reference.page.views import Document

PACKAGE = "smartcart.marketplace.reference"
DOCUMENT: dict[str, Any] = json.loads(json.dumps(document("skroutz", "Skroutz OrderNotifier v1")))
PAGES = pages(DOCUMENT, "https://market.example")


class Asked(gettext.NullTranslations):
    """Remembers every text that the page wanted translated."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        self.texts.add(message)
        return message


def catalogue() -> dict[str, str]:
    content = resources.files(PACKAGE).joinpath("locale", "el.po").read_bytes()
    greek = read_po(BytesIO(content), locale="el", abort_invalid=True)
    assert not any(each.fuzzy for each in greek if each.id)
    return {str(each.id): str(each.string) for each in greek if each.id}


def test_every_text_is_in_greek_and_nothing_is_left_over() -> None:
    asked, languages = Asked(), load_languages(PACKAGE)
    page(replace(languages["en"], texts=asked), languages, Document(DOCUMENT, ""))
    assert set(catalogue()) == asked.texts
    assert "" not in catalogue().values()


def test_translations_have_the_code_words_of_their_sources() -> None:
    for source, greek in catalogue().items():
        assert sorted(re.findall(r"`[^`]+`", greek)) == sorted(re.findall(r"`[^`]+`", source))


@pytest.mark.parametrize("language", ["en", "el"])
def test_it_is_small_and_asks_nobody_else_for_anything(language: str) -> None:
    assert len(PAGES[language].encode()) + len(STYLE) < 100_000
    assert "<script" not in PAGES[language]
    loaded = re.findall(r'(?:src|href)="([^"]*)"', PAGES[language])
    assert [each for each in loaded if not each.startswith(("#", "/", "?lang=", "data:"))] == []


@pytest.mark.parametrize("language", ["en", "el"])
def test_every_link_within_it_leads_somewhere(language: str) -> None:
    anchors = re.findall(r'\bid="([^"]*)"', PAGES[language])
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]*)"', PAGES[language])) - set(anchors) == set()


def test_every_call_refusal_event_and_demo_order_is_on_it() -> None:
    shown = Document(DOCUMENT, "")
    calls = [*shown.calls(public=False), *shown.calls(public=True)]
    described = {
        each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()
    }
    assert {each.name for each in calls} == described
    refusals = {each.message for call in calls for each in call.refusals}
    moments = {moment.summary for hook in shown.hooks() for moment in hook.moments}
    wanted = {*described, *refusals, *moments, *DOCUMENT["x-sandbox"]}
    text = PAGES["en"].replace("&#39;", "'").replace("&gt;", ">")
    assert {each for each in wanted if each not in text} == set()


def test_its_commands_can_be_copied_and_hold_no_token() -> None:
    [accept] = [each for each in Document(DOCUMENT, "https://m.example").calls(public=False)
                if each.name == "accept_order"]  # fmt: skip
    assert accept.curl.splitlines() == [
        "curl -X POST 'https://m.example/merchants/ecommerce/orders/DEMO-OPEN/accept' \\",
        '  -H "Authorization: Bearer $TOKEN" \\',
        "  -H 'Accept: application/vnd.skroutz+json; version=3.0' \\",
        "  -H 'Content-Type: application/json' \\",
        '  -d \'{"pickup_location": "Sa1bTc2dUe", "pickup_window": 42, "number_of_parcels": 2}\'',
    ]
    commands = [call.curl for call in Document(DOCUMENT, "").calls(public=True)]
    assert not any("Authorization" in each for each in commands)


def test_what_examples_say_is_text_with_its_quotes() -> None:
    assert code("\"a\" & 'b' <i>&amp;") == "\"a\" &amp; 'b' &lt;i&gt;&amp;amp;"


def test_what_descriptions_say_is_text() -> None:
    assert phrase("a `b<i>` **c** <script>") == (
        "a <code>b&lt;i&gt;</code> <strong>c</strong> &lt;script&gt;"
    )
