"""docs/grafana/smartcart.json: the figures of a running program as a Grafana dashboard."""

import json
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

_COLUMNS, _WIDTH, _HEIGHT = 3, 8, 8
_SOURCE = {"type": "prometheus", "uid": "${source}"}


class Panel(NamedTuple):
    """A chart: what it shows, in which unit, and its queries by what their lines are called.

    In a query, `[..]` stands for the time that a rate is taken over.
    """

    title: str
    meaning: str
    unit: str
    queries: dict[str, str]


def _quantiles(histogram: str, by: str = "", of: str = "") -> dict[str, str]:
    labels = f", {by}" if by else ""
    name = f" {{{{{by}}}}}" if by else ""
    return {
        f"p{quantile}{name}": f"histogram_quantile(0.{quantile}, sum by (le{labels}) "
        f"(rate({histogram}_bucket{of}[..])))"
        for quantile in (50, 99)
    }


ROWS: dict[str, tuple[Panel, ...]] = {
    "The Webhook": (
        Panel(
            "Commit to 200",
            "From the commit of an event to the merchant's 200, retries included.",
            "s",
            _quantiles("smartcart_outbox_delivery_seconds", of='{queue="webhook"}'),
        ),
        Panel(
            "Attempts by outcome",
            "`failed` is tried again, `exhausted` is not.",
            "reqps",
            {
                "{{outcome}}": "sum by (outcome) "
                '(rate(smartcart_outbox_attempts_total{queue="webhook"}[..]))'
            },
        ),
        Panel(
            "Errors by class",
            "What attempts failed of: statuses by their class, or the kind of failure.",
            "reqps",
            {
                "{{error}}": "sum by (error) (rate(smartcart_outbox_attempts_total"
                '{queue="webhook",outcome!="delivered"}[..]))'
            },
        ),
        Panel(
            "Merchants by how late they are",
            "Merchants with events, by the seconds that their oldest has been due, at least; -1: "
            "not due, being sent or waiting to be tried again.",
            "short",
            {"{{late}}": 'max by (late) (smartcart_outbox_lanes{queue="webhook"})'},
        ),
        Panel(
            "Merchants whose endpoint fails",
            "After five failures in a row, until an event is delivered.",
            "short",
            {"failing": 'max(smartcart_outbox_failing_lanes{queue="webhook"})'},
        ),
    ),
    "The outbox": (
        Panel(
            "Age of the oldest due entry",
            "Rises when senders are too few or dead. A merchant's retries are not due meanwhile.",
            "s",
            {"{{queue}}": "max by (queue) (smartcart_outbox_oldest_due_seconds)"},
        ),
        Panel(
            "Entries that wait",
            "Not settled; the same in every process, hence the maximum.",
            "short",
            {"{{queue}}": "max by (queue) (smartcart_outbox_entries)"},
        ),
        Panel(
            "Attempts in flight",
            "Over all processes.",
            "short",
            {"{{queue}}": "sum by (queue) (smartcart_outbox_in_flight)"},
        ),
        Panel(
            "How long an attempt takes",
            "A request to a merchant, a voucher, a reprocessed order.",
            "s",
            _quantiles("smartcart_outbox_attempt_seconds", "queue"),
        ),
        Panel(
            "Leases that expired",
            "Attempts lost with their worker, and made again by another.",
            "short",
            {"{{queue}}": "sum by (queue) (increase(smartcart_outbox_leases_expired_total[..]))"},
        ),
        Panel(
            "Figures that could not be looked up",
            "1: the database did not tell in time what waits.",
            "short",
            {"{{instance}}": "1 - smartcart_outbox_up"},
        ),
    ),
    "Requests": (
        Panel(
            "Requests by operation",
            "`none`: a path that nobody knows.",
            "reqps",
            {
                "{{operation}}": "sum by (operation) "
                "(rate(smartcart_http_request_seconds_count[..]))"
            },
        ),
        Panel(
            "Requests by status",
            "",
            "reqps",
            {"{{status}}": "sum by (status) (rate(smartcart_http_request_seconds_count[..]))"},
        ),
        Panel(
            "How long an answer takes",
            "",
            "s",
            _quantiles("smartcart_http_request_seconds", "operation"),
        ),
    ),
    "The database": (
        Panel(
            "Write sets that wait",
            "By process; at 4,096 more are refused with a 503.",
            "short",
            {"{{instance}}": "smartcart_database_queued"},
        ),
        Panel(
            "Write sets in a transaction",
            "The mean; it grows with the load.",
            "short",
            {
                "{{instance}}": "rate(smartcart_database_group_size_sum[..]) / "
                "rate(smartcart_database_group_size_count[..])"
            },
        ),
        Panel(
            "Write sets by how they ended",
            "A `Conflict` is decided anew; the others are trouble.",
            "reqps",
            {"{{outcome}}": "sum by (outcome) (rate(smartcart_database_write_sets_total[..]))"},
        ),
    ),
    "Processes": (
        Panel(
            "Lag of the event loop",
            "The slowest hundredth of four looks a second.",
            "s",
            {
                "{{instance}}": "histogram_quantile(0.99, sum by (le, instance) "
                "(rate(smartcart_loop_lag_seconds_bucket[..])))"
            },
        ),
        Panel("Memory", "", "bytes", {"{{instance}}": "process_resident_memory_bytes"}),
        Panel(
            "Processor",
            "1: one core.",
            "short",
            {"{{instance}}": "rate(process_cpu_seconds_total[..])"},
        ),
        Panel(
            "Versions",
            "Processes by release.",
            "short",
            {"{{half}} {{version}}": "count by (half, version) (smartcart_build_info)"},
        ),
    ),
}


def dashboard() -> str:
    """The dashboard in JSON, to be imported."""
    document = {
        "uid": "smartcart",
        "title": "smartcart",
        "description": "Written by `make docs` from scripts/docs/dashboard.py.",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": list(_placed()),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _placed() -> Iterator[dict[str, object]]:
    numbers, y = count(1), 0
    for title, panels in ROWS.items():
        place = {"h": 1, "w": _COLUMNS * _WIDTH, "x": 0, "y": y}
        yield {"id": next(numbers), "type": "row", "title": title, "gridPos": place}
        for number, panel in enumerate(panels):
            row, column = divmod(number, _COLUMNS)
            place = {
                "h": _HEIGHT, "w": _WIDTH, "x": column * _WIDTH, "y": y + 1 + row * _HEIGHT
            }  # fmt: skip
            yield {"id": next(numbers), "gridPos": place, **_chart(panel)}
        y += 1 + -(-len(panels) // _COLUMNS) * _HEIGHT


def _chart(panel: Panel) -> dict[str, object]:
    targets = [
        {
            "refId": chr(ord("A") + number),
            "datasource": _SOURCE,
            "expr": query.replace("[..]", "[$__rate_interval]"),
            "legendFormat": name,
        }
        for number, (name, query) in enumerate(panel.queries.items())
    ]
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }
