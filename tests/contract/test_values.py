"""The comparison of objects with the fields they should have."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from tests.contract.published import Json
from tests.contract.values import Field, Object, euros, faults, fee, flag, text, time, url

FIELDS: Mapping[str, Field] = {
    "code": text,
    "paid": flag.optional,
    "fee": fee.exactly_when(lambda order: bool(order["paid"])),
    "note": text.only_when(lambda order: not order["paid"]),
}
PAID: Object = {"code": "1", "paid": True, "fee": Decimal("0.50")}
NOTED: Object = {"code": "2", "paid": False, "note": "x"}


def found(*orders: Object) -> dict[str, list[str]]:
    return faults([(order, order) for order in orders], FIELDS)


def test_objects_as_they_should_be() -> None:
    assert found(PAID, NOTED) == {}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"code": "3", "paid": True}, "fee is missing"),
        ({"code": "3", "paid": False, "fee": 1}, "fee should not be there"),
        ({"code": "3", "paid": True, "fee": 1, "note": "x"}, "note should not be there"),
        ({"code": "3", "paid": "yes", "fee": 1}, "paid is 'yes'"),
        ({"code": "3", "paid": True, "fee": 0}, "fee is 0"),
        ({"code": "3", "paid": False, "else": 1}, "else"),
    ],
)
def test_what_is_wrong_is_named(wrong: Object, fault: str) -> None:
    assert found(PAID, NOTED, wrong) == {"3": [fault]}


def test_what_cannot_be_told_is_named() -> None:
    assert found(PAID) == {"cannot be told": ["fee", "note"]}


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (euros, [0, 25, Decimal("25.5"), Decimal("10.40")], [True, "1", -1, Decimal("1.005")]),
        (time, ["2026-03-12T09:41:07+02:00", "2026-07-01T09:30:00+03:00"],
         ["2026-03-12T09:41:07+03:00", "2026-03-12T07:41:07Z", "2026-03-12T09:41:07.5+02:00", 5]),
        (url, ["https://shop.example/a?b=c"], ["shop.example", "", "ftp://x", None]),
    ],
)  # fmt: skip
def test_values(field: Field, good: list[Json], bad: list[Json]) -> None:
    assert [value for value in good if not field.check(value)] == []
    assert [value for value in bad if field.check(value)] == []
