"""Cursors: one text for one place, and nothing else is read."""

from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from smartcart.kit.cursors import NotACursor, read, written


class Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    at: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    code: str


class Larger(msgspec.Struct, array_like=True):
    at: int
    code: str


@given(st.integers(0, 2**63 - 1), st.text(max_size=64))
def test_a_place_comes_back_and_its_text_fits_a_url(at: int, code: str) -> None:
    text = written("orders/kyma", Place(at, code))
    assert read("orders/kyma", text, Place) == Place(at, code)
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_text_stays_what_it_is() -> None:
    assert written("orders/kyma", Place(42, "a")) == "QdNahGAHkiqhYQ"


@given(st.text(max_size=80))
def test_what_nobody_wrote_is_no_cursor(text: str) -> None:
    with pytest.raises(NotACursor):
        read("orders/kyma", text, Place)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "=",
        lambda text: "A" + text[1:],
        lambda text: text[:4] + "\n" + text[4:],
        lambda text: text * 200,
    ],
)
def test_a_damaged_one_is_none(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(NotACursor):
        read("orders/kyma", damage(written("orders/kyma", Place(42, "a"))), Place)


def test_one_of_another_scope_is_none() -> None:
    with pytest.raises(NotACursor):
        read("orders/other", written("orders/kyma", Place(42, "a")), Place)


@pytest.mark.parametrize("made_up", [Larger(-1, "a"), Larger(2**63, "a")])
def test_one_made_up_is_held_to_the_type_of_the_place(made_up: Larger) -> None:
    with pytest.raises(NotACursor):
        read("orders/kyma", written("orders/kyma", made_up), Place)
