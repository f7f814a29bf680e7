"""A token that is renewed is used from then on, without a restart."""

from pathlib import Path

import pytest

from smartcart.client import OrdersClient, Retries, Unauthorized
from smartcart.merchant.token_file import TokenFile
from tests.support.order_documents import order
from tests.support.orders_api import TOKEN, OrdersApi


async def test_a_renewed_token_is_used_by_the_next_call(api: OrdersApi, tmp_path: Path) -> None:
    api.orders["A"] = order("A")
    path = tmp_path / "token"
    path.write_text("old\n")
    async with OrdersClient.open(api.url, "old", retries=Retries.none()) as client:
        file = TokenFile(path, "old", client.use_token)
        file.look()
        with pytest.raises(Unauthorized):
            await client.get("A")
        path.write_text(f"{TOKEN}\n")
        file.look()
        assert (await client.get("A")).order.code == "A"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"two words\n", None])
def test_what_is_no_token_changes_nothing(tmp_path: Path, content: bytes | None) -> None:
    used: list[str] = []

    def use(token: str) -> None:
        if " " in token:
            raise ValueError("token: give the token as issued")
        used.append(token)

    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    file = TokenFile(path, "old", use)
    file.look()
    assert (used, file.token) == ([], "old")
    path.write_text("new")
    file.look()
    assert (used, file.token) == (["new"], "new")
