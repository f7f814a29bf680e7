"""`smartcart merchant explain` and `policy`, as a shop types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcart.cli import main
from smartcart.merchant.domain.hours import DAYS
from tests.support.order_documents import line, order
from tests.support.shop import open_shop

ALWAYS = "\n".join(
    ["[hours]", "greek_holidays = false", *(f'{day} = "00:00-24:00"' for day in DAYS)]
)
"""Open on whatever day the test runs."""


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


def test_a_changed_policy_is_tried_on_what_was_decided(database: str, tmp_path: Path) -> None:
    changed = tmp_path / "changed.toml"
    changed.write_text(f'{ALWAYS}\n[hold]\nvalue_over = 20\n[reject]\nfew_left = "hold"\n')
    words = ("merchant", "policy", "test", "--policy", str(changed), "--database", database)
    found = smartcart(*words)
    assert found.exit_code == 0, found.output
    assert found.output == (
        "3 orders decided again: 1 the same, 2 not.\n"
        "\n"
        "accept → hold: 1 orders worth €25.00\n"
        "  C1  €25.00  it is worth €25.00, more than €20.00\n"
        "\n"
        "reject → hold: 1 orders worth €37.50\n"
        "  C2  €37.50  it is worth €37.50, more than €20.00; a person rejects what is short "
        "(line-1002)\n"
        "\n"
        "Commission lost by rejects: €1.25 less than before.\n"
    )
    told = json.loads(smartcart(*words, "--json").output)
    assert [(one["code"], one["lost_before"]) for one in told["different"]] == [
        ("C2", 125),
        ("C1", 0),
    ]


def test_orders_in_files_are_decided_by_the_policy_in_force_and_by_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMARTCART_MERCHANT_WEBHOOK_SECRET", "a-secret-of-more-than-16")
    monkeypatch.setenv("SMARTCART_MERCHANT_API_TOKEN", "token")
    Path("always.toml").write_text(ALWAYS)
    monkeypatch.setenv("SMARTCART_MERCHANT_POLICY", "always.toml")
    Path("no-gifts.toml").write_text(f"{ALWAYS}\n[hold]\ngift_wrap = true\n")
    gift, plain = order("G", line("1001"), gift_wrap=True), order("P", line("1001"))
    Path("one.json").write_text(json.dumps({"event_type": "new_order", "order": gift}))
    Path("list.json").write_text(json.dumps([{"order": gift}, {"order": plain}], indent=2))
    Path("lines.jsonl").write_text("\n".join(json.dumps({"order": each}) for each in (gift, plain)))
    words = ["merchant", "policy", "test", "--in-stock", "--policy", "no-gifts.toml", "--json"]
    for file in ("one.json", "list.json", "lines.jsonl"):
        found = smartcart(*words, "--orders", file)
        assert found.exit_code == 0, found.output
        [one] = json.loads(found.output)["different"]
        assert (one["code"], one["after"]["why"]) == ("G", "gift_wrap")
    Path("bad.json").write_text('{"order": {"state": "open"}}')
    assert "bad.json, order 1: " in smartcart(*words, "--orders", "bad.json").output


def test_a_policy_is_looked_over(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("[hold]\nvalue_over = 300\n")
    assert smartcart("merchant", "policy", "check", str(good)).output == f"{good} will do.\n"
    bad.write_text('[holds]\n[hold]\nvalue_ovr = 3\n[hours]\nmonday = "9 to 5"\n')
    found = smartcart("merchant", "policy", "check", str(bad))
    assert found.exit_code == 1
    assert "[holds]: no such section; there are [answers], [hold]" in found.output
    assert "[hold] value_ovr: no such setting; did you mean value_over?" in found.output
    assert (
        "[hours] monday: '9 to 5' is no span of a day; write one like 09:00-17:00" in found.output
    )
