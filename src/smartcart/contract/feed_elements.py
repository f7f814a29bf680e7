"""From a stream of XML to one small record for each product, in constant memory."""

from typing import Final
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from smartcart.contract.errors import ContractError

__all__ = ["Element", "ElementCollector"]

_MAX_DEPTH: Final = 32
_MAX_TEXT: Final = 4_000
_MAX_VARIATIONS: Final = 2_000

_FIELDS: Final = frozenset(
    {
        "id",
        "uid",
        "variationid",
        "name",
        "quantity",
        "availability",
        "price_with_vat",
        "ean",
        "mpn",
        "manufacturersku",
        "size",
        "weight",
    }
)


class Element:
    """The texts of a `product` or a `variation` that we use, and where it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.variations: list[Element] = []
        self.too_much = ""
        self._texts: dict[str, str] = {}

    def text(self, *names: str) -> str:
        """The first text under one of these names that is not empty."""
        return next((text for name in names if (text := self._texts.get(name))), "")

    def put(self, name: str, text: str) -> None:
        if len(text) > _MAX_TEXT:
            self.too_much = f"The {name} is longer than {_MAX_TEXT} characters"
        self._texts[name] = text[:_MAX_TEXT].strip()

    def add(self, variation: "Element") -> None:
        if len(self.variations) < _MAX_VARIATIONS:
            self.variations.append(variation)
        else:
            self.too_much = f"There are more than {_MAX_VARIATIONS} variations"


class ElementCollector(ContentHandler):
    """Keeps the products that ended since `take` was called last; forgets everything else."""

    found = False
    """Whether any `products` or `product` element was seen."""

    def __init__(self) -> None:
        super().__init__()
        self._locator: Locator | None = None
        self._path: list[str] = []
        self._done: list[Element] = []
        self._product: Element | None = None
        self._product_depth = 0
        self._variation: Element | None = None
        self._text: list[str] | None = None
        self._text_depth = 0
        self._text_length = 0

    def take(self) -> list[Element]:
        done, self._done = self._done, []
        return done

    def setDocumentLocator(self, locator: Locator) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002 - SAX passes it
        self._path.append(name)
        if len(self._path) > _MAX_DEPTH:
            raise ContractError(
                "feed", f"Elements nest deeper than {_MAX_DEPTH} at line {self._line()}."
            )
        if self._product is None:
            self._start_outside(name)
        elif self._text is None:
            self._start_inside(name, len(self._path) - self._product_depth)

    def characters(self, content: str) -> None:
        if self._text is not None and self._text_length <= _MAX_TEXT:
            self._text.append(content)
            self._text_length += len(content)

    def endElement(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if self._text is not None and depth == self._text_depth:
            self._end_text(name, self._text)
        elif self._variation is not None and depth == self._product_depth + 2:
            self._end_variation(self._variation)
        elif self._product is not None and depth == self._product_depth:
            self._done.append(self._product)
            self._product = None

    def _start_outside(self, name: str) -> None:
        if name == "product":
            self._product = Element(self._line())
            self._product_depth = len(self._path)
        self.found = self.found or name in ("products", "product")

    def _start_inside(self, name: str, depth: int) -> None:
        if depth == 2 and self._path[-2:] == ["variations", "variation"]:
            self._variation = Element(self._line())
        elif name in _FIELDS and depth == (1 if self._variation is None else 3):
            self._text, self._text_depth, self._text_length = [], len(self._path), 0

    def _end_text(self, name: str, text: list[str]) -> None:
        owner = self._variation or self._product
        if owner is not None:
            owner.put(name, "".join(text))
        self._text = None

    def _end_variation(self, variation: Element) -> None:
        if self._product is not None:
            self._product.add(variation)
        self._variation = None

    def _line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0
