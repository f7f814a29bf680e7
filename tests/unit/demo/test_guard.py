"""Who may talk to the page."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

from smartcart.demo.page.guard import FORM, Guard

HERE = "127.0.0.1:8080"
GUARDED = Guard(PlainTextResponse("in"), 8080)
FROM_THE_PAGE = {"host": HERE, "origin": f"http://{HERE}", "content-type": FORM}


async def _status(method: str, headers: dict[str, str]) -> int:
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await GUARDED(scope, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("host", [HERE, "localhost:8080", "LOCALHOST:8080"])
async def test_the_page_is_read_under_this_machines_names(host: str) -> None:
    assert await _status("GET", {"host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8080.evil.example",
        "localhost.evil.example:8080",
        "0.0.0.0:8080",
        "",
    ],
)
async def test_other_names_are_refused(host: str) -> None:
    assert await _status("GET", {"host": host}) == 403
    assert await _status("POST", FROM_THE_PAGE | {"host": host}) == 403


async def test_no_name_at_all_is_refused() -> None:
    assert await _status("GET", {}) == 403


async def test_the_page_may_send_its_forms() -> None:
    assert await _status("POST", FROM_THE_PAGE) == 200
    assert await _status("POST", FROM_THE_PAGE | {"content-type": f"{FORM}; charset=utf-8"}) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        f"https://{HERE}",
        "http://127.0.0.1:81",
        "http://localhost:8080",
    ],
)
async def test_other_origins_are_refused_also_for_reading(origin: str) -> None:
    assert await _status("POST", FROM_THE_PAGE | {"origin": origin}) == 403
    assert await _status("GET", {"host": HERE, "origin": origin}) == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_what_changes_something_says_where_it_is_from(method: str) -> None:
    assert await _status(method, {"host": HERE, "content-type": FORM}) == 403


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "multipart/form-data"]
)
async def test_only_forms_are_taken(content_type: str) -> None:
    assert await _status("POST", FROM_THE_PAGE | {"content-type": content_type}) == 415
