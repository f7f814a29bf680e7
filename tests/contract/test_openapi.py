"""The OpenAPI document: valid, true, and complete."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from smartcart.contract import parse_accept, parse_reject, parse_tracking
from smartcart.contract.errors import ContractError
from smartcart.contract.examples import example, names
from smartcart.contract.vocabulary import DEFAULT_USER_AGENT, DEFAULT_VENDOR, OrderState, Tag
from smartcart.marketplace import app
from smartcart.marketplace.api import admission
from smartcart.marketplace.api.errors import told
from smartcart.marketplace.api.table import OPERATIONS
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.reference.openapi import document
from smartcart.marketplace.sandbox.demo import codes
from tests.contract.conftest import Market
from tests.contract.refusals import Attempt, Refusal, call, provoked
from tests.support.market_server import Caller, settings
from tests.support.market_shop import Shop

Json = dict[str, Any]

OF_OPERATORS = ("/panel", "/healthz", "/readyz", "/docs", "/openapi.json")
OF_OPERATORS_ONLY = {
    RefusalCode.BODY,
    RefusalCode.CART,
    RefusalCode.ORDER,
    RefusalCode.MERCHANT,
}
in_module = pytest.mark.asyncio(loop_scope="module")
NOT_PROVOKED = (500, 503)
"""Told of by the same function; `test_api_errors` brings them about."""

DOCUMENT: Json = json.loads(json.dumps(document(DEFAULT_VENDOR, DEFAULT_USER_AGENT)))


def followed(value: Json) -> Json:
    found: Any = value
    while "$ref" in found:
        steps = found["$ref"].removeprefix("#/").split("/")
        found = DOCUMENT
        for step in steps:
            found = found[step]
    return dict(found)


def validator(schema: Json) -> Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def admits(name: str, value: object) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return bool(validator(schema).is_valid(value))


def media(where: str, node: object) -> Iterator[tuple[str, Json]]:
    """Everything in the document that has a schema and examples."""
    if isinstance(node, dict):
        if "schema" in node and "examples" in node:
            yield where, node
        for key, each in node.items():
            yield from media(f"{where}/{key}", each)
    elif isinstance(node, list):
        for n, each in enumerate(node):
            yield from media(f"{where}/{n}", each)


MEDIA = dict(media("", DOCUMENT))


def calls() -> Iterator[tuple[str, str, Json]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def documented(operation: Json) -> set[Refusal]:
    return {
        (operation["operationId"], int(status), error["code"], error["messages"][0])
        for status, response in operation["responses"].items()
        if status != "200"
        for content in followed(response)["content"].values()
        for each in content["examples"].values()
        for error in each["value"]["errors"]
    }


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.parametrize("where", MEDIA)
def test_every_example_is_an_example_of_its_schema(where: str) -> None:
    shown = MEDIA[where]
    assert shown["examples"]
    for each in shown["examples"].values():
        validator(shown["schema"]).validate(followed(each)["value"])


def test_every_order_and_event_of_the_examples_is_in_it() -> None:
    used = set(DOCUMENT["components"]["examples"])
    assert {*names("order_"), *names("event_"), *names("request_")} - used == set()


@pytest.mark.parametrize("name", names("order_"))
def test_what_is_written_always_is_required_and_the_rest_is_never_null(name: str) -> None:
    body = json.loads(example(name))
    for key in body["order"]:
        without = {k: v for k, v in body["order"].items() if k != key}
        required = key in DOCUMENT["components"]["schemas"]["Order"]["required"]
        assert admits("Order", without) is not required, key
        if not required:
            assert not admits("Order", {**without, key: None}), key


def test_lists_that_may_grow_name_what_is_known_and_admit_the_rest() -> None:
    order = json.loads(example("order_open"))["order"]
    state = DOCUMENT["components"]["schemas"]["Order"]["properties"]["state"]
    assert state["anyOf"][0]["enum"] == [each.value for each in OrderState]
    tags = DOCUMENT["components"]["schemas"]["LineItem"]["properties"]["tags"]
    assert tags["items"]["anyOf"][0]["enum"] == [each.value for each in Tag]
    assert admits("Order", {**order, "state": "lost"})
    assert not admits("Order", {**order, "state": 7})


READERS = {
    "AcceptRequest": parse_accept,
    "RejectRequest": parse_reject,
    "TrackingRequest": parse_tracking,
}
LINE = {"id": "a", "reason_id": 1}
PARCEL = {"courier": "acs", "tracking_code": "1"}
BODIES: list[tuple[str, object]] = [
    ("AcceptRequest", {"pickup_location": "a"}),
    ("AcceptRequest", {"pickup_location": 7, "pickup_window": "2", "number_of_parcels": "3"}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": None, "number_of_parcels": None}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": "", "number_of_parcels": ""}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": 2.0, "more": [1]}),
    ("AcceptRequest", {"pickup_window": 1}),
    ("AcceptRequest", {"pickup_location": None}),
    ("AcceptRequest", {"pickup_location": True}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": 1.5}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": "soon"}),
    ("AcceptRequest", {"pickup_location": "a", "pickup_window": " 1"}),
    ("AcceptRequest", {"pickup_location": "a", "number_of_parcels": [1]}),
    ("AcceptRequest", []),
    ("RejectRequest", {"line_items": [LINE]}),
    ("RejectRequest", {"line_items": [{**LINE, "reason_id": "1", "available_quantity": "0"}]}),
    ("RejectRequest", {"line_items": [LINE], "rejection_reason_other": None}),
    ("RejectRequest", {"line_items": [LINE], "rejection_reason_other": ""}),
    ("RejectRequest", {"rejection_reason_other": "a"}),
    ("RejectRequest", {"rejection_reason_other": 7}),
    ("RejectRequest", {"rejection_reason_other": "a", "line_items": []}),
    ("RejectRequest", {"rejection_reason_other": "a", "line_items": None, "more": 1}),
    ("RejectRequest", {"rejection_reason_other": "a", "line_items": [None]}),
    ("RejectRequest", {"line_items": [None, LINE]}),
    ("RejectRequest", {"line_items": [None]}),
    ("RejectRequest", {"line_items": [LINE, 7]}),
    ("RejectRequest", {"rejection_reason_other": "a", "line_items": [LINE]}),
    ("RejectRequest", {"rejection_reason_other": " "}),
    ("RejectRequest", {"line_items": []}),
    ("RejectRequest", {"line_items": [{"id": "a"}]}),
    ("RejectRequest", {"line_items": [{**LINE, "reason_id": None}]}),
    ("RejectRequest", {"line_items": {"0": LINE}}),
    ("RejectRequest", {}),
    ("TrackingRequest", {"tracking_details": [PARCEL, {**PARCEL, "tracking_code": 7}]}),
    ("TrackingRequest", {"tracking_details": [{"courier": "acs"}]}),
    ("TrackingRequest", {"tracking_details": [PARCEL, None]}),
    ("TrackingRequest", {"tracking_details": [None]}),
    ("TrackingRequest", {"tracking_details": []}),
    ("TrackingRequest", {"tracking_details": PARCEL}),
    ("TrackingRequest", {}),
]


@pytest.mark.parametrize(("name", "body"), BODIES)
def test_bodies_are_admitted_just_as_the_server_reads_them(name: str, body: object) -> None:
    try:
        READERS[name](json.dumps(body).encode())
        read = True
    except ContractError:
        read = False
    assert admits(name, body) is read


def test_its_names_are_settings() -> None:
    named = document("agora", "Agora v1")
    accept = named["components"]["parameters"]["Accept"]["schema"]
    assert accept == {"enum": ["application/vnd.agora+json; version=3.0"]}
    for hook in named["webhooks"].values():
        assert hook["post"]["parameters"][0]["schema"] == {"const": "Agora v1"}
    assert "skroutz+json" not in json.dumps(named)


def test_every_refusal_there_is_can_befall_a_call_but_the_operators_own() -> None:
    refusals = (each.error for operation in OPERATIONS for each in operation.refusals)
    anywhere = (admission.unauthorized(), admission.not_acceptable(""), admission.tool_off())
    found = {each.code for each in (*refusals, *anywhere) if isinstance(each, Refused)}
    assert found == set(RefusalCode) - OF_OPERATORS_ONLY


def test_every_demo_order_is_told_of() -> None:
    assert sorted(DOCUMENT["x-sandbox"]) == list(codes())


@in_module
async def test_every_public_route_is_described_and_nothing_else(market: Market) -> None:
    program = app.web(settings("sqlite://"), market.database)
    routes = {
        (route.path, method)
        for route in program.routes
        if isinstance(route, Route) and not route.path.startswith(OF_OPERATORS)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(path, method) for path, method, _ in calls()} == routes


@in_module
async def test_it_is_served_to_anybody(market: Market) -> None:
    async with Caller(market.url, "") as anybody:
        answer = await anybody.get("/openapi.json", {})
    assert (answer.status, answer.json) == (200, DOCUMENT)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.filterwarnings("ignore:Sending a large body")  # of 7 MB, by the test's own client
@in_module
async def test_every_refusal_is_documented_word_for_word(market: Market) -> None:
    """And none is that does not happen."""
    ours = {each.name for each in OPERATIONS}
    all_told = {each for _, _, operation in calls() for each in documented(operation)}
    expected = {each for each in all_told if each[0] in ours and each[1] not in NOT_PROVOKED}
    assert await provoked(market) == expected


@in_module
async def test_demo_orders_show_what_they_are_said_to_show(shop: Shop) -> None:
    for operation in OPERATIONS:
        if operation.tried_on:
            assert (await call(Attempt(shop, operation, operation.tried_on))).status == 200
        for each in operation.refusals:
            if each.shown_by:
                answer = await call(Attempt(shop, operation, each.shown_by))
                assert answer.refusal == told(each.error), (operation.name, each.shown_by)
