"""`smartcart marketplace merchant …`: merchants, their tokens and feeds."""

import json

import msgspec
import pytest

from tests.support.commands import ADD, SHOP, Shell

SET = ("marketplace", "merchant", "set")
HOOK = ("--webhook-url", "https://shop.example/hook", "--domain", "shop.example")


def merchants(shell: Shell) -> list[dict[str, object]]:
    listed = shell.json("marketplace", "merchant", "list")
    return msgspec.convert(listed, list[dict[str, object]])


def locations(merchant: dict[str, object]) -> list[dict[str, str]]:
    """The addresses parcels are collected from."""
    places = msgspec.convert(merchant["locations"], list[dict[str, object]])
    return [
        {
            key: str(value)
            for key, value in msgspec.convert(place["address"], dict[str, object]).items()
        }
        for place in places
    ]


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


def test_in_development_an_id_is_enough(shell: Shell) -> None:
    """So that whoever wants to try an integration needs two commands."""
    hook = ("--webhook-url", "http://127.0.0.1:9/hook")
    added = shell.json(*ADD, "shop", "--development", *hook)
    [listed] = merchants(shell)
    assert (listed["id"], listed["name"], listed["webhook_url"]) == ("shop", "shop", hook[1])
    [location] = locations(listed)
    assert (location["street_name"], location["zip"], location["city"]) == (
        "Ερμού", "10563", "Αθήνα",
    )  # fmt: skip
    assert msgspec.convert(added, dict[str, object]).keys() == {"id", "token", "loaded"}


def test_several_places_to_collect_from(shell: Shell) -> None:
    one = ("--street", "Ερμού", "--street-number", "12", "--zip", "105 63", "--city", "Αθήνα")
    more = ("25ης Αυγούστου 8, 71202 Ηράκλειο, Ηρακλείου", "Λεωφόρος Μακαρίου 3Α, 1077 Λευκωσία")
    named = (word for place in more for word in ("--location", place))
    shell.ok(*ADD, "shop", "--name", "x", *one, *named)
    [listed] = merchants(shell)
    keys = ("street_name", "street_number", "zip", "city", "region", "country_code")
    assert [tuple(place[key] for key in keys) for place in locations(listed)] == [
        ("Ερμού", "12", "10563", "Αθήνα", "", "GR"),
        ("25ης Αυγούστου", "8", "71202", "Ηράκλειο", "Ηρακλείου", "GR"),
        ("Λεωφόρος Μακαρίου", "3Α", "1077", "Λευκωσία", "", "CY"),
    ]


@pytest.mark.parametrize(
    "place", ["", "Ερμού 12", "Ερμού 12, Αθήνα", "Ερμού, 10563, Αθήνα", "x" * 99]
)
def test_a_place_that_will_not_do(shell: Shell, place: str) -> None:
    told = shell.told(*ADD, "shop", "--name", "x", "--location", place, code=2)
    assert "is not STREET NUMBER, ZIP CITY[, REGION]" in told


def test_changing_what_is_known_of_it(shell: Shell) -> None:
    shell.ok(*ADD, "shop", *SHOP, *HOOK)
    [before] = merchants(shell)
    assert shell.ok(*SET, "shop", "--name", "Νέο", "--commission", "7.5") == (
        "merchant shop changed\n"
    )
    switches = ("--webhook", "off", "--orders-api", "off", "--set-as-ready-required", "on")
    moved = ("--webhook-url", "https://new.shop.example/x", "--phone", "2101234567", "--no-verify")
    changed = shell.json(*SET, "shop", *switches, *moved)
    assert (
        [changed]
        == merchants(shell)
        == [
            {
                **before,
                "name": "Νέο",
                "commission_basis_points": 750,
                "webhook_enabled": False,
                "orders_api_enabled": False,
                "set_as_ready_required": True,
                "webhook_url": "https://new.shop.example/x",
                "phone": "2101234567",
            }
        ]
    )
    shell.ok(*SET, "shop", "--webhook", "on", "--webhook-url", "")
    [after] = merchants(shell)
    assert (after["webhook_enabled"], after["webhook_url"]) == (True, "")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("shop",), 2, "give at least one option"),
        (("nobody", "--name", "x"), 1, "merchant 'nobody' is not known here"),
        (("shop", "--name", " "), 1, "name: give the shop's name"),
        (("shop", "--webhook", "maybe"), 2, "--webhook"),
        (("shop", "--webhook-url", "http://shop.example/"), 1, "must begin with https://"),
        (("shop", "--domain", "other.example"), 1, "must be other.example or below it"),
        (("shop", "--commission", "101"), 2, "give per cent, 0 to 100"),
    ],
)
def test_a_change_that_will_not_do_changes_nothing(
    shell: Shell, words: tuple[str, ...], code: int, message: str
) -> None:
    shell.ok(*ADD, "shop", *SHOP, *HOOK)
    before = merchants(shell)
    assert message in shell.told(*SET, *words, code=code)
    assert merchants(shell) == before


def test_an_id_that_is_taken(shell: Shell) -> None:
    shell.add_shop()
    assert "id: 'shop' is taken; choose another" in shell.told(*ADD, "shop", *SHOP)


@pytest.mark.parametrize("words", [("token", "nobody"), ("load", "nobody", "feed.xml")])
def test_a_merchant_nobody_knows(shell: Shell, words: tuple[str, ...]) -> None:
    shell.add_shop()
    told = shell.told("marketplace", "merchant", *words)
    assert "merchant 'nobody' is not known here" in told


def test_what_is_missing_is_named(shell: Shell) -> None:
    assert "--name: give the shop's name" in shell.told(*ADD, "shop", code=2)
    assert "--location: say where" in shell.told(*ADD, "shop", "--name", "x", code=2)
    nowhere = ("--name", "x", "--street", "Ερμού", "--city", "Αθήνα")
    assert "--zip: give it" in shell.told(*ADD, "shop", *nowhere, code=2)
    assert "Missing argument 'ID'" in shell.told(*ADD, *SHOP, code=2)
    told = shell.told("marketplace", "merchant", "load", "shop", "nowhere.xml", code=2)
    assert "'nowhere.xml' does not exist" in told
