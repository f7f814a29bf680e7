"""What calls answer, as OpenAPI's Response Objects: success, and every refusal as it is worded."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from smartcart.contract import Errors, encode, refusal
from smartcart.contract.examples import example
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit.database import DatabaseBusy
from smartcart.marketplace.api import admission
from smartcart.marketplace.api.errors import Told, told
from smartcart.marketplace.api.operation import File, Operation
from smartcart.marketplace.reference.schemas import Schema, ref

_REF = "#/components/responses/"
_REQUEST_ID = "5f0c6b1e9a7d2384"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_MEANINGS: Mapping[int, str] = {
    400: "The body cannot be read.",
    401: "There is no token, or one that is not valid.",
    403: "The shop may not use this.",
    404: "There is no such thing, or it is another shop's.",
    406: "The `Accept` header does not admit the answer.",
    410: "It is no longer kept.",
    413: "The body is too large.",
    422: "The body is understood, and not granted: nothing was changed.",
    429: "Too much was asked for.",
    500: "A fault of the marketplace.",
    503: "The marketplace is busy: nothing was done, try again.",
}
_TRY_AGAIN: Schema = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer"},
    }
}
_FAULT: Schema = {
    "X-Request-Id": {
        "description": "To be named to whoever runs the marketplace.",
        "schema": {"type": "string"},
    }
}
_HEADERS: Mapping[int, Schema] = {429: _TRY_AGAIN, 500: _FAULT, 503: _TRY_AGAIN}


class _Documented(NamedTuple):
    told: Told
    shown_by: str = ""


def components(vendor: str) -> dict[str, Schema]:
    """The refusals that any call may meet, by their codes on the wire."""
    return {each.code: _refusals([_Documented(each)]) for each in (*_ours(vendor), *_ANYWHERE)}


def of_call(operation: Operation, vendor: str) -> dict[str, Schema]:
    """The answers of a call of the Orders API, by status."""
    return _answers(operation, [*_ours(vendor), *_ANYWHERE])


def of_file(operation: Operation) -> dict[str, Schema]:
    """The answers of a file that is there for everybody."""
    return _answers(operation, _ANYWHERE)


def examples(names: Iterable[str]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


def value(name: str) -> object:
    """An example of the contract as JSON."""
    return json.loads(example(name))


def _ours(vendor: str) -> list[Told]:
    refused = (admission.unauthorized(), admission.not_acceptable(vendor), admission.tool_off())
    return [told(each) for each in refused]


_ANYWHERE = [told(DatabaseBusy()), told(Exception(), _REQUEST_ID)]


def _answers(operation: Operation, common: list[Told]) -> dict[str, Schema]:
    own = [_Documented(told(each.error), each.shown_by) for each in operation.refusals]
    by_status = {str(each.status): {"$ref": _REF + each.code} for each in common}
    by_status |= {str(status): found for status, found in _by_status(own, common)}
    return {"200": _success(operation)} | dict(sorted(by_status.items()))


def _success(operation: Operation) -> Schema:
    answer = operation.answer
    if isinstance(answer, File):
        return {"description": "The file.", "content": {kind: {} for kind in answer.media_types}}
    names = operation.examples if operation.body is None else ()
    content: Schema = {"schema": ref(answer)}
    if names:
        content["examples"] = examples(names)
    return {"description": "Done.", "content": {JSON_MEDIA_TYPE: content}}


def _by_status(own: list[_Documented], common: list[Told]) -> Iterator[tuple[int, Schema]]:
    for status in {each.told.status for each in own}:
        shared = [_Documented(each) for each in common]
        yield status, _refusals([each for each in (*shared, *own) if each.told.status == status])


def _refusals(documented: list[_Documented]) -> Schema:
    status = documented[0].told.status
    content = {"schema": ref(Errors), "examples": dict(map(_example, documented))}
    response = {
        "description": _MEANINGS[status],
        "content": {JSON_MEDIA_TYPE: content},
    }
    return {**response, "headers": _HEADERS[status]} if status in _HEADERS else response


def _example(documented: _Documented) -> tuple[str, Schema]:
    told, shown_by = documented
    shown = {"x-sandbox": shown_by} if shown_by else {}
    body = json.loads(encode(refusal(told.code, told.message)))
    return _name(told.message), {"summary": told.message, "value": body, **shown}


def _name(message: str) -> str:
    return _NOT_IN_A_NAME.sub("_", message.lower()).strip("_")[:60]
