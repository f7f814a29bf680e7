"""Four requests in total, all within twenty minutes (contract §5)."""

import itertools

import pytest

from smartcart.contract.vocabulary import WEBHOOK_REQUESTS, WEBHOOK_SPAN_SECONDS
from smartcart.marketplace.domain.redelivery import Schedule
from tests.support.proving import proves

SECOND = 1_000_000
FIRST_AT = 1_700_000_000 * SECOND
SCHEDULE = Schedule()


@proves("webhook.four-requests", "webhook.within-20-minutes")
def test_the_default_schedule_is_the_contracts() -> None:
    assert SCHEDULE.requests == WEBHOOK_REQUESTS == 4
    assert SCHEDULE.within == WEBHOOK_SPAN_SECONDS == 1200
    times = [SCHEDULE.next_at(n, FIRST_AT) for n in range(1, 5)]
    assert times == [FIRST_AT + s * SECOND for s in (60, 300, 1080)] + [None]


def test_requests_are_later_and_later_and_all_in_time() -> None:
    offsets = (0, *SCHEDULE.offsets)
    gaps = [after - before for before, after in itertools.pairwise(offsets)]
    assert gaps == sorted(gaps)
    # The longest wait for an answer is 10 seconds: the last one ends in time too.
    assert offsets[-1] + 10 < SCHEDULE.within


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_a_request_in_number_and_time_may_be_made(attempt: int) -> None:
    assert not SCHEDULE.is_over(attempt, FIRST_AT, FIRST_AT + 1200 * SECOND)


def test_a_fifth_request_is_never_made() -> None:
    assert SCHEDULE.is_over(5, FIRST_AT, FIRST_AT)


@proves("webhook.within-20-minutes")
def test_no_request_is_made_after_twenty_minutes() -> None:
    assert SCHEDULE.is_over(2, FIRST_AT, FIRST_AT + 1200 * SECOND + 1)


def test_another_schedule() -> None:
    quick = Schedule(offsets=(0.5,), within=2)
    assert quick.requests == 2
    assert quick.next_at(1, FIRST_AT) == FIRST_AT + SECOND // 2
    assert quick.next_at(2, FIRST_AT) is None
    assert quick.is_over(3, FIRST_AT, FIRST_AT)
    assert not quick.is_over(2, FIRST_AT, FIRST_AT + 2 * SECOND)


def test_a_schedule_of_one_request() -> None:
    assert Schedule(offsets=()).next_at(1, FIRST_AT) is None
