"""What an event is worth beside what is known."""

import pytest

from smartcart.merchant.domain.inbox import Known, Received, Verdict, credible, verdict
from tests.support.proving import proves

HOUR = 3_600_000_000


def judged(
    newest: int | None,
    time: int | None = 10,
    kind: str = "order_updated",
    *,
    seen: bool = False,
    readable: bool = True,
    known: bool = True,
    read_at: int | None = None,
) -> Verdict:
    event = Received(event_type=kind, event_time=time, seen=seen, readable=readable)
    return verdict(event, Known(newest, read_at) if known else None)


@pytest.mark.parametrize("kind", ["new_order", "order_updated"])
def test_the_first_and_every_newer_event_is_applied(kind: str) -> None:
    assert judged(None, kind=kind, known=False) is Verdict.APPLY
    assert judged(9, kind=kind) is Verdict.APPLY
    assert judged(None, kind=kind) is Verdict.APPLY


def test_the_same_bytes_again_are_a_duplicate_whatever_came_since() -> None:
    assert judged(None, seen=True) is Verdict.DUPLICATE
    assert judged(11, seen=True) is Verdict.DUPLICATE
    assert judged(11, kind="something", seen=True) is Verdict.DUPLICATE


@proves("inbox.stale")
def test_older_than_what_was_applied_is_stale() -> None:
    assert judged(11) is Verdict.STALE
    assert judged(11, readable=False) is Verdict.STALE


@proves("inbox.undecidable")
def test_another_event_of_the_same_second_cannot_be_judged() -> None:
    assert judged(10) is Verdict.UNDECIDABLE


def test_an_event_from_before_a_reading_or_about_then_cannot_be_judged() -> None:
    second = 1_000_000
    at = {time: judged(0, time=time * second, read_at=10 * second) for time in (1, 9, 10, 12, 13)}
    assert [time for time in at if at[time] is Verdict.UNDECIDABLE] == [1, 9, 10, 12]
    assert at[13] is Verdict.APPLY
    assert judged(5 * second, time=4 * second, read_at=10 * second) is Verdict.STALE


def test_without_a_time_only_the_first_can_be_judged() -> None:
    assert judged(10, time=None) is Verdict.UNDECIDABLE
    assert judged(None, time=None) is Verdict.UNDECIDABLE
    assert judged(None, time=None, known=False) is Verdict.APPLY


def test_an_order_that_cannot_be_read_is_asked_for() -> None:
    assert judged(None, readable=False, known=False) is Verdict.UNDECIDABLE
    assert judged(9, readable=False) is Verdict.UNDECIDABLE


def test_a_type_we_do_not_know_is_kept() -> None:
    assert judged(9, kind="merchant_return_created") is Verdict.KEEP
    assert judged(None, kind="", known=False, readable=False) is Verdict.KEEP


def test_a_time_far_ahead_is_not_believed() -> None:
    assert credible(HOUR, 0) == HOUR
    assert credible(HOUR + 1, 0) is None
    assert credible(None, 0) is None
