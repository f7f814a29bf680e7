"""`smartcart orders cancel …`: what an operator may have done to an order, by hand."""

import json
from collections.abc import Sequence

import msgspec
import pytest

from tests.support.commands import Shell

Json = dict[str, object]


@pytest.fixture
def market(shell: Shell) -> Shell:
    """A marketplace with one merchant."""
    shell.add_shop()
    return shell


def placed(market: Shell, sample: str) -> str:
    return market.ok("place", "--sample", sample).strip()


def shown(market: Shell, code: str) -> tuple[Json, list[Json]]:
    """The order and its history."""
    found = json.loads(market.ok("orders", "show", code, "--json"))
    return found["order"], found["steps"]


LIVES: list[tuple[str, list[tuple[Sequence[str], str]]]] = [
    ("plain", [(("extend", "--hours", "1.5"), "open"), (("cancel",), "cancelled")]),
    ("plain", [(("expire", "--now"), "expired")]),
    ("plain", [(("courier", "ACS"), "open")]),
    ("accepted", [(("reschedule",), "accepted"), (("reject", "--reason", "αργά"), "rejected")]),
    ("accepted", [(("dispatch",), "dispatched"), (("cancel",), "cancelled")]),
    ("fbm-accepted", [(("dispatch",), "dispatched"), (("deliver",), "delivered")]),
    ("store-pickup", [(("cancel",), "cancelled")]),
    (
        "fbs",
        [
            (
                ("dispatch", "--delivery-note", "Δ1", "--delivery-note-url", "https://x.example/1"),
                "dispatched",
            ),
            (("deliver", "--partially"), "partially_delivered"),
            (
                ("start-return", "--return-uuid", "u", "--tracking-id", "1", "--tracking-id", "2"),
                "for_return",
            ),
            (("return", "--reason", "faulty"), "returned"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("sample", "life"), LIVES, ids=[f"{s} {life[0][0][0]}" for s, life in LIVES]
)
def test_a_line_tells_how_it_went(
    market: Shell, sample: str, life: list[tuple[Sequence[str], str]]
) -> None:
    code = placed(market, sample)
    for words, state in life:
        assert market.ok("orders", words[0], code, *words[1:]) == f"{code} {state}\n"
        assert shown(market, code)[0]["state"] == state


def test_what_was_said_with_it_is_in_the_order(market: Shell) -> None:
    code = placed(market, "fbs")
    first = msgspec.convert(shown(market, code)[0]["line_items"], list[Json])[0]
    market.ok("orders", "serial-numbers", code, str(first["id"]), "SN-1")
    market.ok(
        "orders", "dispatch", code, "--delivery-note", "Δ1", "--delivery-note-url", "https://x/1"
    )
    market.ok("orders", "deliver", code)
    market.ok("orders", "start-return", code, "--return-uuid", "u", "--tracking-id", "T")
    as_json = market.json("orders", "return", code, "--line", str(first["id"]))
    assert as_json == {"code": code, "state": "partially_returned"}
    order, steps = shown(market, code)
    assert (order["fbs_delivery_note"], order["fbs_delivery_note_url"]) == ("Δ1", "https://x/1")
    assert order["returns"] == [{"return_uuid": "u", "tracking_ids": ["T"]}]
    one, other = msgspec.convert(order["line_items"], list[Json])
    assert (one["serial_numbers"], one["return_reason"]) == ("SN-1", "withdrawal")
    assert "return_reason" not in other
    assert [step["what"] for step in steps] == [
        "placed", "serial_numbers_recorded", "dispatched", "delivered", "for_return", "returned",
    ]  # fmt: skip


REFUSED: list[tuple[str, Sequence[str], int, str]] = [
    ("accepted", ("extend", "--hours", "1"), 1, "Order is accepted."),
    ("plain", ("extend",), 2, "Missing option '--hours'"),
    ("plain", ("extend", "--hours", "0"), 2, "hours: Expected `float` > 0.0."),
    ("plain", ("extend", "--hours", "nan"), 2, "hours: "),
    ("plain", ("extend", "--hours", "721"), 2, "hours: Expected `float` <= 720.0."),
    ("plain", ("expire",), 1, "Order may be answered until "),
    ("plain", ("reject", "--reason", "x"), 1, "Order is open."),
    ("accepted", ("reject", "--reason", ""), 2, "reason: Expected `str` of length >= 1."),
    ("plain", ("reschedule",), 1, "Order is open."),
    ("plain", ("dispatch",), 1, "Order is open."),
    ("accepted", ("deliver",), 1, "Order is not dispatched yet."),
    ("accepted", ("deliver", "--partially"), 1, "Order is not dispatched yet."),
    ("fbs", ("dispatch", "--delivery-note", "1"), 1, "delivery_note_url: give both"),
    ("fbs", ("start-return", "--tracking-id", "1"), 1, "return_uuid: tracking_ids belong"),
    ("fbs", ("return", "--reason", "bored"), 2, "'bored' is not one of 'faulty'"),
    ("fbs", ("serial-numbers", "x", "1"), 1, "'x' is not a line of this order."),
    ("fbs", ("courier", "ACS"), 1, "The courier is settled"),
]


@pytest.mark.parametrize(("sample", "words", "code", "message"), REFUSED)
def test_a_refusal_is_a_sentence_and_changes_nothing(
    market: Shell, sample: str, words: Sequence[str], code: int, message: str
) -> None:
    order = placed(market, sample)
    before = shown(market, order)
    assert message in market.told("orders", words[0], order, *words[1:], code=code)
    assert shown(market, order) == before


def test_an_order_there_is_not(market: Shell) -> None:
    assert "Order not found" in market.told("orders", "cancel", "260312-1")


def test_a_database_there_is_not_is_not_made(shell: Shell) -> None:
    told = shell.told("orders", "cancel", "260312-1")
    assert "marketplace.db holds no marketplace's orders" in told
    assert not list(shell.folder.glob("*.db"))
