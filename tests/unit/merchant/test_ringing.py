"""When an alarm rings again, and how long others of its kind are gathered."""

from collections.abc import Sequence

import pytest

from smartcart.merchant.domain.alarms import AlarmKind, alarms_of
from smartcart.merchant.domain.order import Status
from smartcart.merchant.domain.ringing import Told, is_due, is_still_true, silent_until, told_again

MINUTE = 60_000_000
HOUR = 60 * MINUTE
AGAIN, GATHER = 6 * HOUR, 5 * MINUTE
FEED = {"source": "feed"}


def rings_at(steps: Sequence[tuple[float, str, str]]) -> list[tuple[float, str]]:
    """The steps (hour, what, order) that ring."""
    rung: dict[str, int] = {}
    found = []
    for hour, what, code in steps:
        now = round(hour * HOUR) + 1
        for alarm in alarms_of(what, code, FEED):
            if is_due(alarm, rung, now, AGAIN):
                rung[alarm.subject] = now
                found.append((hour, alarm.subject))
    return found


def test_each_order_rings_whatever_rang_for_another_and_once() -> None:
    steps = [(0, "short", "A-1"), (0.1, "short", "A-2"), (1, "short", "A-1"), (9, "short", "A-2")]
    assert rings_at(steps) == [(0, "short/A-1/"), (0.1, "short/A-2/")]


def test_a_trouble_that_goes_on_rings_again_after_its_time() -> None:
    steps = [(hour, "stock_stale", "") for hour in (0, 1, 5, 6, 7, 12)]
    assert [hour for hour, _ in rings_at(steps)] == [0, 6, 12]


def test_a_trouble_that_was_over_and_is_back_rings_anew_and_so_does_its_end() -> None:
    steps = [
        (0.0, "stock_stale", ""),
        (1.0, "stock_recovered", ""),
        (2.0, "stock_stale", ""),
        (2.5, "stock_stale", ""),
        (3.0, "stock_recovered", ""),
    ]
    assert [hour for hour, _ in rings_at(steps)] == [0, 1, 2, 3]


def test_a_trouble_that_comes_and_goes_rings_once_an_hour_and_its_end_only_when_it_rang() -> None:
    steps = [
        (minutes / 60, what, "")
        for start in range(0, 120, 10)
        for minutes, what in ((start, "stock_stale"), (start + 5, "stock_recovered"))
    ]
    assert [round(hour * 60) for hour, _ in rings_at(steps)] == [0, 5, 60, 65]


def test_an_all_clear_for_what_nobody_heard_of_is_none() -> None:
    assert rings_at([(0, "webhook_recovered", ""), (1, "stock_recovered", "")]) == []


def test_what_is_over_in_one_source_is_not_in_another() -> None:
    [alarm] = alarms_of("stock_recovered", "", {"source": "other"})
    assert not is_due(alarm, {"stock/feed/stale": HOUR}, 2 * HOUR, AGAIN)


def messages_at(kind: AlarmKind, minutes: int) -> list[int]:
    """At which minutes a message goes out, when there is something to tell in every minute."""
    told, found = None, []
    for minute in range(minutes):
        now = minute * MINUTE
        if silent_until(kind, told, GATHER) <= now:
            told = told_again(kind, told, now, GATHER)
            found.append(minute)
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (AlarmKind.HELD, [0, 5, 15, 35, 75, 115, 155]),
        (AlarmKind.DEADLINE, list(range(0, 160, 5))),
    ],
)
def test_messages_are_the_rarer_the_longer_it_goes_on_unless_minutes_matter(
    kind: AlarmKind, expected: list[int]
) -> None:
    assert messages_at(kind, 160) == expected


def test_after_a_rest_the_next_is_told_soon_again() -> None:
    often = Told(at=0, in_a_row=3)
    assert silent_until(AlarmKind.HELD, often, GATHER) == 40 * MINUTE
    assert told_again(AlarmKind.HELD, often, 80 * MINUTE, GATHER) == Told(80 * MINUTE, 4)
    assert told_again(AlarmKind.HELD, often, 81 * MINUTE, GATHER) == Told(81 * MINUTE, 0)


def test_nothing_is_gathered_where_the_shop_wants_none() -> None:
    assert silent_until(AlarmKind.HELD, Told(at=7, in_a_row=9), 0) == 7


def test_an_order_that_waits_for_the_token_rings_beside_the_token_itself() -> None:
    facts = {"status": 401}
    assert [(one.subject, one.code) for one in alarms_of("send_failed", "A-1", facts)] == [
        ("token_refused", ""),
        ("token_refused/A-1", "A-1"),
    ]
    rung = {"token_refused": HOUR, "token_refused/A-1": HOUR}
    due = [
        [
            one.subject
            for one in alarms_of("send_failed", code, facts)
            if is_due(one, rung, now, AGAIN)
        ]
        for code, now in (("A-1", 2 * HOUR), ("A-2", 2 * HOUR), ("A-1", 8 * HOUR))
    ]
    assert due == [[], ["token_refused/A-2"], ["token_refused"]]


@pytest.mark.parametrize(
    ("what", "facts", "status", "expected"),
    [
        ("held", {}, Status.HELD, True),
        ("held", {}, Status.ACCEPTING, False),
        ("held", {}, None, True),
        ("send_failed", {"status": 401}, Status.ACCEPTING, True),
        ("send_failed", {"status": 401}, Status.ACCEPTED, False),
        ("closed", {"state": "expired"}, Status.EXPIRED, True),
        ("packed_in_vain", {}, Status.CANCELLED, True),
    ],
)
def test_what_was_done_meanwhile_is_told_nobody(
    what: str, facts: dict[str, object], status: Status | None, expected: bool
) -> None:
    alarm = alarms_of(what, "A-1", facts)[-1]
    assert is_still_true(alarm, status) is expected
