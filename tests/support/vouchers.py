"""Vouchers to draw, and labels read back by programs that had no part in drawing them."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pypdfium2
import pypdfium2.raw
import zxingcpp
from PIL import Image

from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher, tracking_code

ATHENS = ZoneInfo("Europe/Athens")

_CODE_128 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128)

SHOP = Party(
    name="Ηλεκτρονικά Παπαδάκης Α.Ε.",
    lines=("Στουρνάρη 37", "1ος όροφος"),
    zip="10682",
    city="Αθήνα, Αττική",
    phone="2103812345",
)
CUSTOMER = Party(
    name="Αικατερίνη Παπαδοπούλου",
    lines=("Λεωφόρος Βασιλίσσης Σοφίας 114", "3ος όροφος"),
    zip="11527",
    city="Αθήνα, Αττική",
    phone="6912345678",
)
SHIPMENT = Shipment(
    order_code="191203-1234567",
    courier="Skroutz Last Mile",
    sender=SHOP,
    recipient=CUSTOMER,
    created_at=datetime(2019, 12, 2, 13, 24, tzinfo=ATHENS),
    pickup_from=datetime(2019, 12, 3, 15, tzinfo=ATHENS),
    pickup_to=datetime(2019, 12, 3, 18, tzinfo=ATHENS),
    comments="Παράδοση μετά τις 17:00, κουδούνι «Παπαδάκης».",
)


def a_voucher(shipment: Shipment = SHIPMENT, **changes: object) -> Voucher:
    """Return a voucher for `shipment` with `changes`, with valid codes for its parcels."""
    changed = msgspec.structs.replace(shipment, **changes)
    codes = tuple(tracking_code(f"{48210937551 + n}") for n in range(max(changed.parcels, 1)))
    return Voucher(changed, codes)


class Bounds(NamedTuple):
    """The ink of something on a page, in points from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def touches(self, other: "Bounds") -> bool:
        """Tell whether the two share ink, more than a rounding error of it."""
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > 0.01 and along > 0.01

    def within(self, other: "Bounds") -> bool:
        """Tell whether this lies inside `other`."""
        return (
            self.left >= other.left
            and self.bottom >= other.bottom
            and self.right <= other.right
            and self.top <= other.top
        )


class ReadPage(NamedTuple):
    """A page as pdfium and zxing see it."""

    size: tuple[float, float]
    text: str
    words: list[tuple[str, Bounds]]
    shapes: list[Bounds]
    barcodes: list[list[str]]


def read_label(pdf: bytes, dpis: tuple[int, ...] = (203, 300)) -> list[ReadPage]:
    """Read every page: its text, where its ink is, and its barcodes printed at each of `dpis`."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_read_page(page, dpis) for page in document]
    finally:
        document.close()


def _read_page(page: pypdfium2.PdfPage, dpis: tuple[int, ...]) -> ReadPage:
    text = page.get_textpage()
    read = ReadPage(
        size=page.get_size(),
        text=text.get_text_range().replace("\r\n", "\n"),
        words=[
            (item.extract(), Bounds(*item.get_bounds()))
            for item in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=text)
        ],
        shapes=[
            Bounds(*item.get_bounds())
            for item in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH])
        ],
        barcodes=[_scan(thermal_print(page, dpi)) for dpi in dpis],
    )
    text.close()
    return read


def thermal_print(page: pypdfium2.PdfPage, dpi: int) -> Image.Image:
    """Render a page as a thermal printer does: dots that are black or are not."""
    grey: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    return grey.point([0] * 128 + [255] * 128)


def _scan(image: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(image, formats=_CODE_128)
    return [barcode.text for barcode in found]
