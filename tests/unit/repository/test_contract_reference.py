"""The reference of the contract: every rule with the tests that prove it."""

from pathlib import Path

import msgspec
import pytest

from scripts.docs.proofs import Proof, faults, proofs, unproven
from smartcart.contract import order
from smartcart.contract.wire import Wire
from tests.contract.rules import RULES

REPOSITORY = Path(__file__).parents[3]

STRUCTS: dict[str, type[Wire]] = {
    "order": order.Order,
    "customer": order.Customer,
    "address": order.Address,
    "invoice_details": order.InvoiceDetails,
    "invoice_address": order.InvoiceAddress,
    "representative": order.VatExclusionRepresentative,
    "line": order.LineItem,
    "size": order.Size,
    "fees": order.Fees,
    "pickup_window": order.PickupWindow,
    "rejection_info": order.RejectionInfo,
    "replacements": order.Replacement,
    "returns": order.Return,
    "accept_options": order.AcceptOptions,
    "reject_options": order.RejectOptions,
}


def written(root: Path, source: str, name: str = "test_x.py") -> list[Proof]:
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests" / name).write_text(source, encoding="utf-8")
    return proofs(root)


def test_every_rule_is_proven() -> None:
    assert unproven([rule.id for rule in RULES], proofs(REPOSITORY)) == []


def test_every_proof_is_a_test_of_a_rule() -> None:
    assert faults([rule.id for rule in RULES], proofs(REPOSITORY)) == []


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_of_the_order_is_a_rule(name: str) -> None:
    ids = {rule.id for rule in RULES}
    fields = msgspec.structs.fields(STRUCTS[name])
    assert [f"{name}.{field.encode_name}" for field in fields] == [
        f"{name}.{field.encode_name}" for field in fields if f"{name}.{field.encode_name}" in ids
    ]


def test_proofs_are_found_in_the_source_on_functions_and_classes(tmp_path: Path) -> None:
    source = """
        @pytest.mark.slow
        @proves("a", "b")
        async def test_one(): ...
        @proves(*("b", "c"))
        class TestTwo: ...
        @approves("c")
        def test_three(): ...
    """
    assert written(tmp_path, source.replace("\n        ", "\n")) == [
        Proof("a", "tests/test_x.py", "test_one"),
        Proof("b", "tests/test_x.py", "test_one"),
        Proof("b", "tests/test_x.py", "TestTwo"),
        Proof("c", "tests/test_x.py", "TestTwo"),
    ]


def test_a_proof_that_must_be_run_to_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"test_x\.py:1: name the rule in plain words"):
        written(tmp_path, "@proves(RULE)\ndef test_x(): ...\n")


def test_every_fault_is_told() -> None:
    found = [Proof("a", "tests/test_x.py", "test_x"), Proof("c", "tests/help.py", "test_y")]
    assert unproven(["a", "b"], found) == ["b"]
    assert faults(["a", "b", "a"], found) == [
        "a is a rule twice",
        "tests/help.py: test_y proves c: no such rule",
        "tests/help.py: test_y is no test",
    ]
