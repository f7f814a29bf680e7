"""The label of a parcel: one A6 page for each, read by a packer, a courier and a scanner.

Every text has a box of its own and is set in it by measure, so nothing can run into anything
else whatever the text. Black only, and rules no thinner than two dots: labels come out of
thermal printers.
"""

import io
import threading
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher
from smartcart.marketplace.voucher.barcode import draw_barcode
from smartcart.marketplace.voucher.fonts import Face, faces
from smartcart.marketplace.voucher.text import fit, printable

A6 = (105 * mm, 148 * mm)
ATHENS = ZoneInfo("Europe/Athens")

# Page streams as plain bytes: to wrap them in ASCII takes a tenth of the time of a label.
rl_config.useA85 = 0

# A reportlab font reads its file through one cursor, which two threads would move at once.
_one_at_a_time = threading.Lock()

_WEEKDAYS = ("Δευτέρα", "Τρίτη", "Τετάρτη", "Πέμπτη", "Παρασκευή", "Σάββατο", "Κυριακή")
_RULE = 0.25 * mm
_CAPTION = (6.5, 6.5)


class Box(NamedTuple):
    """A place on the page in millimetres from its top left corner."""

    x: float
    y: float
    width: float
    height: float


def draw(voucher: Voucher) -> bytes:
    """Return the PDF of `voucher`: a page for each parcel, the same bytes for the same voucher.

    Text can be extracted as it was given, in NFC. Text too long for its place is made smaller,
    then ends in an ellipsis; what the font lacks is replaced as `printable` says.
    """
    shipment = _printable(voucher.shipment)
    file = io.BytesIO()
    with _one_at_a_time:
        canvas = Canvas(file, pagesize=A6, invariant=1, pageCompression=1, lang="el")
        canvas.setTitle(f"{shipment.order_code} {voucher.tracking_codes[0]}")
        canvas.setAuthor(shipment.courier)
        for number, code in enumerate(voucher.tracking_codes, 1):
            _Page(canvas, shipment, code, number).draw()
            canvas.showPage()
        canvas.save()
    return file.getvalue()


def euros(cents: int) -> str:
    """Write an amount the Greek way: `1.234,50 €`."""
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"{whole},{cents % 100:02d} €"


def pickup_lines(start: datetime, end: datetime) -> tuple[str, str]:
    """Return a pickup window as its day and its hours in Athens, or as two moments."""
    start, end = start.astimezone(ATHENS), end.astimezone(ATHENS)
    if start.date() == end.date():
        return f"{_WEEKDAYS[start.weekday()]} {start:%d/%m/%Y}", f"{start:%H:%M} – {end:%H:%M}"
    return f"από {start:%d/%m/%Y %H:%M}", f"έως {end:%d/%m/%Y %H:%M}"


def _printable(shipment: Shipment) -> Shipment:
    return msgspec.structs.replace(
        shipment,
        order_code=printable(shipment.order_code),
        courier=printable(shipment.courier),
        sender=_printable_party(shipment.sender),
        recipient=_printable_party(shipment.recipient),
        comments=printable(shipment.comments),
    )


def _printable_party(party: Party) -> Party:
    return Party(
        name=printable(party.name),
        lines=tuple(filter(None, map(printable, party.lines))),
        zip=printable(party.zip),
        city=printable(party.city),
        phone=printable(party.phone),
    )


def _address(lines: tuple[str, ...]) -> str:
    """Give two lines of an address a line each; run more together, to be wrapped as they come."""
    return ("\n" if len(lines) <= 2 else ", ").join(lines)


class _Page:
    def __init__(self, canvas: Canvas, shipment: Shipment, code: str, number: int) -> None:
        self.canvas = canvas
        # All words in one text object, and so above all shapes.
        self.words = canvas.beginText()
        self.shipment = shipment
        self.code = code
        self.number = number
        self.regular, self.bold = faces()

    def draw(self) -> None:
        self.header()
        self.recipient()
        self.comments()
        self.payment()
        self.barcode()
        self.sender()
        self.pickup()
        self.footer()
        self.canvas.drawText(self.words)

    def header(self) -> None:
        shipment = self.shipment
        self.text(Box(5, 4.5, 66, 7), shipment.courier, self.bold, (16, 7))
        self.text(Box(5, 13.3, 17, 3), "ΠΑΡΑΓΓΕΛΙΑ", self.regular, _CAPTION)
        self.text(Box(22, 12, 49, 6), shipment.order_code, self.bold, (11, 5.5))
        self.text(Box(72, 4, 28, 3), "ΔΕΜΑ", self.regular, _CAPTION, align="right")
        parcel = f"{self.number}/{shipment.parcels}"
        self.text(Box(72, 7, 28, 10.5), parcel, self.bold, (24, 16), align="right")
        self.rule(18.5)

    def recipient(self) -> None:
        to = self.shipment.recipient
        self.text(Box(5, 20, 40, 3), "ΠΑΡΑΛΗΠΤΗΣ", self.regular, _CAPTION)
        if self.shipment.collection_point:
            self.banner(Box(62, 20, 38, 5), "ΣΗΜΕΙΟ ΠΑΡΑΛΑΒΗΣ")
        self.text(Box(5, 25, 95, 12.5), to.name, self.bold, (18, 8), valign="bottom")
        self.text(Box(5, 37.5, 95, 13), _address(to.lines), self.regular, (14, 7))
        # The two baselines meet: the city's box ends higher by what its letters hang less.
        self.text(Box(5, 51, 32, 11), to.zip, self.bold, (26, 8), valign="bottom")
        self.text(Box(40, 50.2, 60, 11), to.city, self.bold, (17, 7), valign="bottom")
        self.phone(Box(5, 62.5, 95, 5), to, (11, 7))

    def comments(self) -> None:
        if not self.shipment.comments:
            return
        self.rule(68.5)
        self.text(Box(5, 70, 14, 3), "ΣΧΟΛΙΑ", self.regular, _CAPTION)
        self.text(Box(19, 69.5, 81, 9), self.shipment.comments, self.regular, (9.5, 6.5))

    def payment(self) -> None:
        box = Box(5, 79.5, 95, 9)
        cents = self.shipment.cash_on_delivery_cents
        if not cents:
            self.outline(box, "ΠΛΗΡΩΜΕΝΟ")
        elif self.number == 1:
            self.banner(box, f"ΑΝΤΙΚΑΤΑΒΟΛΗ {euros(cents)}")
        else:
            self.outline(box, f"ΑΝΤΙΚΑΤΑΒΟΛΗ ΣΤΟ ΔΕΜΑ 1/{self.shipment.parcels}")

    def barcode(self) -> None:
        draw_barcode(self.canvas, self.code, self.points(Box(5, 91, 95, 19)))
        self.text(Box(5, 110.5, 95, 6), self.code, self.bold, (13, 7), align="centre")

    def sender(self) -> None:
        self.rule(118)
        sender = self.shipment.sender
        place = f"{', '.join(sender.lines)}\n{sender.zip} {sender.city}"
        self.text(Box(5, 119.5, 50, 3), "ΑΠΟΣΤΟΛΕΑΣ", self.regular, _CAPTION)
        self.text(Box(5, 123, 50, 4), sender.name, self.bold, (9, 6))
        self.text(Box(5, 127, 50, 8), place, self.regular, (8.5, 6))
        self.phone(Box(5, 135, 50, 4), sender, (8.5, 6))

    def pickup(self) -> None:
        start, end = self.shipment.pickup_from, self.shipment.pickup_to
        if start is None or end is None:
            return
        self.canvas.line(57.5 * mm, A6[1] - 120 * mm, 57.5 * mm, A6[1] - 138.5 * mm)
        day, hours = pickup_lines(start, end)
        self.text(Box(60, 119.5, 40, 3), "ΠΑΡΑΛΑΒΗ ΑΠΟ ΑΠΟΣΤΟΛΕΑ", self.regular, _CAPTION)
        self.text(Box(60, 123, 40, 5), day, self.bold, (10, 7))
        self.text(Box(60, 128, 40, 7), hours, self.bold, (14, 7))

    def footer(self) -> None:
        issued = f"Έκδοση {self.shipment.created_at.astimezone(ATHENS):%d/%m/%Y %H:%M}"
        self.text(Box(5, 140, 95, 3), issued, self.regular, _CAPTION)

    def phone(self, box: Box, party: Party, sizes: tuple[float, float]) -> None:
        if party.phone:
            self.text(box, f"Τηλ. {party.phone}", self.bold, sizes)

    def banner(self, box: Box, text: str) -> None:
        self.canvas.rect(*self.points(box), stroke=0, fill=1)
        self.words.setFillGray(1)
        self.inside(box, text, 2 * box.height)
        self.words.setFillGray(0)

    def outline(self, box: Box, text: str) -> None:
        self.canvas.setLineWidth(_RULE)
        self.canvas.rect(*self.points(box), stroke=1, fill=0)
        self.inside(box, text, 1.5 * box.height)

    def inside(self, box: Box, text: str, size: float) -> None:
        inner = Box(box.x + 2, box.y, box.width - 4, box.height)
        self.text(inner, text, self.bold, (size, 7), align="centre", valign="middle")

    def rule(self, y: float) -> None:
        self.canvas.setLineWidth(_RULE)
        self.canvas.line(5 * mm, A6[1] - y * mm, 100 * mm, A6[1] - y * mm)

    def text(
        self,
        box: Box,
        text: str,
        face: Face,
        sizes: tuple[float, float],
        *,
        align: str = "left",
        valign: str = "top",
    ) -> None:
        """Set `text` in `box`, no larger than the first of `sizes`, no smaller than the second."""
        x, bottom, width, height = self.points(box)
        block = fit(text, face, width, height, sizes)
        spare = height - len(block.lines) * block.leading.height
        top = bottom + height - {"top": 0, "middle": spare / 2, "bottom": spare}[valign]
        self.words.setFont(face.name, block.size)
        for number, line in enumerate(block.lines):
            rest = width - face.width(line) * block.size
            left = x + {"left": 0, "centre": rest / 2, "right": rest}[align]
            baseline = top - number * block.leading.height - block.leading.above
            self.words.setTextOrigin(left, baseline)
            self.words.textOut(line)

    def points(self, box: Box) -> tuple[float, float, float, float]:
        """Return a box as reportlab wants it: left, bottom, width and height in points."""
        return (
            box.x * mm,
            A6[1] - (box.y + box.height) * mm,
            box.width * mm,
            box.height * mm,
        )
