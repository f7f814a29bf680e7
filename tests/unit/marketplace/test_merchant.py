"""Who can be a merchant."""

import msgspec
import pytest

from smartcart.marketplace.domain import merchant
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.marketplace import a_merchant


@pytest.mark.parametrize("merchant_id", ["k", "kyma", "Κύμα-1", "x" * 64])
def test_ids(merchant_id: str) -> None:
    merchant.check(a_merchant(merchant_id))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": ""}, "id: give 1 to 64 visible characters without blanks"),
        ({"id": "a b"}, "id: "),
        ({"id": "a\n"}, "id: "),
        ({"id": "a\0"}, "id: "),
        ({"id": "x" * 65}, "id: "),
        ({"name": " "}, "name: "),
        ({"commission_basis_points": -1}, "commission: give 0 to 100 per cent"),
        ({"commission_basis_points": 10_001}, "commission: "),
    ],
)
def test_what_will_not_do_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(Refused, match=message) as refused:
        merchant.check(msgspec.structs.replace(a_merchant(), **changes))
    assert refused.value.code is RefusalCode.MERCHANT


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"webhook_enabled": False}, False),
        ({"webhook_url": ""}, False),
        ({"orders_api_enabled": False}, True),
    ],
)
def test_who_is_told_by_webhook(changes: dict[str, object], told: bool) -> None:
    changed = msgspec.structs.replace(a_merchant(), **changes)
    assert changed.is_told_by_webhook is told
