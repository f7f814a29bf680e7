"""Says on a test which rules of the contract it proves; read by the generator of the reference."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def proves(*rules: str) -> Callable[[T], T]:
    """Mark a test, or a class of tests, with ids of `tests.contract.rules`.

    Nothing happens when it runs: `scripts.docs.proofs` finds it in the source, so the ids must be
    written out there as plain strings.
    """

    def leave_as_it_is(test: T) -> T:
        return test

    return leave_as_it_is
