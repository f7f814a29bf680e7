"""How much at once: as a function of what is in flight and of how a lane has fared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.outbox.pace import WELL, Behind, InFlight, Limits, Line, Pace, Streak

LIMITS = Limits(slots=8, slots_per_lane=4, failing_after=3)


def held(*of: tuple[str, Line]) -> InFlight:
    in_flight = InFlight()
    for lane, line in of:
        in_flight.add(lane, line)
    return in_flight


def test_what_was_never_tried_may_take_every_slot() -> None:
    assert held().free(Line.FIRST, LIMITS) == 8
    assert held(*[("a", Line.FIRST)] * 8).free(Line.FIRST, LIMITS) == 0


def test_what_is_tried_again_takes_half_of_the_slots_at_most() -> None:
    assert held().free(Line.AGAIN, LIMITS) == 4
    assert held(*[("a", Line.AGAIN)] * 4).free(Line.AGAIN, LIMITS) == 0
    assert held(*[("a", Line.AGAIN)] * 4).free(Line.FIRST, LIMITS) == 4
    assert held(*[("a", Line.FIRST)] * 7).free(Line.AGAIN, LIMITS) == 1
    assert held().free(Line.AGAIN, Limits(slots=1)) == 1


@pytest.mark.parametrize(("line", "rooms"), [(Line.FIRST, (2, 3, 4)), (Line.AGAIN, (1, 2, 2))])
def test_a_lane_that_is_well_has_its_slots_for_both_lines_half_of_them_for_what_is_tried_again(
    line: Line, rooms: tuple[int, int, int]
) -> None:
    in_flight = held(("a", Line.FIRST), ("a", Line.AGAIN), ("b", Line.FIRST))
    found = tuple(in_flight.room(lane, line, LIMITS, is_failing=False) for lane in "abc")
    assert found == rooms
    in_flight.remove("a", Line.AGAIN)
    assert in_flight.room("a", line, LIMITS, is_failing=False) == rooms[0] + 1


def test_what_is_tried_again_finds_no_room_in_a_lane_that_is_full_of_new_entries() -> None:
    in_flight = held(*[("a", Line.FIRST)] * 3)
    assert in_flight.room("a", Line.AGAIN, LIMITS, is_failing=False) == 1
    in_flight.add("a", Line.FIRST)
    assert in_flight.room("a", Line.AGAIN, LIMITS, is_failing=False) == 0


def test_a_lane_of_one_slot_has_it_for_either_line() -> None:
    single = Limits(slots=2, slots_per_lane=1)
    assert held().room("a", Line.AGAIN, single, is_failing=False) == 1
    assert held(("a", Line.FIRST)).room("a", Line.AGAIN, single, is_failing=False) == 0


@pytest.mark.parametrize("lines", [(Line.FIRST,), (Line.AGAIN,), tuple(Line), tuple(Line)[::-1]])
@pytest.mark.parametrize("hanging", [1, 10, 15])
def test_lanes_that_hang_leave_a_slot_in_both_lines_to_one_that_is_well(
    hanging: int, lines: tuple[Line, ...]
) -> None:
    """By the marketplace's own settings; each takes all that it gets and gives nothing back."""
    settings = MarketplaceSettings()
    limits = Limits(settings.webhook_slots, settings.webhook_slots_per_merchant)
    in_flight = InFlight()
    for line in lines:
        for lane in map(str, range(hanging)):
            room = in_flight.room(lane, line, limits, is_failing=False)
            for _ in range(min(room, in_flight.free(line, limits))):
                in_flight.add(lane, line)
    for line in Line:
        assert in_flight.free(line, limits) > 0
        assert in_flight.room("well", line, limits, is_failing=False) > 0


def test_of_a_lane_that_fails_one_new_entry_is_tried_and_the_others_when_they_are_due() -> None:
    begun = held(("a", Line.AGAIN))
    assert begun.room("a", Line.FIRST, LIMITS, is_failing=True) == 1
    assert begun.room("a", Line.AGAIN, LIMITS, is_failing=True) == 1
    begun.add("a", Line.FIRST)
    assert begun.room("a", Line.FIRST, LIMITS, is_failing=True) == 0
    assert begun.room("b", Line.FIRST, LIMITS, is_failing=True) == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(Line)), max_size=20))
def test_whoever_keeps_to_it_never_holds_more(wanted: list[tuple[str, Line]]) -> None:
    in_flight, count = InFlight(), 0
    for lane, line in wanted:
        room = in_flight.room(lane, line, LIMITS, is_failing=lane == "b")
        if min(room, in_flight.free(line, LIMITS)) > 0:
            in_flight.add(lane, line)
            count += 1
    assert count <= 8
    assert in_flight.free(Line.AGAIN, LIMITS) >= 0
    assert in_flight.free(Line.FIRST, LIMITS) == 8 - count


@pytest.mark.parametrize(("tries", "line"), [(0, Line.FIRST), (1, Line.AGAIN), (3, Line.AGAIN)])
def test_the_line_of_an_entry(tries: int, line: Line) -> None:
    assert Line.of(tries) is line


def test_a_lane_fails_after_so_many_failures_in_a_row() -> None:
    streak = WELL
    for at in (10, 20):
        streak = streak.failed(at, 3)
        assert not streak.is_failing
    assert streak.failed(30, 3) == Streak(3, 10, True)
    assert streak.failed(30, 3).failed(40, 3) == Streak(4, 10, True)


def test_what_all_workers_know_counts_for_each() -> None:
    assert WELL.known(None) == WELL
    assert Streak(2, 10).known(None) == Streak(2, 10)
    assert WELL.known(7) == Streak(0, 7, True)
    assert Streak(2, 10).known(7) == Streak(2, 7, True)
    assert Streak(9, 10, True).known(None) == WELL


def test_a_lane_is_behind_for_as_long_as_something_was_late() -> None:
    behind = Behind(seconds=0.5, longest=5)
    assert not behind.is_so("a", 0)
    behind.taken("a", due=0, now=500_000)
    assert not behind.is_so("a", 500_000)
    behind.taken("a", due=0, now=500_001)
    assert [behind.is_so("a", now) for now in (500_001, 2_500_004)] == [True, True]
    assert not behind.is_so("b", 500_001)
    assert not behind.is_so("a", 2_500_005)
    behind.taken("a", due=0, now=3_000_000)
    behind.taken("a", due=2_400_000, now=3_000_001)
    assert [behind.is_so("a", now) for now in (7_999_999, 8_000_000)] == [True, False]
    behind.taken("a", due=0, now=9_000_000)
    behind.taken("a", due=8_500_000, now=9_000_000)
    assert not behind.is_so("a", 9_000_000)


def test_a_failing_lane_that_is_behind_begins_nothing_while_something_is_tried_again() -> None:
    in_flight = held(("a", Line.AGAIN))
    rooms = [
        in_flight.room(lane, Line.FIRST, LIMITS, is_failing=True, is_behind=is_behind)
        for lane in "ab"
        for is_behind in (True, False)
    ]
    assert rooms == [0, 1, 1, 1]
    assert in_flight.room("a", Line.AGAIN, LIMITS, is_failing=True, is_behind=True) == 1
    assert in_flight.room("a", Line.FIRST, LIMITS, is_failing=False, is_behind=True) == 3


@pytest.mark.parametrize(
    ("late", "at_once"),
    [(-5, 1), (0, 1), (299_999, 1), (300_000, 2), (399_999, 2), (899_999, 7), (900_000, 8)],
)
def test_of_what_is_tried_again_one_more_is_begun_at_once_for_each_tenth_of_a_second_it_is_late(
    late: int, at_once: int
) -> None:
    assert Pace.of(late).at_once == at_once
    assert (Pace.of(late).breath == 0) == (at_once == 8)


def test_no_more_than_eight_are_begun_at_once() -> None:
    assert Pace.of(3_600_000_000) == Pace(at_once=8, breath=0)
