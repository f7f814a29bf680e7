from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit.clock import from_micros, micros, utc_now

ATHENS = ZoneInfo("Europe/Athens")

moments = st.datetimes(
    min_value=datetime(1, 1, 3),
    max_value=datetime(9999, 12, 28),
    timezones=st.sampled_from([UTC, ATHENS, timezone(timedelta(hours=-11, minutes=-30))]),
)


@given(moments)
def test_a_moment_survives_storage_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(micros(moment)) == moment.astimezone(UTC)


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_a_stored_count_survives_reading(count: int) -> None:
    assert micros(from_micros(count)) == count


def test_counts_from_the_epoch_in_utc() -> None:
    assert micros(datetime(1970, 1, 1, 2, tzinfo=ATHENS)) == 0
    assert micros(datetime(2026, 5, 1, 12, 0, 0, 1, tzinfo=UTC)) == 1_777_636_800_000_001


def test_the_hour_that_happens_twice_is_two_moments() -> None:
    first = datetime(2026, 10, 25, 3, 30, tzinfo=ATHENS)
    assert micros(first.replace(fold=1)) - micros(first) == 3_600_000_000


def test_a_naive_time_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="no time zone; give it one"):
        micros(datetime(2026, 5, 1))


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = utc_now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
