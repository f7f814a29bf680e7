import sys
from hashlib import sha256
from pathlib import Path

import pytest

from smartcart.marketplace.voucher.fonts import REGULAR, cache_directory, faces, font_file
from smartcart.marketplace.voucher.text import known_characters


@pytest.fixture(scope="module")
def cut() -> bytes:
    """The regular face made anew."""
    return font_file(REGULAR, None)


def test_the_cut_face_is_kept_and_not_cut_again(tmp_path: Path, cut: bytes) -> None:
    assert font_file(REGULAR, tmp_path) == cut
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(sha256(b"another font").digest() + b"another font")
    assert font_file(REGULAR, tmp_path) == b"another font"


@pytest.mark.parametrize("left", [0, 5, 40, 60_000], ids="{} bytes left".format)
def test_a_damaged_file_is_made_anew(tmp_path: Path, cut: bytes, left: int) -> None:
    font_file(REGULAR, tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:left])
    assert font_file(REGULAR, tmp_path) == cut
    assert kept.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [kept]


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path, cut: bytes) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("not a directory")
    assert font_file(REGULAR, occupied / "fonts") == cut


def test_a_file_that_cannot_be_replaced_is_done_without(tmp_path: Path, cut: bytes) -> None:
    font_file(REGULAR, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.unlink()
    kept.mkdir()
    assert font_file(REGULAR, tmp_path) == cut
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="another custom there")
def test_the_cache_lies_where_the_user_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "smartcart" / "fonts"


def test_both_faces_carry_greek_latin_and_cyrillic_and_nothing_invisible() -> None:
    regular, bold = faces()
    assert regular.advances.keys() == bold.advances.keys()
    assert known_characters() >= set("ΆαΐᾌῷÀßŁşЖѓ€«»–—’…№™ ")
    assert known_characters().isdisjoint("\u00ad\u0301\u200b\u202e\u00a0\n")


def test_bold_is_wider_and_is_told_apart_from_regular() -> None:
    regular, bold = faces()
    assert bold.width("Παραλήπτης") > regular.width("Παραλήπτης")
    assert bold.name != regular.name
