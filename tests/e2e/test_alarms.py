"""The real program calls somebody, by the URL in its settings, and shows that URL to nobody."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession

from tests.support.http_sink import HttpSink
from tests.support.order_documents import event, order
from tests.support.ports import free_port
from tests.support.programs import Program

SECRET = "a-secret-of-sixteen-or-more"


async def test_an_order_on_hold_is_told_of_by_the_program_itself(tmp_path: Path) -> None:
    port = free_port()
    async with HttpSink() as sink, ClientSession() as session:
        settings = {
            "DATABASE": str(tmp_path / "merchant.db"),
            "PORT": str(port),
            "WEBHOOK_SECRET": SECRET,
            "API_URL": sink.url("").rstrip("/"),
            "API_TOKEN": "token",
            "ALARM_URLS": f"json://boss:hidden-word@127.0.0.1:{sink.port}/alarm",
            "ALARM_LANGUAGE": "en",
            "RECONCILE_CALLS": "0",
            "PRINT_FOLDER": str(tmp_path / "prints"),
            "DEVELOPMENT": "true",
        }
        environment = {f"SMARTCART_MERCHANT_{name}": value for name, value in settings.items()}
        program = Program(
            "merchant", environment, f"http://127.0.0.1:{port}", tmp_path / "merchant.log"
        )
        await program.start()
        try:
            await program.ready(session)
            await session.post(
                f"{program.url}/webhook/{SECRET}",
                data=event(order("A-1"), datetime.now(UTC), "new_order"),
                headers={"Content-Type": "application/json"},
            )
            async with asyncio.timeout(60):
                while not sink.requests:
                    await asyncio.sleep(0.05)
        finally:
            await program.stop()
    told = json.loads(sink.requests[0].body)
    assert told["title"] == "An order waits for you"
    assert told["message"] == "A-1 is on hold: the stock does not know 1001."
    assert "alarm: held/A-1" in program.log.read_text()
    assert "hidden-word" not in program.log.read_text()
    assert b"hidden-word" not in (tmp_path / "merchant.db").read_bytes()
