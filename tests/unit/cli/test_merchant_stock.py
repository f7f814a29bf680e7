"""`smartcart merchant stock trust`, as a shop types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcart.cli import main
from smartcart.merchant.actions.counting import Counting
from smartcart.merchant.domain.counts import Terms
from tests.support.shop import open_shop
from tests.support.stock_lists import csv_file


@pytest.fixture
async def database(tmp_path: Path) -> str:
    """A shop whose stock list has six products, and suddenly none of them in stock."""
    where, file = str(tmp_path / "shop.db"), tmp_path / "stock.csv"
    async with open_shop(where, None, tmp_path) as shop:
        counting = Counting(shop.database, csv_file(file), Terms())
        for quantity in (5, 0):
            file.write_text("id,quantity\n" + "".join(f"{n},{quantity}\n" for n in range(6)))
            await counting.look()
    return where


def trust(database: str) -> Result:
    return CliRunner().invoke(main, ["merchant", "stock", "trust", "--database", database])


def test_what_is_trusted_is_told(database: str, tmp_path: Path) -> None:
    found = trust(database)
    assert (found.exit_code, found.output) == (
        0,
        f"csv {tmp_path / 'stock.csv'} will be taken over: "
        "6 of 6 products in stock are missing or at zero\n",
    )


def test_there_may_be_nothing_to_trust(tmp_path: Path) -> None:
    found = trust(str(tmp_path / "shop.db"))
    assert found.exit_code == 1
    assert "No stock list waits to be trusted." in found.output
