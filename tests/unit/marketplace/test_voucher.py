from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.marketplace.domain.voucher import (
    Voucher,
    is_valid_tracking_code,
    tracking_code,
)
from tests.support.vouchers import SHIPMENT

minted = st.text("0123456789", min_size=11, max_size=11)


def test_a_tracking_code_is_the_digits_and_their_check_digit() -> None:
    # 572 has the check digit 4: Damm's own example.
    assert tracking_code("00000000572") == "SC000000005724"


@given(minted)
def test_a_minted_code_is_valid(digits: str) -> None:
    assert is_valid_tracking_code(tracking_code(digits))


@given(minted, st.integers(2, 13), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(digits: str, place: int, off: int) -> None:
    code = tracking_code(digits)
    wrong = str((int(code[place]) + off) % 10)
    assert not is_valid_tracking_code(code[:place] + wrong + code[place + 1 :])


@given(minted, st.integers(2, 12))
def test_two_swapped_neighbours_are_noticed(digits: str, place: int) -> None:
    code = tracking_code(digits)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_valid_tracking_code(swapped) == (swapped == code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "SC",
        "SC00000000572",
        "XX000000005724",
        "sc000000005724",
        "SC00000000572٤",
        "000000005724",
    ],
)
def test_what_was_never_minted_is_not_valid(code: str) -> None:
    assert not is_valid_tracking_code(code)


@pytest.mark.parametrize("digits", ["", "123", "123456789012", "1234567890x", "1234567890²"])
def test_minted_must_be_eleven_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="minted must be 11 decimal digits"):
        tracking_code(digits)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"parcels": 0}, "parcels must be 1 to 99"),
        ({"parcels": 100}, "parcels must be 1 to 99"),
        ({"cash_on_delivery_cents": -1}, "cash_on_delivery_cents must not be negative"),
        ({"pickup_to": None}, "give both or neither"),
        ({"created_at": datetime(2026, 1, 1)}, "created_at must carry its offset"),
        ({"pickup_from": datetime(2026, 1, 1)}, "pickup_from must carry its offset"),
    ],
)
def test_a_shipment_no_courier_could_carry_is_refused(
    changes: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        msgspec.structs.replace(SHIPMENT, **changes)


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        ((), "0 codes for 2 parcels"),
        (("A1",), "1 codes for 2 parcels"),
        (("A1", "A1"), "two parcels share a code"),
        (("A1", "Α2"), "visible ASCII"),
        (("A1", "A 2"), "visible ASCII"),
        (("A1", ""), "1 to 24"),
        (("A1", "A" * 25), "1 to 24"),
    ],
)
def test_codes_a_scanner_could_not_use_are_refused(codes: tuple[str, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Voucher(msgspec.structs.replace(SHIPMENT, parcels=2), codes)
