"""What a task is about: facts that stand on every line it logs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, object] = MappingProxyType({})
_kept: ContextVar[Mapping[str, object]] = ContextVar("kept", default=_NOTHING)
_facts: ContextVar[Mapping[str, object]] = ContextVar("facts", default=_NOTHING)


def begin(**facts: object) -> None:
    """This task, and those it starts from here on, are about these facts and no others."""
    _facts.set(facts)


def keep(**facts: object) -> None:
    """This task, and those it starts from here on, are about these facts, whatever they begin."""
    _kept.set({**_kept.get(), **facts})


@contextmanager
def kept(**facts: object) -> Iterator[None]:
    """`keep`, until the end of a block."""
    token = _kept.set({**_kept.get(), **facts})
    try:
        yield
    finally:
        _kept.reset(token)


def add(**facts: object) -> None:
    """They are about these as well."""
    _facts.set({**_facts.get(), **facts})


def facts() -> Mapping[str, object]:
    """What this task is about."""
    return {**_kept.get(), **_facts.get()}
