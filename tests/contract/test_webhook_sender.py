"""Who the webhook says it is (contract §5)."""

from pathlib import Path

from tests.support.http_sink import HttpSink
from tests.support.market_server import running, settings
from tests.support.marketplace import (
    a_merchant,
    add_merchant,
    eventually,
    opened,
    place,
    sqlite_url,
)
from tests.support.proving import proves


@proves("webhook.user-agent-setting")
async def test_the_senders_name_is_a_setting(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    async with HttpSink() as sink, opened(url) as database:
        await add_merchant(database, a_merchant(webhook_url=sink.url("/hook")))
        await place(database)

        async def received() -> bool:
            return bool(sink.requests)

        async with running(settings(url, user_agent="Agora OrderNotifier v2")):
            await eventually(received)
        assert sink.requests[0].headers["user-agent"] == "Agora OrderNotifier v2"
