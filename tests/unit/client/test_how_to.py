"""The examples of docs/how-to/client.md, run as they stand against a server on loopback."""

import asyncio
import sys
from pathlib import Path

import pytest

import smartcart.client
from scripts.docs.markdown import Document
from smartcart.client import OrdersApiError
from tests.support.http_sink import HttpSink, Reply, json_reply
from tests.unit.client.calls import SUCCESS

PAGE = Path(__file__).parents[3] / "docs/how-to/client.md"
BASE = "/merchants/ecommerce/orders/"
OPEN = (
    b'{"order":{"code":"DEMO-OPEN","state":"open","accept_options":{"number_of_parcels":[1],'
    b'"pickup_location":[{"id":"l1","label":"Athens"}],"pickup_window":[{"id":7,"label":"x"}]}}}'
)
REJECTED = b'{"order":{"code":"C-1","state":"rejected"}}'
REFUSAL = b'{"errors":[{"code":"order_status","messages":["Order already rejected."]}]}'


async def run(example: int, sink: HttpSink, folder: Path) -> str:
    """What the page's `example` prints. It must end well."""
    block = [block.text for block in Document.read(PAGE).examples()][example]
    code = block.replace("https://api.example.com", sink.url(""))
    assert code != block
    program = folder / "example.py"
    program.write_text(code, encoding="utf-8")
    (folder / "invoice.pdf").write_bytes(b"%PDF-1.7")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        program.name,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_an_order_is_accepted(sink: HttpSink, tmp_path: Path) -> None:
    sink.answer(json_reply(200, OPEN), path=f"{BASE}DEMO-OPEN")
    sink.answer(SUCCESS, path=f"{BASE}DEMO-OPEN/accept")
    assert await run(0, sink, tmp_path) == ""
    assert [(request.method, request.path) for request in sink.requests] == [
        ("GET", f"{BASE}DEMO-OPEN"),
        ("POST", f"{BASE}DEMO-OPEN/accept"),
    ]
    assert sink.bodies[1] == b'{"pickup_location":"l1","pickup_window":7,"number_of_parcels":1}'


@pytest.mark.parametrize(
    ("answer", "printed"),
    [
        (SUCCESS, ""),
        (
            json_reply(422, REFUSAL, {"X-Request-Id": "r-1"}),
            "order_status ('Order already rejected.',) r-1\n",
        ),
        (Reply(503, headers={"Retry-After": "70"}), "not carried out; try in 70.0\n"),
        (Reply(500), "carried out? rejected\n"),
    ],
    ids=["done", "refused", "unavailable", "lost"],
)
async def test_every_call_and_every_end(
    sink: HttpSink, tmp_path: Path, answer: Reply, printed: str
) -> None:
    sink.answer(SUCCESS)
    sink.answer(json_reply(200, REJECTED), path=f"{BASE}C-1")
    sink.answer(answer, path=f"{BASE}C-1/reject")
    assert await run(1, sink, tmp_path) == printed
    ends = [request.path.removeprefix(BASE) for request in sink.requests]
    assert [end for end in ends if end != "C-1"] == [
        "C-1/reject",
        "C-2/reject",
        "C-3/invoices",
        "C-3/set_as_ready",
        "C-3/set_as_not_ready",
        "C-4/tracking_details",
        "DEMO-OPEN/trigger_webhook_request/creation",
    ]


def test_there_is_an_example_for_each_of_these_tests() -> None:
    assert [block.language for block in Document.read(PAGE).examples()] == ["python"] * 2


def test_every_exception_is_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    exported = [getattr(smartcart.client, name) for name in smartcart.client.__all__]
    errors = [it for it in exported if isinstance(it, type) and issubclass(it, OrdersApiError)]
    assert len(errors) == 15
    assert [error.__name__ for error in errors if f"`{error.__name__}`" not in page] == []


def test_the_public_names_are_sorted_and_there() -> None:
    names = smartcart.client.__all__
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not hasattr(smartcart.client, name)] == []
