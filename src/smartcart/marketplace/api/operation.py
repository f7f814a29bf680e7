"""A call over HTTP as data: what serves it and what describes it share it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcart.contract.wire import Wire

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart body with one file in it."""

    field: str
    media_types: tuple[str, ...]
    most_bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file of one of these media types."""

    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refusal that really happens: the error behind it, and a sandbox order that shows it."""

    error: Exception
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter behind the path, which may be left out; `schema` is a JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`path` has its parameters in braces, each of the values in `choices` if it is there.

    `ours` tells that it is none of the published contract's.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str = ""
    ours: bool = False
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    query: tuple[Query, ...] = ()
    body: type[Wire] | Upload | None = None
    examples: tuple[str, ...] = ()
    """Of the body, or of the answer where there is none, by their names in `contract.examples`."""
    answer: type[Wire] | File
    tried_on: str = ""
    """A sandbox order that it succeeds on."""
    refusals: tuple[Refusing, ...] = ()
    """Those of its own: admission and what may befall any request are not among them."""

    def served_by(self, endpoint: Endpoint) -> Route:
        return Route(self.path, endpoint, methods=[self.method], name=self.name)
