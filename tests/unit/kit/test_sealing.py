"""Sealed secrets: opened by who has the key, for whom they were sealed, and by nobody else."""

import pytest

from smartcart.kit.sealing import CannotOpen, Seal, new_key
from smartcart.kit.settings import Secret

OLD, NEW = new_key(), new_key()


def test_what_is_sealed_is_not_to_be_read_and_comes_back_whole() -> None:
    seal = Seal(Secret(OLD))
    sealed = seal.close("whsec_Λίμνη\nδύο", "kyma")
    assert "whsec" not in sealed
    assert sealed != seal.close("whsec_Λίμνη\nδύο", "kyma")
    assert seal.open(sealed, "kyma") == "whsec_Λίμνη\nδύο"


def test_the_key_may_change_while_the_old_one_opens() -> None:
    sealed = Seal(Secret(OLD)).close("secret", "kyma")
    both = Seal(Secret(f"{NEW} {OLD}"))
    assert both.open(sealed, "kyma") == "secret"
    assert Seal(Secret(NEW)).open(both.close("other", "kyma"), "kyma") == "other"
    with pytest.raises(CannotOpen, match="another key"):
        Seal(Secret(NEW)).open(sealed, "kyma")


def test_it_is_bound_to_whose_it_is() -> None:
    seal = Seal(Secret(OLD))
    with pytest.raises(CannotOpen, match="somebody else"):
        seal.open(seal.close("secret", "kyma"), "other")


@pytest.mark.parametrize("damaged", ["", "nonsense", "ελληνικά"])
def test_what_was_never_sealed_does_not_open(damaged: str) -> None:
    with pytest.raises(CannotOpen):
        Seal(Secret(OLD)).open(damaged, "kyma")


@pytest.mark.parametrize(
    "key",
    ["short", OLD[:-4], f"{OLD} short", "ελληνικά"],
    ids=["short", "truncated", "one of two", "no ASCII"],
)
def test_a_text_that_is_no_key_is_refused_with_the_remedy(key: str) -> None:
    with pytest.raises(ValueError, match="32 random bytes") as refused:
        Seal(Secret(key))
    assert key not in str(refused.value)
