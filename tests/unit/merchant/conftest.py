"""A shop on SQLite and the Orders API it calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.orders_api import OrdersApi
from tests.support.shop import Shop, open_shop


@pytest.fixture
async def api() -> AsyncIterator[OrdersApi]:
    async with OrdersApi() as running:
        yield running


@pytest.fixture
async def shop(api: OrdersApi, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(str(tmp_path / "shop.db"), api, tmp_path) as opened:
        yield opened
