"""How deep the run goes, and where it counts."""

import pytest

from tests.security.tally import DEPTH, TALLY, Tally


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Counts what is tried and refused, for `python -m tests.security` to print."""
    return request.config.stash.setdefault(TALLY, Tally())


@pytest.fixture
def depth(request: pytest.FixtureRequest) -> int:
    """How many addresses of each refused block are tried: few in `make test`."""
    return request.config.stash.get(DEPTH, 2)
