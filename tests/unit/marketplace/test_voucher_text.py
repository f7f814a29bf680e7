import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartcart.marketplace.voucher.fonts import Face, faces
from smartcart.marketplace.voucher.text import fit, known_characters, printable

REGULAR, BOLD = faces()


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("Άννα Ϊω", "Άννα Ϊω"),
        ("  δύο\u00a0\n\tλέξεις  ", "δύο λέξεις"),
        ("Μαρία 😀👩‍👩‍👧 Νίκου", "Μαρία Νίκου"),
        ("βέλος \u202e\u200f\u0007 και\x00 \ufeffτέλος", "βέλος και τέλος"),
        ("１２ ﬁ ① ℡", "12 fi 1 TEL"),
        ("你好 Παπά مُحَمَّد", "? Παπά ?"),
        ("τι;?? 你?", "τι;?? ??"),
        ("Ζ̷̢̛ά̵λγο", "Ζάλγο"),
        ("\ud800χωρίς\udfff", "χωρίς"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_what_the_font_lacks_leaves_readable_text(text: str, readable: str) -> None:
    assert printable(text) == readable


@given(st.text())
def test_printable_text_is_set_in_letters_of_the_font_and_is_stable(text: str) -> None:
    readable = printable(text)
    assert set(readable) <= known_characters()
    assert readable == readable.strip()
    assert printable(readable) == readable


@given(st.text("αβγΆΏϊ -", max_size=200))
def test_greek_is_left_alone(text: str) -> None:
    assert printable(text) == " ".join(unicodedata.normalize("NFC", text).split())


texts = st.text("αΩW i-,", max_size=300).map(printable)


@given(texts, st.floats(20, 300), st.floats(10, 60), st.sampled_from([REGULAR, BOLD]))
def test_a_block_stays_in_its_box(text: str, width: float, height: float, face: Face) -> None:
    block = fit(text, face, width, height, (14, 7))
    assert 7 <= block.size <= 14
    assert len(block.lines) * block.leading.height <= height
    assert all(face.width(line) * block.size <= width + 0.001 for line in block.lines)


@example("-WΩαWWWW", 20, 18)
@given(texts, st.floats(20, 300), st.floats(10, 60))
def test_letters_are_lost_only_to_an_ellipsis(text: str, width: float, height: float) -> None:
    block = fit(text, REGULAR, width, height, (14, 7))
    shown = "".join("".join(block.lines).split())
    whole = "".join(text.split())
    if shown.endswith("…"):
        assert whole.startswith(shown[:-1])
        assert block.size == 7
    else:
        assert shown == whole


def test_text_is_no_smaller_than_it_must_be() -> None:
    assert fit("Άννα", REGULAR, 100, 20, (14, 7)).size == 14
    narrow = fit("Παπαδόπουλος", REGULAR, 60, 20, (14, 7))
    assert 7 < narrow.size < 14
    assert narrow.lines == ("Παπαδόπουλος",)


def test_a_line_feed_begins_a_line() -> None:
    block = fit("Ερμού 12\n3ος όροφος", REGULAR, 300, 40, (14, 7))
    assert block.lines == ("Ερμού 12", "3ος όροφος")


def test_words_are_broken_after_a_hyphen_first() -> None:
    block = fit("Παπαδοπούλου-Χατζηγεωργίου", REGULAR, 80, 30, (10, 7))
    assert block.lines == ("Παπαδοπούλου-", "Χατζηγεωργίου")
