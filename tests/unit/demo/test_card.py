"""One order from what both sides told of it, in whichever order that came."""

from hypothesis import given
from hypothesis import strategies as st

from smartcart.contract import OrderState
from smartcart.demo.card import Card, Crossing, Row
from smartcart.demo.halves import Side
from tests.support.demo_steps import Told, accepted, rejected, step


def _card(told: list[Told]) -> Card:
    card = Card(told[0][1].key)
    for side, each in told:
        card.add(side, [each])
    return card


def _shown(row: Row) -> tuple[str, str, str]:
    left = row.left.what if row.left else ""
    right = row.right.what if row.right else ""
    crossing = f"{row.crossing} {row.number} {row.told}".rstrip() if row.crossing else ""
    return left, crossing, right


def test_both_ends_of_an_exchange_share_a_row() -> None:
    assert [_shown(row) for row in _card(accepted()).rows()] == [
        ("placed", "", ""),
        ("webhook_delivered", "webhook 1 placed", "received"),
        ("", "", "decided_accept"),
        ("accepted", "call 1", "sent"),
        ("webhook_delivered", "webhook 2 accepted", "received"),
        ("voucher_issued", "", ""),
        ("webhook_delivered", "webhook 3 voucher_issued", "received"),
        ("", "", "voucher_printed"),
    ]


def test_a_rejected_order_leads_to_the_one_that_follows_it() -> None:
    card = _card(rejected())
    assert [_shown(row) for row in card.rows()] == [
        ("placed", "", ""),
        ("webhook_delivered", "webhook 1 placed", "received"),
        ("", "", "decided_reject"),
        ("rejected", "call 1", "sent"),
        ("webhook_delivered", "webhook 2 rejected", "received"),
        ("reissued", "", ""),
    ]
    assert card.state is OrderState.REJECTED
    assert card.reissued_as == "B-1"


@given(st.permutations(accepted()))
def test_the_order_in_which_the_feeds_tell_changes_nothing(told: list[Told]) -> None:
    in_order = _card(accepted())
    assert _card(told).rows() == in_order.rows()
    assert _card(told).marks() == in_order.marks()


def test_a_step_told_again_is_not_new() -> None:
    card = _card(accepted())
    side, known = accepted()[3]
    assert card.add(side, [known]) == []
    assert len(card.happenings) == len(accepted())


def test_marks_say_how_far_it_has_come() -> None:
    half_way = _card(accepted()[:5])
    assert [(mark.name, mark.at is not None) for mark in half_way.marks()] == [
        ("placed", True),
        ("received", True),
        ("decided", True),
        ("answered", True),
        ("voucher_issued", False),
        ("voucher_printed", False),
    ]
    assert half_way.milliseconds_to("answered") == 15
    assert half_way.milliseconds_to("voucher_printed") is None


def test_an_order_is_held_until_it_is_decided() -> None:
    held = step(Side.SHOP, 9, "held", why="unknown_sku", about="KAN-1L")
    card = _card([*accepted()[:3], held])
    assert card.held == held[1]
    card.add(Side.SHOP, [accepted()[3][1]])
    assert card.held is None


def test_an_order_that_has_ended_is_not_held() -> None:
    told = [
        *accepted()[:3],
        step(Side.SHOP, 9, "held", why="unknown_sku", about="KAN-1L"),
        step(Side.MARKETPLACE, 50, "cancelled"),
    ]
    card = _card(told)
    assert (card.held, card.state) == (None, OrderState.CANCELLED)


def test_a_webhook_that_fails_and_comes_later_keeps_its_number() -> None:
    told = [
        step(Side.MARKETPLACE, 0, "placed"),
        step(Side.MARKETPLACE, 2, "webhook_failed", event=1, request=1, why="no connection"),
        step(Side.SHOP, 1005, "received", event_type="new_order"),
        step(Side.MARKETPLACE, 1007, "webhook_delivered", event=1, request=2, status=200),
    ]
    assert [_shown(row) for row in _card(told).rows()] == [
        ("placed", "", ""),
        ("webhook_failed", "", ""),
        ("webhook_delivered", "webhook 1 placed", "received"),
    ]


def test_an_exchange_of_which_only_one_end_is_told_is_shown_all_the_same() -> None:
    rows = _card([accepted()[0], accepted()[2], accepted()[4]]).rows()
    assert [row.crossing for row in rows] == [Crossing.NOTHING, Crossing.WEBHOOK, Crossing.CALL]


def test_what_the_shop_only_repeats_is_left_out_but_not_what_it_was_told() -> None:
    taken = step(Side.SHOP, 9, "accepted", by="marketplace")
    rows = _card([*accepted()[:3], taken]).rows()
    assert _shown(rows[-1]) == ("", "", "accepted")
