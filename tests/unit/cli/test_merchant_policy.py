"""`smartcart merchant explain` and `policy`, as a shop types them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcart.cli import main
from tests.support.order_documents import line, order
from tests.support.shop import open_shop


@pytest.fixture
async def database(tmp_path: Path) -> str:
    """A shop that accepted C1, rejected C2 and holds C3."""
    where = str(tmp_path / "shop.db")
    async with open_shop(where, None, tmp_path) as shop:
        await shop.stock(p1001=5, p1002=1)
        await shop.told(order("C1", line("1001", 2)))
        await shop.told(order("C2", line("1002", 3)))
        await shop.told(order("C3", line("404")))
        await shop.settle(queues=("events",))
    return where


def smartcart(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_decision_is_explained_in_the_language_that_is_asked_for(database: str) -> None:
    english = smartcart("merchant", "explain", "C3", "--database", database)
    assert (english.exit_code, english.output) == (
        0,
        "On hold for a person: the stock does not know 404.\n",
    )
    greek = smartcart("merchant", "explain", "C2", "--language", "el", "--database", database)
    assert greek.output == (
        "Απορρίφθηκε, αφού δεν επαρκούν: 3 του 1002, από το οποίο υπάρχουν 1.\n"
    )


def test_an_order_that_is_not_there_is_told(database: str) -> None:
    found = smartcart("merchant", "explain", "C9", "--database", database)
    assert found.exit_code == 1
    assert "There is no order 'C9' in this database." in found.output
