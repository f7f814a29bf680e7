"""`smartcart merchant stock …`, as a shop types it."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from smartcart.cli import main
from smartcart.merchant.actions.counting import Counting
from smartcart.merchant.domain.counts import Terms
from tests.support.commands import Shell
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


def test_one_of_several_lists_is_trusted(database: str, tmp_path: Path, shell: Shell) -> None:
    words = ("merchant", "stock", "trust", "--database", database)
    assert "No stock list waits" in shell.told(*words, "csv other.csv")
    assert "will be taken over" in shell.ok(*words, f"csv {tmp_path / 'stock.csv'}")


def test_there_may_be_nothing_to_trust(tmp_path: Path) -> None:
    found = trust(str(tmp_path / "shop.db"))
    assert found.exit_code == 1
    assert "No stock list waits to be trusted." in found.output


LIST = "id,quantity,price\n1,5,9.90\n2,0,\n3,many,\n4,2,cheap\n"


@pytest.fixture
def checked(shell: Shell) -> Shell:
    """A shop with two sources, of which the second is not there."""
    (shell.folder / "stock.csv").write_text(LIST)
    (shell.folder / "smartcart.toml").write_text(
        """[merchant]
        webhook_secret = "0123456789abcdef"
        api_token = "t"
        [[merchant.stock]]
        kind = "csv"
        file = "stock.csv"
        [[merchant.stock]]
        kind = "json"
        name = "till"
        url = "http://127.0.0.1:9/stock"
        location = "loc-2"
        """
    )
    return shell


def test_each_source_is_read_and_the_unreadable_one_is_the_exit_status(checked: Shell) -> None:
    found = checked.run("merchant", "stock", "check")
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "csv stock.csv",
        "  4 rows, 3 products, 2 in stock, 1 with a price, 0 with a weight; 0 minutes old",
        "  sample: 1 = 5, 2 = 0, 4 = 2",
        "  left out: line 4, product '3': The quantity 'many' is not a whole number",
        "  left out: line 5, product '4': The price 'cheap' is not an amount in euros; "
        "the pieces count nevertheless",
        "  Correct what is left out: orders for those products are held.",
        "till, location loc-2",
        "  unreadable: http://127.0.0.1:9/stock: 127.0.0.1 is not connected to: the address is "
        "loopback. Use a public address; only a development setting opens loopback and private "
        "ones; or set private_network = true for a source of your own network",
        "  Mend what is said; until then orders that need it are held, none rejected.",
    ]
    assert not (checked.folder / "merchant.db").exists()


def test_programs_get_json(checked: Shell) -> None:
    result = checked.run("merchant", "stock", "check", "--json")
    first, second = msgspec.json.decode(result.stdout)
    assert result.exit_code == 1
    assert (first["readable"], first["rows"], first["products"]) == (True, 4, 3)
    assert first["age_seconds"] in range(60)
    assert first["sample"] == {"1": 5, "2": 0, "4": 2}
    assert (second["readable"], second["doubts"][0]["doubt"]) == (False, "unreadable")


def test_what_the_shop_knew_tells_what_has_shrunk(database: str, shell: Shell) -> None:
    file = Path(database).parent / "stock.csv"
    words = ("merchant", "stock", "check", "--database", database)
    environment = {
        "SMARTCART_MERCHANT_WEBHOOK_SECRET": "0123456789abcdef",
        "SMARTCART_MERCHANT_API_TOKEN": "t",
        "SMARTCART_MERCHANT_STOCK_CSV": str(file),
    }
    told = shell.ok(*words, **environment)
    assert "  shrunken: 6 of 6 products in stock are missing or at zero" in told
    assert "smartcart merchant stock trust" in told
    assert shell.ok(*words, **environment) == told  # nothing was changed


def test_a_shop_without_a_source_is_told(shell: Shell) -> None:
    (shell.folder / "smartcart.toml").write_text(
        '[merchant]\nwebhook_secret = "0123456789abcdef"\napi_token = "t"'
    )
    assert "No source of stock is set" in shell.told("merchant", "stock", "check")
