import io
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations

import msgspec
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher
from smartcart.marketplace.voucher.label import draw, euros
from tests.support.proving import proves
from tests.support.vouchers import (
    ATHENS,
    CUSTOMER,
    SHIPMENT,
    Bounds,
    ReadPage,
    a_voucher,
    read_label,
)

MM = 72 / 25.4
MARGINS = Bounds(4 * MM, 4 * MM, 101 * MM, 144.5 * MM)


def lines_of(voucher: Voucher) -> list[str]:
    (page,) = read_label(draw(voucher), dpis=())
    return page.text.split("\n")


def test_every_text_can_be_extracted_as_it_was_given() -> None:
    assert [word.strip() for word, _ in read_label(draw(a_voucher()))[0].words] == [
        "Skroutz Last Mile",
        "ΠΑΡΑΓΓΕΛΙΑ",
        "191203-1234567",
        "ΔΕΜΑ",
        "1/1",
        "ΠΑΡΑΛΗΠΤΗΣ",
        "Αικατερίνη Παπαδοπούλου",
        "Λεωφόρος Βασιλίσσης Σοφίας 114",
        "3ος όροφος",
        "11527",
        "Αθήνα, Αττική",
        "Τηλ. 6912345678",
        "ΣΧΟΛΙΑ",
        "Παράδοση μετά τις 17:00, κουδούνι «Παπαδάκης».",
        "ΠΛΗΡΩΜΕΝΟ",
        "SC482109375514",
        "ΑΠΟΣΤΟΛΕΑΣ",
        "Ηλεκτρονικά Παπαδάκης Α.Ε.",
        "Στουρνάρη 37, 1ος όροφος",
        "10682 Αθήνα, Αττική",
        "Τηλ. 2103812345",
        "ΠΑΡΑΛΑΒΗ ΑΠΟ ΑΠΟΣΤΟΛΕΑ",
        "Τρίτη 03/12/2019",
        "15:00 – 18:00",
        "Έκδοση 02/12/2019 13:24",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "ΆΈΉΊΌΎΏ άέήίόύώ ΐΰ ϊϋ ΪΫ ς σ",
        "ᾌδης ὧδε ᾳ ῥήτωρ Ἀθῆναι",
        "Şükrü Łukasz Ñandú Čech Đặng Ễ",
        "Иван Щукин Ґ Њ",
        "O’Neill & Υιοί «Α.Ε.» – 50% €",
    ],
)
def test_letters_of_greece_and_its_neighbours_survive_two_readers(name: str) -> None:
    pdf = draw(a_voucher(recipient=msgspec.structs.replace(CUSTOMER, name=name)))
    given_letters = "".join(unicodedata.normalize("NFC", name).split())
    assert given_letters in "".join(read_label(pdf, dpis=())[0].text.split())
    other_reader = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert given_letters in "".join(other_reader.split())


def test_decomposed_greek_comes_back_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Αικατερίνη Μαΐου")
    voucher = a_voucher(recipient=msgspec.structs.replace(CUSTOMER, name=decomposed))
    assert "Αικατερίνη Μαΐου" in lines_of(voucher)


@proves("business.label-a6")
def test_a_page_is_a6_and_there_is_one_for_each_parcel() -> None:
    voucher = a_voucher(parcels=3)
    pages = read_label(draw(voucher))
    assert [page.size for page in pages] == [pytest.approx((105 * MM, 148 * MM), abs=0.001)] * 3
    for number, page in enumerate(pages, 1):
        assert f"ΔΕΜΑ\n{number}/3\n" in page.text
    assert [page.barcodes for page in pages] == [
        [[code], [code]] for code in voucher.tracking_codes
    ]


def test_cash_is_collected_once_with_the_first_parcel() -> None:
    pages = read_label(draw(a_voucher(parcels=2, cash_on_delivery_cents=123450)))
    assert "ΑΝΤΙΚΑΤΑΒΟΛΗ 1.234,50 €\n" in pages[0].text
    assert "ΑΝΤΙΚΑΤΑΒΟΛΗ ΣΤΟ ΔΕΜΑ 1/2\n" in pages[1].text
    assert not any("ΠΛΗΡΩΜΕΝΟ" in page.text for page in pages)


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (1, "0,01 €"),
        (10, "0,10 €"),
        (2500, "25,00 €"),
        (123450, "1.234,50 €"),
        (100000000, "1.000.000,00 €"),
    ],
)
def test_euros_are_written_the_greek_way(cents: int, written: str) -> None:
    assert euros(cents) == written


def test_a_collection_point_is_announced() -> None:
    assert "ΠΑΡΑΛΗΠΤΗΣ ΣΗΜΕΙΟ ΠΑΡΑΛΑΒΗΣ" in lines_of(a_voucher(collection_point=True))
    assert "ΠΑΡΑΛΗΠΤΗΣ" in lines_of(a_voucher())


def test_what_is_absent_leaves_no_empty_caption() -> None:
    bare = a_voucher(
        comments=" \u200b😀",
        pickup_from=None,
        pickup_to=None,
        recipient=msgspec.structs.replace(CUSTOMER, phone=""),
    )
    text = read_label(draw(bare), dpis=())[0].text
    assert "ΣΧΟΛΙΑ" not in text
    assert "ΠΑΡΑΛΑΒΗ" not in text
    assert text.count("Τηλ.") == 1


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        # Summer time ended at 04:00 that night.
        (
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            datetime(2026, 10, 25, 11, 30, tzinfo=UTC),
            ["Κυριακή 25/10/2026", "10:00 – 13:30"],
        ),
        (
            datetime(2026, 7, 1, 6, tzinfo=UTC),
            datetime(2026, 7, 1, 9, tzinfo=UTC),
            ["Τετάρτη 01/07/2026", "09:00 – 12:00"],
        ),
        (
            datetime(2026, 7, 1, 20, tzinfo=ATHENS),
            datetime(2026, 7, 2, 8, tzinfo=ATHENS),
            ["από 01/07/2026 20:00", "έως 02/07/2026 08:00"],
        ),
    ],
)
def test_the_pickup_window_is_told_in_athens(
    start: datetime, end: datetime, written: list[str]
) -> None:
    lines = lines_of(a_voucher(pickup_from=start, pickup_to=end))
    after = lines.index("ΠΑΡΑΛΑΒΗ ΑΠΟ ΑΠΟΣΤΟΛΕΑ") + 1
    assert lines[after : after + 2] == written


def test_the_longest_order_code_is_whole() -> None:
    code = "-".join(["0123456789"] * 6)[:64]
    assert code in "".join(lines_of(a_voucher(order_code=code)))


def test_the_same_voucher_gives_the_same_bytes_whatever_was_drawn_before() -> None:
    voucher = a_voucher(cash_on_delivery_cents=990)
    first = draw(voucher)
    draw(a_voucher(comments="Άλλα γράμματα πρώτα"))
    assert draw(voucher) == first


def test_threads_may_draw_at_once() -> None:
    vouchers = [a_voucher(comments=comment) for comment in ("αβγδ", "εζηθ", "ικλμ", "νξοπ")] * 20
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(draw, vouchers)) == [draw(voucher) for voucher in vouchers]


def test_a_label_is_small_enough_to_keep() -> None:
    assert len(draw(a_voucher())) < 20_000


@pytest.mark.parametrize(
    "code", ["A", "~!@#$%^&*()_+{}|:<>?abcd", "W" * 24, "1" * 24, "JD0146000031"]
)
def test_codes_of_other_couriers_are_readable_too(code: str) -> None:
    (page,) = read_label(draw(Voucher(SHIPMENT, (code,))))
    assert page.barcodes == [[code], [code]]


# Text as it should never be: no spaces, no end, no letters, accents stacked, directions turned.
nasty = st.one_of(
    st.text(max_size=80),
    st.text("ΑΩΉΪΫςάΰ -,.", max_size=300),
    st.text("WΩ@—", max_size=400),
    st.text("ᾌᾮẪỆǺÅÇŞgjý̧̃͡", max_size=120),
    st.text("😀👩‍👩‍👧🇬🇷\u200b\u202e\x00\x07\t\n\r\x1b\ufffe\ud800", max_size=60),
    st.text("你好مرحبا１２ﬁ①", max_size=60),
    st.builds(
        lambda word, n: " ".join([word] * n), st.text("αβγ", min_size=1), st.integers(1, 300)
    ),
)
parties = st.builds(
    Party,
    name=nasty,
    lines=st.lists(nasty, max_size=5).map(tuple),
    zip=nasty,
    city=nasty,
    phone=nasty,
)
shipments = st.builds(
    Shipment,
    order_code=nasty,
    courier=nasty,
    sender=parties,
    recipient=parties,
    created_at=st.just(SHIPMENT.created_at),
    parcels=st.integers(1, 3),
    pickup_from=st.just(SHIPMENT.pickup_from),
    pickup_to=st.sampled_from(
        [SHIPMENT.pickup_to, SHIPMENT.created_at + timedelta(days=30)],
    ),
    cash_on_delivery_cents=st.sampled_from([0, 1, 123450, 10**14]),
    comments=nasty,
    collection_point=st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shipments)
def test_no_text_can_spoil_a_label(shipment: Shipment) -> None:
    voucher = a_voucher(shipment)
    pages = read_label(draw(voucher))
    assert [page.barcodes for page in pages] == [
        [[code], [code]] for code in voucher.tracking_codes
    ]
    for page in pages:
        assert_nothing_collides(page)


def assert_nothing_collides(page: ReadPage) -> None:
    inks = [(word, bounds) for word, bounds in page.words if word.strip()]
    for (one, its_bounds), (other, other_bounds) in combinations(inks, 2):
        assert not its_bounds.touches(other_bounds), (one, other)
    for word, bounds in inks:
        assert bounds.within(MARGINS), word
        for shape in page.shapes:
            assert bounds.within(shape) or not bounds.touches(shape), word
