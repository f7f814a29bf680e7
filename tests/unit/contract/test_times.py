from datetime import UTC, datetime, timedelta, timezone

import pytest

from smartcart.contract import ContractError, athens, from_micros, to_micros
from tests.support.proving import proves


@proves("value.time")
@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 5, 10, 0, tzinfo=UTC), "2026-01-05T12:00:00+02:00"),
        (datetime(2026, 7, 5, 10, 0, tzinfo=UTC), "2026-07-05T13:00:00+03:00"),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T02:59:59+02:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T04:00:00+03:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T03:30:00+03:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T03:30:00+02:00"),
        (datetime(2026, 1, 5, 10, 0, 0, 999999, tzinfo=UTC), "2026-01-05T12:00:00+02:00"),
    ],
)
def test_moments_are_written_in_local_time_of_athens(moment: datetime, written: str) -> None:
    assert athens(moment).isoformat() == written


def test_micros_go_there_and_back() -> None:
    moment = datetime(2026, 10, 25, 3, 30, tzinfo=timezone(timedelta(hours=2)))
    assert to_micros(moment) == 1792891800000000
    assert from_micros(1792891800000000) == moment
    assert from_micros(1792891800000000).isoformat() == "2026-10-25T03:30:00+02:00"


def test_micros_keep_their_microseconds_on_the_way_in() -> None:
    assert to_micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005


@pytest.mark.parametrize("function", [athens, to_micros])
def test_a_naive_time_is_refused(function: object) -> None:
    assert callable(function)
    with pytest.raises(ContractError, match="no offset"):
        function(datetime(2026, 1, 5, 10, 0))


def test_the_edge_of_the_calendar_is_refused() -> None:
    with pytest.raises(ContractError, match="outside the calendar"):
        athens(datetime.max.replace(tzinfo=UTC))


def test_moments_in_the_hour_that_occurs_twice_compare_as_moments() -> None:
    first, second = (athens(datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1))
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
    assert second - first == timedelta(hours=1)
    assert first < second
