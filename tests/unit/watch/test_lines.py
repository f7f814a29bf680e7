"""The log of a marketplace that fails: every line says where it belongs, none says too much."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smartcart.contract import encode
from smartcart.kit.logging import set_up_logging
from smartcart.marketplace.app import SECRET_PATHS
from tests.support.http_sink import HttpSink, Reply
from tests.support.market_server import ORDERS, Caller, running, settings
from tests.support.marketplace import (
    CUSTOMER,
    a_merchant,
    acceptance_of,
    add_merchant,
    emptied,
    eventually,
    place,
    sqlite_url,
)


def break_commits(folder: Path) -> None:
    """No history can be written any more: what no call expects, and only its commit finds out."""
    with closing(sqlite3.connect(folder / "marketplace.db")) as other:
        other.execute("alter table journal rename to gone")


class Log(io.StringIO):
    def lines(self, message: str) -> list[dict[str, object]]:
        """Those that begin with `message`."""
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in found if line["message"].startswith(message)]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = Log()
    set_up_logging("json", secret_paths=SECRET_PATHS, stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


async def test_what_is_given_up_and_what_fails_is_told_with_its_place(
    tmp_path: Path, log: Log
) -> None:
    url = sqlite_url(tmp_path)
    async with emptied(url) as database, HttpSink() as sink:
        sink.answer(Reply(500, b"no such phone=6971234567 of Kallergi"))
        token = await add_merchant(database, a_merchant(webhook_url=sink.url("/webhook/s3cr3t")))
        async with running(settings(url)) as base, Caller(base, token) as shop:
            order = await place(database)
            [given_up] = await eventually(lambda: _given_up(log))
            break_commits(tmp_path)
            body = encode(acceptance_of(order))
            failed = await shop.post(f"{ORDERS}/{order.code}/accept", body)
    assert failed.status == 500
    [failure] = log.lines("request ")
    assert (
        given_up.items()
        >= {
            "queue": "webhook",
            "lane": "kyma",
            "entry": f"webhook/{order.code}/1",
            "attempt": 4,
        }.items()
    )
    assert (
        failure.items()
        >= {
            "request": failed.headers["x-request-id"],
            "merchant": "kyma",
            "order": order.code,
        }.items()
    )
    for hidden in (
        token, "s3cr3t", "697123", "Kallergi", CUSTOMER.first_name, CUSTOMER.last_name,
    ):  # fmt: skip
        assert hidden not in log.getvalue()


async def _given_up(log: Log) -> list[dict[str, object]]:
    return log.lines("given up")
