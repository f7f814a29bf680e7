"""The dashboard asks for figures that a running marketplace has, by labels that they have."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from smartcart.contract import WebhookStanding, encode
from smartcart.watch.webhook import Webhook
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, Caller, running, settings
from tests.support.marketplace import (
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    eventually,
    place,
    sqlite_url,
)
from tests.support.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = DOCS / "grafana" / "smartcart.json"
HOW_TO = DOCS / "how-to" / "watch.md"
NAME = re.compile(r"\b(?:smartcart|process)_\w+")
SELECTED = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
PROMETHEUS_OWN = {"instance", "job"}

Labels = dict[str, set[str]]


def queries() -> list[tuple[str, str]]:
    """Each query of the dashboard, and what its lines are called."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [
        (target["expr"], target["legendFormat"])
        for panel in panels
        for target in panel.get("targets", ())
    ]


@pytest.fixture
async def exported(tmp_path: Path) -> Labels:
    """What a marketplace exports that has delivered, failed and answered: labels by figure."""
    port, url = free_port(), sqlite_url(tmp_path)
    async with emptied(url) as database, HttpSink() as sink:
        sink.answer(Reply(500), Reply(200))
        token = await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        async with running(settings(url, watch_port=port)) as base, Caller(base, token) as shop:
            order = await place(database)
            await shop.post(f"{ORDERS}/{order.code}/accept", encode(acceptance_of(order)))
            await eventually(lambda: _received(sink, 4))
            async with Caller(f"http://127.0.0.1:{port}", "") as prometheus:
                text = (await prometheus.get("/metrics", {})).body.decode()
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def _received(sink: HttpSink, count: int) -> bool:
    return len(sink.requests) >= count


def test_every_figure_and_label_that_is_asked_for_is_there(exported: Labels) -> None:
    asked = [
        (name, _labels(query, legend))
        for query, legend in queries()
        for name in NAME.findall(query)
    ]
    assert {name for name, _ in asked} - exported.keys() == set()
    unknown = {name: labels - exported[name] - PROMETHEUS_OWN for name, labels in asked}
    assert {name: labels for name, labels in unknown.items() if labels} == {}


def test_every_figure_of_ours_is_on_the_dashboard(exported: Labels) -> None:
    asked = {name for query, _ in queries() for name in NAME.findall(query)}
    families = {_family(name) for name in exported if name.startswith("smartcart_")}
    assert families == {_family(name) for name in asked if name.startswith("smartcart_")}


def test_the_how_to_names_them_all_and_no_others(exported: Labels) -> None:
    told = set(re.findall(r"\bsmartcart_\w+", HOW_TO.read_text(encoding="utf-8")))
    ours = {name for name in exported if name.startswith("smartcart_")}
    assert {_family(name) for name in told} == {_family(name) for name in ours} | _of_a_shop_alone()


def _of_a_shop_alone() -> set[str]:
    """What a marketplace has not: how its webhook fares, as it was told."""
    webhook = Webhook()
    webhook.told(WebhookStanding(url="", enabled=True, waiting=0, exhausted=0, attempts=()))
    return {family.name for family in webhook.collect()}


def _labels(query: str, legend: str) -> set[str]:
    grouped = {label.strip() for labels in GROUPED.findall(query) for label in labels.split(",")}
    return grouped | set(SELECTED.findall(query)) | set(re.findall(r"{{(\w+)}}", legend))


def _family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum|created|total)$", "", name)
