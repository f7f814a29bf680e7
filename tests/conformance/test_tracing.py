"""Spans of a marketplace that runs: from the call, over the commit, to the delivery."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import urlopen

import opentelemetry.trace
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from smartcart.contract import encode
from smartcart.kit.database import Database
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, VENDOR_TYPE, Caller, running, settings
from tests.support.marketplace import (
    CUSTOMER,
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    eventually,
    place,
)
from tests.support.ports import free_port

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def database(market_url: str) -> AsyncIterator[Database]:
    async with emptied(market_url) as opened_database:
        yield opened_database


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where spans go, as somebody configured who runs the program; for this test alone."""
    exporting, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporting))
    monkeypatch.setattr(opentelemetry.trace, "_TRACER_PROVIDER", provider)
    yield exporting
    provider.shutdown()


class Spans:
    """What was exported, by name."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self.all = exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all if span.name == name]

    def below(self, parent: ReadableSpan) -> list[ReadableSpan]:
        context = parent.get_span_context()
        return [span for span in self.all if context and span.parent == context]


def attributes(span: ReadableSpan, *names: str) -> dict[str, object]:
    return {name: (span.attributes or {}).get(name) for name in names}


async def test_a_call_its_commit_and_its_deliveries_are_found_by_order_and_entry(
    market_url: str, database: Database, exporter: InMemorySpanExporter
) -> None:
    async with HttpSink() as sink:
        token = await add_merchant(database, a_merchant(webhook_url=sink.url("/webhook/s3cr3t")))
        async with running(settings(market_url)) as url, Caller(url, token) as shop:
            order = await place(database)
            await eventually(lambda: _received(sink, 1))
            sink.answer(Reply(503), Reply(200))
            headers = {
                "Authorization": f"Bearer {token}", "Accept": VENDOR_TYPE, "traceparent": CALLER,
            }  # fmt: skip
            body = encode(acceptance_of(order))
            path = f"{ORDERS}/{order.code}/accept"
            assert (await shop.call("POST", path, body, headers)).status == 200
            await eventually(lambda: _received(sink, 4))
    spans = Spans(exporter)
    [call] = spans.named(f"POST {ORDERS}/{{code}}/accept")
    assert call.parent is None
    assert [format(link.context.trace_id, "032x") for link in call.links] == [CALLER[3:35]]
    assert attributes(
        call, "http.route", "http.response.status_code", "smartcart.operation",
        "smartcart.merchant", "smartcart.order",
    ) == {
        "http.route": f"{ORDERS}/{{code}}/accept",
        "http.response.status_code": 200,
        "smartcart.operation": "accept_order",
        "smartcart.merchant": "kyma",
        "smartcart.order": order.code,
    }  # fmt: skip
    [commit] = spans.below(call)
    entry = f"webhook/{order.code}/2"
    assert commit.name == "commit"
    assert entry in _entries(commit)
    tried = [
        span
        for span in spans.named("webhook webhook")
        if attributes(span, "smartcart.entry") == {"smartcart.entry": entry}
    ]
    assert [
        attributes(span, "smartcart.attempt", "error.type", "smartcart.lane") for span in tried
    ] == [
        {"smartcart.attempt": "1", "error.type": "5xx", "smartcart.lane": "kyma"},
        {"smartcart.attempt": "2", "error.type": None, "smartcart.lane": "kyma"},
    ]
    assert [span.status.is_ok for span in tried] == [False, True]
    [voucher] = spans.named("work voucher")
    assert _entries(voucher) == [f"webhook/{order.code}/3"]
    everything = "".join(span.to_json() for span in spans.all)
    for hidden in (token, "s3cr3t", CUSTOMER.first_name, CUSTOMER.last_name):
        assert hidden not in everything


async def test_a_path_of_no_route_is_not_told(
    market_url: str, database: Database, exporter: InMemorySpanExporter
) -> None:
    token = await add_merchant(database)
    async with running(settings(market_url)) as url, Caller(url, token) as shop:
        assert (await shop.get("/guessed-s3cr3t")).status == 404
    [span] = Spans(exporter).named("GET")
    assert attributes(span, "http.route", "http.response.status_code") == {
        "http.route": None,
        "http.response.status_code": 404,
    }
    assert "s3cr3t" not in span.to_json()


def test_the_standard_variables_say_where_spans_go(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SMARTCART_")},
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "our-marketplace",
    }
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    program = Path(sys.executable).with_name("smartcart")
    process = subprocess.Popen(
        [instrument, program, "marketplace", "run", "--port", str(port)],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while "Ctrl-C stops it" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.2)
        _ask(port)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert '"name": "GET /healthz"' in told
    assert '"service.name": "our-marketplace"' in told


def _ask(port: int) -> None:
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200


def _entries(span: ReadableSpan) -> list[object]:
    found = (span.attributes or {})["smartcart.entries"]
    assert isinstance(found, tuple)
    return list(found)


async def _received(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) >= count
