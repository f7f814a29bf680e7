"""The OpenAPI document, taken apart into what the page shows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smartcart.contract.vocabulary import JSON_MEDIA_TYPE, WEBHOOK_CONTENT_TYPE
from smartcart.marketplace.reference.page import fields
from smartcart.marketplace.reference.schemas import REF, Schema

_ANY_ORDER = "260312-0004217"
_SHOWN_ELSEWHERE = ("events", "orders")


@dataclass(frozen=True, slots=True)
class Refusal:
    status: str
    code: str
    message: str
    shown_by: str


@dataclass(frozen=True, slots=True)
class Example:
    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call, everything about it in place."""

    name: str
    method: str
    path: str
    ours: bool
    summary: str
    description: str
    query: fields.Table | None
    bodies: tuple[fields.Table, ...]
    requests: tuple[Example, ...]
    curl: str
    answer: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """An event, and what it says has changed."""

    summary: str
    changes: str


@dataclass(frozen=True, slots=True)
class Hook:
    name: str
    summary: str
    moments: tuple[Moment, ...]


class Document:
    """The document with its references followed."""

    def __init__(self, document: Schema, base_url: str) -> None:
        self._document = document
        self._base_url = base_url

    @property
    def title(self) -> str:
        return str(self._document["info"]["title"])

    @property
    def paragraphs(self) -> list[str]:
        """What it says of itself."""
        return str(self._document["info"]["description"]).split("\n\n")

    def calls(self, *, public: bool) -> list[Call]:
        """The calls that ask for a token, or those that are open to everybody."""
        return [
            self._call(path, method, each)
            for path, methods in self._document["paths"].items()
            for method, each in methods.items()
            if bool(each["security"]) is not public
        ]

    def hooks(self) -> list[Hook]:
        return [
            Hook(name, each["post"]["summary"], tuple(self._moments(each["post"])))
            for name, each in self._document["webhooks"].items()
        ]

    def hook_answers(self) -> list[tuple[str, str]]:
        [first, *_] = self._document["webhooks"].values()
        return [
            (status, each["description"]) for status, each in first["post"]["responses"].items()
        ]

    def sandbox(self) -> list[tuple[str, str]]:
        """The demo orders, and what each shows."""
        return list(self._document["x-sandbox"].items())

    def order(self) -> list[fields.Table]:
        """The order, and all that it is made of."""
        schemas = self._document["components"]["schemas"]
        return [fields.table(name, schemas[name]) for name in fields.reached("Order", schemas)]

    def _call(self, path: str, method: str, call: Schema) -> Call:
        body = call.get("requestBody", {}).get("content", {})
        requests = self._examples(body.get(JSON_MEDIA_TYPE, {}))
        return Call(
            name=call["operationId"],
            method=method.upper(),
            path=path,
            ours=call.get("x-ours", False),
            summary=call["summary"],
            description=call["description"],
            query=_query(call),
            bodies=tuple(self._bodies(body)),
            requests=tuple(requests),
            curl=self._curl(path, method, call, requests),
            answer=self._answer(call),
            refusals=tuple(self._refusals(call["responses"])),
        )

    def _bodies(self, content: Schema) -> Iterator[fields.Table]:
        schemas = self._document["components"]["schemas"]
        for media in content.values():
            if "$ref" not in media["schema"]:
                yield fields.table("", media["schema"])
                continue
            for name in fields.reached(media["schema"]["$ref"].removeprefix(REF), schemas):
                yield from fields.forms(name, schemas[name])

    def _examples(self, media: Schema) -> list[Example]:
        return [
            Example(each["summary"], _pretty(each["value"]))
            for each in map(self._followed, media.get("examples", {}).values())
        ]

    def _answer(self, call: Schema) -> str:
        [media, *_] = call["responses"]["200"]["content"].values()
        for example in map(self._followed, media.get("examples", {}).values()):
            value = example["value"]
            return _pretty(_short(value))
        return _pretty({"success": True}) if media else ""

    def _refusals(self, responses: Schema) -> Iterator[Refusal]:
        for status, response in responses.items():
            for media in self._followed(response)["content"].values() if status != "200" else ():
                for example in media["examples"].values():
                    [error] = example["value"]["errors"]
                    yield Refusal(
                        status, error["code"], example["summary"], example.get("x-sandbox", "")
                    )

    def _moments(self, hook: Schema) -> Iterator[Moment]:
        media = hook["requestBody"]["content"][WEBHOOK_CONTENT_TYPE]
        for example in map(self._followed, media["examples"].values()):
            changes = example["value"].get("changes")
            yield Moment(example["summary"], _pretty(changes) if changes else "")

    def _curl(self, path: str, method: str, call: Schema, requests: list[Example]) -> str:
        filled = path.replace("{code}", call.get("x-sandbox") or _ANY_ORDER)
        for parameter in call["parameters"]:
            choices = parameter.get("schema", {}).get("enum", ["…"])
            filled = filled.replace(f"{{{parameter.get('name')}}}", str(choices[0]))
        lines = [f"curl '{self._base_url}{filled}'"]
        if method != "get":
            lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}")
        if call["security"]:
            accepted = self._document["components"]["parameters"]["Accept"]["schema"]["enum"][0]
            lines += ['-H "Authorization: Bearer $TOKEN"', f"-H 'Accept: {accepted}'"]
        if requests:
            compact = json.dumps(json.loads(requests[0].text), ensure_ascii=False)
            lines += [f"-H 'Content-Type: {JSON_MEDIA_TYPE}'", f"-d '{compact}'"]
        elif "requestBody" in call:
            lines.append("-F 'invoice_file=@invoice.pdf'")
        return " \\\n  ".join(lines)

    def _followed(self, value: Schema) -> Schema:
        if "$ref" not in value:
            return value
        found: Any = self._document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)


def _short(page: Schema) -> Schema:
    """Without the documents a page is of: they are shown elsewhere."""
    return {key: ["…"] if key in _SHOWN_ELSEWHERE else each for key, each in page.items()}


def _query(call: Schema) -> fields.Table | None:
    """The parameters behind the path, as a table of fields."""
    found = {
        each["name"]: {**each["schema"], "description": each["description"]}
        for each in call["parameters"]
        if each.get("in") == "query"
    }
    return fields.table("", {"title": "Parameters", "properties": found}) if found else None


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
