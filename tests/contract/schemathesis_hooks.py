"""What schemathesis is told of our API beside its document; loaded by `test_schemathesis`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

AnyCase = Case[Any]

_SEEN = Path(os.environ["SMARTCART_SEEN"])
_UNKNOWN_PATH = (404, "not_found")
"""A code with a slash in it makes another path, whatever call it was meant for."""


@schemathesis.hook
def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
    """Note which answers were seen, so that the test knows what was tried at all."""
    if case.operation.method.upper() == response.request.method:
        with _SEEN.open("a", encoding="utf-8") as file:
            file.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")


@schemathesis.check
def refusals_are_documented(_context: CheckContext, response: Response, case: AnyCase) -> None:
    """Each `code` of a refusal is in an example of that call's answer with that status."""
    if response.status_code < 400 or case.operation.method.upper() != response.request.method:
        return
    [error] = response.json()["errors"]
    refusal = (response.status_code, error["code"])
    assert refusal == _UNKNOWN_PATH or refusal in set(_documented(case)), refusal


def _documented(case: AnyCase) -> Iterator[tuple[int, str]]:
    document = case.operation.schema.raw_schema
    for status, response in case.operation.definition.raw["responses"].items():
        for media in _followed(document, response)["content"].values():
            for example in media.get("examples", {}).values():
                for error in example.get("value", {}).get("errors", ()):
                    yield int(status), error["code"]


def _followed(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found: Any = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)
