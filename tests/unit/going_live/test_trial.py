"""What a trial does not do: listen where another listens, or lose what comes meanwhile."""

from pathlib import Path

import msgspec
from aiohttp import ClientSession

from smartcart.going_live.trial import TRIGGERS, Trial
from smartcart.kit.clock import utc_now
from smartcart.kit.database import open_database
from smartcart.kit.settings import Secret
from smartcart.merchant.actions import work
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS, inbox
from tests.support.http_sink import HttpSink, json_reply
from tests.support.order_documents import event, order
from tests.support.ports import free_port

SECRET = "a-secret-of-sixteen-or-more"
JSON = {"Content-Type": "application/json"}


def a_shop(folder: Path, sink: HttpSink, port: int) -> MerchantSettings:
    return MerchantSettings(
        database=str(folder / "shop.db"),
        port=port,
        webhook_secret=Secret(SECRET),
        api_url=sink.url("").rstrip("/"),
        api_token=Secret("t"),
        development=True,
    )


async def test_where_another_program_listens_nothing_is_asked_for(tmp_path: Path) -> None:
    async with HttpSink() as sink:
        [found] = [each async for each in Trial(a_shop(tmp_path, sink, sink.port), 1).run()]
    assert (found.level, found.saw.startswith("another program listens")) == ("bad", True)
    assert [request.method for request in sink.requests] == ["POST"]
    assert sink.requests[0].path == f"/webhook/{SECRET}"


async def test_an_order_that_comes_meanwhile_is_kept_for_the_shop(tmp_path: Path) -> None:
    async with HttpSink() as sink, ClientSession() as session:
        sink.answer(json_reply(200, b'{"success":true}'))
        shop = a_shop(tmp_path, sink, free_port())
        levels = []
        async for found in Trial(shop, 1).run():
            levels.append(found.level)
            if len(levels) == 1:
                url = f"http://127.0.0.1:{shop.port}/webhook/{SECRET}"
                body = event(order("A-1"), utc_now(), "new_order")
                async with session.post(url, data=body, headers=JSON) as answer:
                    assert answer.status == 200
        assert levels == ["ok", "bad"]
        asked = [request.path.rpartition("/")[2] for request in sink.requests]
        assert asked == [trigger.value for trigger in TRIGGERS]
    database = await open_database(shop.database, MIGRATIONS)
    kept = await inbox.of_order(database, work.events_of("A-1"), 10)
    await database.close()
    assert [msgspec.json.decode(each.body)["order"]["code"] for each in kept] == ["A-1"]
