"""`smartcart marketplace merchant …`: merchants, their tokens and feeds."""

import json

import pytest

from tests.support.commands import ADD, SHOP, Shell

HOOK = ("--webhook-url", "https://shop.example/hook", "--domain", "shop.example")


def test_adding_tells_the_token_once(shell: Shell) -> None:
    added = shell.ok(*ADD, "shop", *SHOP, *HOOK)
    first, second = added.splitlines()
    assert first == "merchant shop added"
    assert second.startswith("API token, shown only now: ")
    token = second.rpartition(" ")[2]
    assert len(token) >= 43
    assert token not in shell.ok("marketplace", "merchant", "list")
    assert token not in shell.ok("marketplace", "merchant", "list", "--json")
    [database] = list(shell.folder.glob("marketplace.db"))
    assert token.encode() not in database.read_bytes()


def test_adding_for_programs(shell: Shell) -> None:
    added = json.loads(shell.ok(*ADD, "shop", *SHOP, "--json"))
    assert set(added) == {"id", "token", "loaded"}
    assert (added["id"], added["loaded"]) == ("shop", None)


def test_adding_with_a_feed_loads_it(shell: Shell) -> None:
    shell.add_shop()
    feed = str(shell.folder / "feed.xml")
    added = shell.ok(*ADD, "other", *SHOP, "--feed", feed)
    assert added.splitlines()[-1] == "6 offers loaded, 0 products left out"
    assert json.loads(shell.ok(*ADD, "third", *SHOP, "--feed", feed, "--json"))["loaded"] == {
        "offers": 6, "left_out": 0, "problems": [],
    }  # fmt: skip


def test_listing(shell: Shell) -> None:
    assert "No merchant yet" in shell.ok("marketplace", "merchant", "list")
    shell.ok(*ADD, "one", *SHOP, *HOOK, "--commission", "8.34")
    shell.ok(*ADD, "two", *SHOP)
    one, two = shell.ok("marketplace", "merchant", "list").splitlines()
    assert one.split()[0] == "one"
    assert one.endswith("https://shop.example/hook")
    assert two.endswith("no webhook")
    listed = json.loads(shell.ok("marketplace", "merchant", "list", "--json"))
    assert [merchant["id"] for merchant in listed] == ["one", "two"]
    assert listed[0]["commission_basis_points"] == 834
    assert listed[0]["locations"][0]["address"]["street_name"] == "Ερμού"


def test_a_new_token(shell: Shell) -> None:
    old = shell.add_shop()
    told = shell.ok("marketplace", "merchant", "token", "shop")
    assert told.startswith("API token, shown only now: ")
    as_json = json.loads(shell.ok("marketplace", "merchant", "token", "shop", "--json"))
    assert as_json["id"] == "shop"
    assert len({old, told.split()[-1], as_json["token"]}) == 3


def test_loading_a_feed_again(shell: Shell) -> None:
    shell.add_shop()
    feed = shell.folder / "new.xml"
    feed.write_text(
        "<shop><products><product><id>1</id><price_with_vat>2</price_with_vat>"
        "<quantity>1</quantity></product><product><name>x</name></product></products></shop>"
    )
    result = shell.run("marketplace", "merchant", "load", "shop", str(feed))
    assert result.exit_code == 0
    assert result.stdout == "1 offers loaded, 1 products left out\n"
    assert result.stderr == "  line 1: There is no id or uid.\n"
    assert shell.json("marketplace", "merchant", "load", "shop", str(feed)) == {
        "offers": 1,
        "left_out": 1,
        "problems": ["line 1: There is no id or uid."],
    }


def test_a_feed_that_is_none_adds_nobody(shell: Shell) -> None:
    """Else the merchant would be there and its token never told."""
    feed = shell.folder / "broken.xml"
    feed.write_text("<shop><products>")
    told = shell.told(*ADD, "shop", *SHOP, "--feed", str(feed))
    assert "feed: Not well-formed XML at line 1" in told
    assert "No merchant yet" in shell.ok("marketplace", "merchant", "list")
    shell.add_shop()
    assert "Not well-formed" in shell.told("marketplace", "merchant", "load", "shop", str(feed))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--webhook-url", "http://shop.example/", "--domain", "shop.example"), "https://"),
        (("--webhook-url", "https://evil.example/", "--domain", "shop.example"), "or below it"),
        (("--webhook-url", "https://shop.example/"), "domain"),
        (("--webhook-url", "nonsense"), "names no host"),
        (("--name", " "), "name: "),
    ],
)
def test_a_merchant_that_will_not_do(shell: Shell, words: tuple[str, ...], message: str) -> None:
    assert message in shell.told(*ADD, "shop", *SHOP, *words)
    assert "No merchant yet" in shell.ok("marketplace", "merchant", "list")


@pytest.mark.parametrize("merchant_id", ["", " ", "a b", "a\tb", "x" * 65])
def test_an_id_that_will_not_do(shell: Shell, merchant_id: str) -> None:
    assert "id: " in shell.told(*ADD, merchant_id, *SHOP)


@pytest.mark.parametrize("commission", ["-1", "101", "nan", "inf", "1e999", "ten"])
def test_a_commission_that_will_not_do(shell: Shell, commission: str) -> None:
    told = shell.told(*ADD, "shop", *SHOP, "--commission", commission, code=2)
    assert "--commission" in told


def test_development_admits_a_webhook_on_this_machine(shell: Shell) -> None:
    hook = ("--webhook-url", "http://127.0.0.1:9/hook")
    assert "https://" in shell.told(*ADD, "shop", *SHOP, *hook)
    shell.ok(*ADD, "shop", *SHOP, *hook, SMARTCART_MARKETPLACE_DEVELOPMENT="true")


def test_an_id_that_is_taken(shell: Shell) -> None:
    shell.add_shop()
    assert "id: 'shop' is taken; choose another" in shell.told(*ADD, "shop", *SHOP)


@pytest.mark.parametrize("words", [("token", "nobody"), ("load", "nobody", "feed.xml")])
def test_a_merchant_nobody_knows(shell: Shell, words: tuple[str, ...]) -> None:
    shell.add_shop()
    told = shell.told("marketplace", "merchant", *words)
    assert "merchant 'nobody' is not known here" in told


def test_what_is_missing_is_named(shell: Shell) -> None:
    assert "Missing option '--name'" in shell.told(*ADD, "shop", code=2)
    assert "Missing argument 'ID'" in shell.told(*ADD, *SHOP, code=2)
    told = shell.told("marketplace", "merchant", "load", "shop", "nowhere.xml", code=2)
    assert "'nowhere.xml' does not exist" in told
