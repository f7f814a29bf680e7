"""Calls as OpenAPI's Operation Objects."""

import re

from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, MAX_CODE_LENGTH, api_media_type
from smartcart.contract.wire import Wire
from smartcart.marketplace.api.operation import Operation, Query, Upload
from smartcart.marketplace.reference import answers, links
from smartcart.marketplace.reference.sandbox import SANDBOX
from smartcart.marketplace.reference.schemas import Schema, ref

SCHEME = "bearer"
_REF = "#/components/parameters/"
_PARAMETER = re.compile(r"{(\w+)}")


def of_orders(operation: Operation, vendor: str) -> Schema:
    """A call of the Orders API, which asks for a token and for the vendor's media type."""
    responses = answers.of_call(operation, vendor)
    responses["200"]["links"] = links.after(operation)
    return {
        **_opening(operation),
        **({"x-ours": True} if operation.ours else {}),
        **({"x-sandbox": operation.tried_on} if operation.tried_on else {}),
        "parameters": [*_parameters(operation), {"$ref": f"{_REF}Accept"}],
        **({"requestBody": _body(operation)} if operation.body else {}),
        "responses": responses,
        "security": [{SCHEME: []}],
    }


def of_file(operation: Operation) -> Schema:
    """A file that is there for whoever knows its URL."""
    return {
        **_opening(operation),
        "parameters": _parameters(operation),
        "responses": answers.of_file(operation),
        "security": [],
    }


def parameters(vendor: str) -> dict[str, Schema]:
    """What calls have in common."""
    return {
        "code": {
            "name": "code",
            "in": "path",
            "required": True,
            "description": "The order's code: opaque, as the webhook brought it.",
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CODE_LENGTH},
            "examples": {
                code: {"summary": shows, "value": code} for code, shows in SANDBOX.items()
            },
        },
        # OpenAPI lets tools pass over it; here it is for people, and for tools that do not.
        "Accept": {
            "name": "Accept",
            "in": "header",
            "required": True,
            "description": "Must admit this media type; the answer is application/json.",
            "schema": {"enum": [api_media_type(vendor)]},
        },
    }


def _opening(operation: Operation) -> Schema:
    return {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
    }


def _parameters(operation: Operation) -> list[Schema]:
    choices = dict(operation.choices)
    return [
        *(_parameter(name, choices) for name in _PARAMETER.findall(operation.path)),
        *(_query(each) for each in operation.query),
    ]


def _query(query: Query) -> Schema:
    return {
        "name": query.name,
        "in": "query",
        "required": False,
        "description": query.description,
        "schema": dict(query.schema),
    }


def _parameter(name: str, choices: dict[str, tuple[str, ...]]) -> Schema:
    if name == "code" and name not in choices:
        return {"$ref": f"{_REF}code"}
    schema: Schema = {"type": "string"}
    if name in choices:
        schema["enum"] = list(choices[name])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _body(operation: Operation) -> Schema:
    body = operation.body
    assert body is not None
    content = _multipart(body) if isinstance(body, Upload) else _json(body, operation.examples)
    return {"required": True, "content": content}


def _json(body: type[Wire], examples: tuple[str, ...]) -> Schema:
    return {JSON_MEDIA_TYPE: {"schema": ref(body), "examples": answers.examples(examples)}}


def _multipart(upload: Upload) -> Schema:
    file = {
        "type": "string",
        "format": "binary",
        "minLength": 1,
        "description": f"At most {upload.most_bytes} bytes; its content tells its type.",
    }
    schema = {"type": "object", "required": [upload.field], "properties": {upload.field: file}}
    encoding = {upload.field: {"contentType": ", ".join(upload.media_types)}}
    return {"multipart/form-data": {"schema": schema, "encoding": encoding}}
