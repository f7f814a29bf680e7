"""The PDFs that demo orders name."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from smartcart.marketplace.sandbox import papers
from smartcart.marketplace.sandbox.demo import Demo, DemoOrders, Paper, codes
from tests.support.marketplace import NOW, later

SANDBOX = DemoOrders("https://market.example", "Skroutz Last Mile")


def demo(code: str, minutes: float = 0) -> Demo:
    found = SANDBOX.find(code, papers.SHOP, later(minutes=minutes))
    assert found is not None
    return found


def text(pdf: bytes) -> str:
    [page] = PdfReader(BytesIO(pdf)).pages
    return page.extract_text()


@pytest.mark.parametrize("code", codes())
def test_every_demo_order_can_have_a_label(code: str) -> None:
    printed = text(papers.pdf(demo(code), Paper.VOUCHER))
    order = demo(code).with_voucher()
    assert order.voucher is not None
    for expected in (code, "Λαμπράκη", papers.SHOP.name, *order.voucher.tracking_codes):
        assert expected in printed


def test_the_label_says_when_the_parcel_is_collected() -> None:
    printed = text(papers.pdf(demo("DEMO-ACCEPTED"), Paper.VOUCHER))
    assert f"{NOW:%d/%m/%Y}" in printed
    assert "12:00 – 15:00" in printed


def test_the_delivery_note_is_in_greek_and_has_its_number() -> None:
    printed = text(papers.pdf(demo("DEMO-FBS-DISPATCHED"), Paper.DELIVERY_NOTE))
    for expected in (
        "ΔΕΛΤΙΟ ΑΠΟΣΤΟΛΗΣ", "ΔΑΠΟ0012408", "DEMO-FBS-DISPATCHED", "Φωτεινή Λαμπράκη",
        "Παιδικές γαλότσες βροχής κίτρινες", "12/03/2026",
    ):  # fmt: skip
        assert expected in printed


def test_the_invoice_of_the_accepted_order() -> None:
    printed = text(papers.pdf(demo("DEMO-ACCEPTED"), Paper.INVOICE))
    assert "ΑΠΟΔΕΙΞΗ ΛΙΑΝΙΚΗΣ" in printed
    assert "DEMO-ACCEPTED" in printed


def test_only_what_an_order_names_is_there() -> None:
    more = {code: papers.named(demo(code)) for code in codes()}
    assert {code: named for code, named in more.items() if named != [Paper.VOUCHER]} == {
        "DEMO-ACCEPTED": [Paper.VOUCHER, Paper.INVOICE],
        "DEMO-FBS-DISPATCHED": [Paper.VOUCHER, Paper.DELIVERY_NOTE],
    }


@pytest.mark.parametrize("paper", [Paper.VOUCHER, Paper.INVOICE])
def test_a_paper_is_drawn_once_an_hour(paper: Paper) -> None:
    """The same object: it was kept and not drawn again."""
    first = papers.pdf(demo("DEMO-ACCEPTED"), paper)
    assert papers.pdf(demo("DEMO-ACCEPTED", minutes=18), paper) is first
    assert papers.pdf(demo("DEMO-ACCEPTED", minutes=60), paper) is not first
