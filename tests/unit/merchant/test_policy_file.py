"""The policy as it is written down."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartcart.kit.settings import SettingsError
from smartcart.merchant.domain.deciding import decide
from smartcart.merchant.domain.decisions import Accept, Hold, HoldReason
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.domain.skus import Sku
from smartcart.merchant.policy_file import read_policy
from tests.support.order_documents import line, window
from tests.unit.merchant.test_deciding import document, options

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "policy.md"
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # noon of a Monday in Athens


@pytest.fixture
def example(tmp_path: Path) -> Path:
    [_, text] = re.findall(r"```toml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_of_the_how_to_decides(example: Path) -> None:
    policy = read_policy(example)
    shelf = {Sku("1001"): Shelf({"shop": 9, "warehouse": 1})}
    windows = [window(1, NOW.replace(hour=9, minute=30)), window(2, NOW.replace(hour=11))]
    offered = options(
        number_of_parcels=[1, 2, 3],
        pickup_location=[{"id": "loc1", "label": "A"}, {"id": "loc2", "label": "B"}],
        pickup_window=windows,
    )
    plain = document(line("1001", 7), accept_options=offered)
    assert decide(plain, shelf, NOW, policy) == Accept("loc2", 2, 2)
    wrapped = document(line("1001", 7), accept_options=offered, gift_wrap=True)
    held = decide(wrapped, shelf, NOW, policy)
    assert isinstance(held, Hold)
    assert held.why is HoldReason.GIFT_WRAP


def test_without_a_file_the_defaults_hold_on_holidays_and_weekends() -> None:
    hours = read_policy(None).hours
    assert list(hours.spans(datetime(2026, 4, 13).date())) == []
    assert list(hours.spans(datetime(2026, 4, 18).date())) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[hold]\nzips = ['x']", "[hold] zips: 'x' is none; write 85100"),
        ("[parcels]\nweights = ['TV']", "[parcels] weights: 'TV' is no weight"),
        ("[pickup]\nplaces = ['loc1']", "[pickup] places: 'loc1' is no pair"),
        ("[hours]\nclosed = ['soon']", "[hours] closed: 'soon' is no date"),
        ("[last_resort]\nsets_aside = ['unknown_sku']", "unknown_sku is a fact"),
        ("[hold]\nminutes_before_expiry = 30", "[last_resort] minutes_before_expiry: must be more"),
        ("[policy]\n", "[policy]: no such section"),
    ],
)
def test_what_will_not_do_is_named_with_its_remedy(text: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_policy(file)
    assert problem in str(caught.value)
