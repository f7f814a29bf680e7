"""The PDFs that demo orders name: a real label, and two plain sheets beside it."""

import io
from functools import lru_cache
from typing import NamedTuple

from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from smartcart.contract import ATHENS, Address
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Acceptance, Order, PickupLocation
from smartcart.marketplace.domain.shipping import shipment
from smartcart.marketplace.domain.voucher import Voucher
from smartcart.marketplace.sandbox.demo import Demo, Paper
from smartcart.marketplace.voucher import label
from smartcart.marketplace.voucher.fonts import Face, faces

_WAREHOUSE = PickupLocation(
    "demo",
    Address(
        street_name="Πειραιώς",
        street_number="205",
        zip="11853",
        city="Αθήνα",
        region="Αττικής",
        country_code="GR",
    ),
)
SHOP = Merchant(
    id="demo",
    name="Δοκιμαστικό Κατάστημα",
    domain="",
    phone="2100000000",
    webhook_url="",
    locations=(_WAREHOUSE,),
)
"""Whose papers these are: anybody may fetch them, so no real shop is named on them."""

_TITLES = {Paper.DELIVERY_NOTE: "ΔΕΛΤΙΟ ΑΠΟΣΤΟΛΗΣ", Paper.INVOICE: "ΑΠΟΔΕΙΞΗ ΛΙΑΝΙΚΗΣ"}
_MARGIN = 15 * mm


def named(demo: Demo) -> list[Paper]:
    """The papers the demo order or an event of it names; a label every one may get."""
    papers = [Paper.VOUCHER]
    if demo.given.fbs_delivery_note_url:
        papers.append(Paper.DELIVERY_NOTE)
    if demo.given.uploaded_invoice_file:
        papers.append(Paper.INVOICE)
    return papers


def pdf(demo: Demo, paper: Paper) -> bytes:
    """The paper as a PDF, the same bytes while the order is the same. One thread at a time."""
    if paper is Paper.VOUCHER:
        return _label(demo.with_voucher())
    return _sheet(_TITLES[paper], demo.shown())


@lru_cache(maxsize=32)
def _label(order: Order) -> bytes:
    assert order.voucher is not None
    acceptance = order.acceptance or Acceptance(_WAREHOUSE, None, 1)
    carried = shipment(order, acceptance, SHOP, order.created_at)
    return label.draw(Voucher(carried, order.voucher.tracking_codes))


class _Row(NamedTuple):
    left: str
    right: str
    face: Face
    size: float


@lru_cache(maxsize=8)
def _sheet(title: str, order: Order) -> bytes:
    """One A5 page: what it is, of which order, for whom, and its lines."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A5, invariant=1, pageCompression=1, lang="el")
    canvas.setTitle(f"{title} {order.code}")
    top, right = A5[1] - _MARGIN, A5[0] - _MARGIN
    for row in _rows(title, order):
        top -= 2 * row.size
        canvas.setFont(row.face.name, row.size)
        canvas.drawString(_MARGIN, top, row.left)
        canvas.drawRightString(right, top, row.right)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _rows(title: str, order: Order) -> list[_Row]:
    regular, bold = faces()
    customer, address = order.customer, order.customer.address
    number = order.delivery_note.number if order.delivery_note else "ΔΕΙΓΜΑ"
    made = f"{order.created_at.astimezone(ATHENS):%d/%m/%Y}"
    street = f"{address.street_name} {address.street_number}, {address.zip} {address.city}"
    return [
        _Row(title, number, bold, 16),
        _Row(f"Παραγγελία {order.code}", made, regular, 10),
        _Row(f"{customer.first_name} {customer.last_name}", "", bold, 12),
        _Row(street, "", regular, 10),
        _Row("Είδος", "Τεμάχια", bold, 10),
        *(_Row(line.product_name, str(line.quantity), regular, 10) for line in order.lines),
        _Row("Δοκιμαστική παραγγελία: το έντυπο δεν είναι παραστατικό.", "", regular, 8),
    ]
