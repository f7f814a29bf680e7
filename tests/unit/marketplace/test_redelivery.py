"""Four requests in total, all within twenty minutes (contract §5)."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smartcart.contract.vocabulary import WEBHOOK_REQUESTS, WEBHOOK_SPAN_SECONDS
from smartcart.marketplace.domain.redelivery import Schedule
from tests.support.proving import proves

SECOND = 1_000_000
FIRST_AT = 1_700_000_000 * SECOND
SCHEDULE = Schedule()
EXACT = Schedule(jitter=0)
EVENTS = [f"webhook/261124-{n:07}/1" for n in range(2_000)]


def after(schedule: Schedule, event: str, attempt: int, now: float, asked: float = 0) -> float:
    """Seconds from the first request to the one after number `attempt`, told at `now`."""
    due = schedule.next_at(event, attempt, FIRST_AT, FIRST_AT + int(now * SECOND), asked)
    assert due is not None
    return (due - FIRST_AT) / SECOND


@proves("webhook.four-requests", "webhook.within-20-minutes")
def test_the_default_schedule_is_the_contracts() -> None:
    assert SCHEDULE.requests == WEBHOOK_REQUESTS == 4
    assert SCHEDULE.within == WEBHOOK_SPAN_SECONDS == 1200
    assert [after(EXACT, "a", n, 0) for n in range(1, 4)] == [60, 300, 1080]
    assert SCHEDULE.next_at("a", 4, FIRST_AT, FIRST_AT) is None


def test_requests_are_later_and_later_and_all_in_time() -> None:
    offsets = (0, *SCHEDULE.offsets)
    gaps = [later - before for before, later in itertools.pairwise(offsets)]
    assert gaps == sorted(gaps)


@pytest.mark.parametrize(
    ("attempt", "least", "most"), [(1, 60, 66), (2, 300, 324), (3, 1080, 1140)]
)
def test_what_failed_together_is_spread_over_the_jitter(
    attempt: int, least: float, most: float
) -> None:
    times = sorted(after(SCHEDULE, event, attempt, least - 1) for event in EVENTS)
    assert least <= times[0] < least + 1
    assert most - 1 < times[-1] <= most
    spread = least + (most - least) / 2
    assert 0.3 < sum(time < spread for time in times) / len(times) < 0.7
    assert times == sorted(after(SCHEDULE, event, attempt, least - 1) for event in EVENTS)


@pytest.mark.parametrize(
    ("attempt", "now", "asked", "due"),
    [
        (1, 0.2, 30, 60),  # the schedule is more patient
        (1, 0.2, 120, 120.2),
        (2, 120, 600, 720),
        (1, 0.2, 3_600, 1_020),  # as late as leaves room for the two that follow
        (2, 1_020, 3_600, 1_080),
        (3, 1_080, 3_600, 1_140),
        (2, 600, 0, 870),  # what was put off takes its share of the time that is left
        (3, 1_090, 0, 1_140),
    ],
)
def test_retry_after_is_respected_as_far_as_the_span_allows(
    attempt: int, now: float, asked: float, due: float
) -> None:
    assert after(EXACT, "a", attempt, now, asked) == pytest.approx(due, abs=0.001)


@proves("webhook.within-20-minutes")
@given(
    offsets=st.lists(st.floats(1, 1_190), min_size=1, max_size=5, unique=True).map(sorted),
    jitter=st.floats(0, 1),
    waits=st.lists(st.floats(0, 400), min_size=5, max_size=5),
    asked=st.lists(st.none() | st.floats(0, 90_000), min_size=5, max_size=5),
    event=st.text(max_size=5),
)
def test_every_schedule_keeps_its_promises(
    offsets: list[float],
    jitter: float,
    waits: list[float],
    asked: list[float | None],
    event: str,
) -> None:
    """Not before its offset, never after the span, and when it is asked to if there is room."""
    schedule = Schedule(offsets=tuple(offsets), within=1_200, jitter=jitter)
    now = 0.0
    for attempt, offset in enumerate(offsets, start=1):
        now += waits[attempt - 1]
        assume(now < 1_200)
        due = after(schedule, event, attempt, now, asked[attempt - 1] or 0)
        assert offset - 0.001 <= due <= 1_200
        if now < 800:
            assert due >= now - 0.001
            wanted = now + (asked[attempt - 1] or 0)
            assert due >= min(wanted, 800) - 0.001
        now = max(now, due)


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_a_request_in_number_and_time_may_be_made(attempt: int) -> None:
    assert not SCHEDULE.is_over(attempt, FIRST_AT, FIRST_AT + 1200 * SECOND)


def test_a_fifth_request_is_never_made() -> None:
    assert SCHEDULE.is_over(5, FIRST_AT, FIRST_AT)


@proves("webhook.within-20-minutes")
def test_no_request_is_made_after_twenty_minutes() -> None:
    assert SCHEDULE.is_over(2, FIRST_AT, FIRST_AT + 1200 * SECOND + 1)


def test_another_schedule() -> None:
    quick = Schedule(offsets=(0.5,), within=2, jitter=0)
    assert quick.requests == 2
    assert after(quick, "a", 1, 0) == 0.5
    assert quick.next_at("a", 2, FIRST_AT, FIRST_AT) is None
    assert quick.is_over(3, FIRST_AT, FIRST_AT)
    assert not quick.is_over(2, FIRST_AT, FIRST_AT + 2 * SECOND)


def test_a_schedule_of_one_request() -> None:
    assert Schedule(offsets=()).next_at("a", 1, FIRST_AT, FIRST_AT) is None
