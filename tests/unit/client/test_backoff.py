"""When to try again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.client import backoff


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (7, 60), (10_000, 60), (0, 1)]
)
def test_the_wait_doubles_up_to_the_cap(attempt: int, seconds: float) -> None:
    assert backoff(attempt, jitter=0) == seconds


def test_jitter_takes_up_to_half_away() -> None:
    assert backoff(3, jitter=1) == 2
    assert backoff(3, jitter=0.5) == 3


@given(
    st.integers(-10, 10**9),
    st.floats(0, 1),
    st.floats(0.001, 10),
    st.floats(10, 10_000),
)
def test_the_wait_stays_within_bounds(attempt: int, jitter: float, base: float, cap: float) -> None:
    assert base / 2 <= backoff(attempt, jitter, base, cap) <= cap
