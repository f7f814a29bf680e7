"""`smartcart merchant forget`: on request, at once or as soon as the order is finished."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from smartcart import outbox
from smartcart.kit.database import open_database
from smartcart.merchant.actions import work
from smartcart.merchant.actions.receiving import receive
from smartcart.merchant.actions.thinking import Thinking
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.storage import MIGRATIONS
from smartcart.outbox import Worker
from tests.support.commands import Shell
from tests.support.order_documents import Json, order
from tests.support.searching import kept
from tests.support.shop import LIMITS

CODE = "260501-0000001"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


def told(database: Path, document: Json, kind: str = "order_updated") -> None:
    asyncio.run(_told(database, document, kind))


async def _told(path: Path, document: Json, kind: str) -> None:
    database = await open_database(str(path), MIGRATIONS)
    body = {"event_type": kind, "event_time": "2026-05-01T10:00:00+03:00", "order": document}
    await receive(database, json.dumps(body, ensure_ascii=False).encode())
    thinking = Thinking(database, Policy())
    stop = asyncio.Event()
    worker = Worker(database, work.EVENTS, {work.EVENT: thinking.think}, LIMITS)
    working = asyncio.create_task(worker.run(stop))
    while await outbox.is_pending(database, work.events_of(str(document["code"]))):
        await asyncio.sleep(0.01)
    stop.set()
    await working
    await database.close()


def names(database: Path) -> dict[str, set[str]]:
    return asyncio.run(kept(str(database), ["Παπαδάκη"]))


def words(database: Path) -> tuple[str, ...]:
    folder = str(database.parent / "prints")
    return ("merchant", "forget", CODE, "--database", str(database), "--print-folder", folder)


def test_a_finished_order_is_forgotten_at_once(database: Path) -> None:
    told(database, order(CODE, state="cancelled"))
    assert names(database) == {"Παπαδάκη": {"document.body"}}
    shown = Shell(database.parent).ok(*words(database))
    assert f"Nothing that tells who ordered {CODE} is kept any more." in shown
    assert names(database) == {}


def test_one_that_is_not_finished_is_asked_for(database: Path) -> None:
    told(database, order(CODE))
    shown = Shell(database.parent).ok(*words(database))
    assert f"{CODE} is not finished. The running shop removes" in shown
    assert names(database) == {"Παπαδάκη": {"document.body"}}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select code, forget from shop_order").fetchall() == [(CODE, 1)]


def test_events_of_an_order_that_was_never_made_are_emptied(database: Path) -> None:
    told(database, order(CODE), "unheard_of")
    assert names(database) == {"Παπαδάκη": {"document.body"}}
    assert "of which there is no order" in Shell(database.parent).ok(*words(database))
    assert names(database) == {}


def test_one_that_is_not_known_is_told(database: Path) -> None:
    told(database, order("another"))
    assert f"There is no order '{CODE}'" in Shell(database.parent).told(*words(database))
    assert names(database) == {"Παπαδάκη": {"document.body"}}


def test_the_settings_say_where_things_are(database: Path) -> None:
    told(database, order(CODE, state="cancelled"))
    environment = {
        "SMARTCART_MERCHANT_DATABASE": str(database),
        "SMARTCART_MERCHANT_WEBHOOK_SECRET": "not-to-be-guessed",
        "SMARTCART_MERCHANT_API_TOKEN": "token",
    }
    Shell(database.parent).ok("merchant", "forget", CODE, **environment)
    assert names(database) == {}
