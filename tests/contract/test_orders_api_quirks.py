"""Clients seen in the wild (contract §2): the valid ones are answered, none gets a 5xx."""

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
import pytest

from smartcart.contract import OrderState, encode
from smartcart.marketplace.domain.order import Order
from tests.support.market_server import ORDERS
from tests.support.market_shop import SUCCESS, Shop
from tests.support.marketplace import acceptance_of
from tests.support.proving import proves

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = b"pickup_location=Sa1bTc2dUe&pickup_window=1"
ANSWERS: dict[str, Callable[[Order], bytes]] = {
    "": lambda _order: b"",
    "/accept": lambda order: encode(acceptance_of(order)),
    "/reject": lambda _order: '{"rejection_reason_other": "όχι"}'.encode(),
}
"""A body that does, for each call."""
BROKEN_MULTIPART = b'--x\r\nContent-Disposition: form-data; name="invoice_file"\r\n\r\n'


async def raw(shop: Shop, request: str, body: bytes = b"") -> bytes:
    """Send these lines, a line each, and read the answer to its end."""
    parts = urlsplit(shop.caller.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = request.strip().replace("TOKEN", shop.token).splitlines()
    head = "\r\n".join(line.strip() for line in lines)
    writer.write(f"{head}\r\nHost: market\r\nConnection: close\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@proves("quirk.no-user-agent")
@pytest.mark.parametrize("call", ["", "/accept", "/reject"])
async def test_no_user_agent_at_all(shop: Shop, call: str) -> None:
    order = await shop.ordered()
    body = ANSWERS[call](order)
    answer = await raw(
        shop,
        f"""{"POST" if call else "GET"} {ORDERS}/{order.code}{call} HTTP/1.1
            Authorization: Bearer TOKEN
            Accept: application/vnd.skroutz+json; version=3.0
            Content-Length: {len(body)}""",
        body,
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(SUCCESS if call else b"}}")


@proves("quirk.content-type-on-get")
@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"junk"])
async def test_a_content_type_and_a_body_on_get(shop: Shop, body: bytes) -> None:
    order = await shop.ordered()
    answer = await raw(
        shop,
        f"""GET {ORDERS}/{order.code} HTTP/1.1
            Authorization: Bearer TOKEN
            Accept: application/vnd.skroutz+json; version=3.0
            Content-Type: application/json
            Content-Length: {len(body)}""",
        body,
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")


async def test_a_client_of_http_1_0(shop: Shop) -> None:
    order = await shop.ordered()
    answer = await raw(
        shop,
        f"""GET {ORDERS}/{order.code} HTTP/1.0
            Authorization: Bearer TOKEN
            Accept: application/vnd.skroutz+json; version=3.0""",
    )
    assert b" 200 OK" in answer.splitlines()[0]


@proves("quirk.key-order")
@pytest.mark.parametrize(
    "write",
    [
        lambda o: {"pickup_window": "1", "number_of_parcels": "2", "pickup_location": o},
        lambda o: {"number_of_parcels": 2, "pickup_location": o, "pickup_window": 1},
        lambda o: {"number_of_parcels": 2.0, "pickup_location": o, "pickup_window": "1"},
        lambda o: {"pickup_location": o, "pickup_window": 1, "number_of_parcels": "2", "x": [1]},
    ],
    ids=["strings", "any order", "a float", "unknown keys"],
)
async def test_integers_as_strings_and_keys_in_any_order(shop: Shop, write: object) -> None:
    order = await shop.ordered()
    assert callable(write)
    answer = await shop.accept(order, write(order.locations[0].id))
    assert (answer.status, answer.body) == (200, SUCCESS)
    acceptance = (await shop.kept(order)).acceptance
    assert acceptance is not None
    assert (acceptance.window, acceptance.parcels) == (order.windows[0], 2)


@proves("quirk.window-string-or-integer", "quirk.parcels-string-or-integer")
@pytest.mark.parametrize("window", [2, "2"])
@pytest.mark.parametrize("parcels", [3, "3"])
async def test_window_and_parcels_each_as_a_string_or_an_integer(
    shop: Shop, window: object, parcels: object
) -> None:
    order = await shop.ordered()
    location = order.locations[0].id
    body = {"pickup_location": location, "pickup_window": window, "number_of_parcels": parcels}
    assert (await shop.accept(order, body)).body == SUCCESS
    acceptance = (await shop.kept(order)).acceptance
    assert acceptance is not None
    assert (acceptance.window, acceptance.parcels) == (order.windows[1], 3)


@proves("accept.parcels-default")
@pytest.mark.parametrize("parcels", [None, "", "absent"])
async def test_parcels_left_out_are_one(shop: Shop, parcels: object) -> None:
    order = await shop.ordered()
    body: dict[str, object] = {"pickup_location": order.locations[0].id, "pickup_window": 1}
    if parcels != "absent":
        body["number_of_parcels"] = parcels
    assert (await shop.accept(order, body)).status == 200
    acceptance = (await shop.kept(order)).acceptance
    assert acceptance is not None
    assert acceptance.parcels == 1


@proves("quirk.key-order")
async def test_a_reject_with_numbers_as_strings_and_nulls(shop: Shop) -> None:
    order = await shop.ordered({"A": 3})
    lines = [{"reason_id": "4", "available_quantity": "1", "id": order.lines[0].id}]
    answer = await shop.reject(order, {"rejection_reason_other": None, "line_items": lines})
    assert answer.status == 200
    rejection = (await shop.kept(order)).lines[0].rejection
    assert rejection is not None
    assert (rejection.reason_id, rejection.available_quantity) == (4, 1)


@pytest.mark.parametrize("spacing", ["indented", "bom", "no content type", "form content type"])
async def test_the_body_counts_and_not_its_dress(shop: Shop, spacing: str) -> None:
    order = await shop.ordered()
    chosen = msgspec.to_builtins(acceptance_of(order))
    body = json.dumps(chosen, indent=4 if spacing == "indented" else None).encode()
    headers = {
        "Authorization": f"Bearer {shop.token}",
        "Accept": "application/vnd.skroutz+json; version=3.0",
    }
    if spacing == "form content type":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    sent = b"\xef\xbb\xbf" + body if spacing == "bom" else body
    answer = await shop.caller.post(f"{ORDERS}/{order.code}/accept", sent, headers)
    assert answer.status == 200


@proves("transport.success-is-json")
async def test_every_success_is_json(shop: Shop) -> None:
    accepting, rejecting = await shop.ordered(), await shop.ordered()
    for answer in (
        await shop.get(accepting.code),
        await shop.accept(accepting),
        await shop.reject(rejecting, {"rejection_reason_other": "όχι"}),
    ):
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert isinstance(answer.json, dict)


async def test_a_reason_in_any_words_comes_back_as_it_is(shop: Shop) -> None:
    for words in ("Δεν υπάρχει πια 😞", "a\u0000b", 'quotes "and" \\ slashes', "x" * 10_000):
        order = await shop.ordered()
        assert (await shop.reject(order, {"rejection_reason_other": words})).status == 200
        shown = await shop.shown(order.code)
        assert shown.rejection_info is not None
        assert shown.rejection_info.reason == words


@proves("quirk.empty-where-needed", "transport.error-shape")
@pytest.mark.parametrize("call", ["accept", "reject"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b" \r\n", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"[{}]", 400),
        (b"null", 400),
        (b"true", 400),
        (b"7", 400),
        (b'"text"', 400),
        (b"\xff\xfe\x00", 400),
        (b'{"pickup_location": "\xff"}', None),
        (b'{"rejection_reason_other": "\xff"}', 400),
        (b'{"rejection_reason_other": "\\ud800"}', 400),
        (b'{"pickup_location": "\\ud800"}', 400),
        (b"{'pickup_location': 1}", 400),
        (b'{"pickup_location": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (FORM, 400),
        (BROKEN_MULTIPART, 400),
        (gzip.compress(b"{}"), 400),
        (b"<order/>", 400),
        (b"{}", 422),
        (b'{"unknown": 1}', 422),
        (b'{"pickup_location": {}, "line_items": {}}', 422),
        (b'{"pickup_window": ' + b"9" * 5_000 + b', "line_items": [' + b"9" * 5_000 + b"]}", None),
        (b" " * 300_000, 413),
    ],
    ids=range(27),
)
async def test_bodies_that_will_not_do(
    shop: Shop, call: str, body: bytes, status: int | None
) -> None:
    order = await shop.ordered()
    answer = await shop.caller.post(f"{ORDERS}/{order.code}/{call}", body)
    found, code, message = answer.refusal
    assert found == (status or found)
    assert 400 <= found < 500
    assert code
    assert message
    assert (await shop.kept(order)).state is OrderState.OPEN


@proves("quirk.malformed-multipart")
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain; =", ""]
)
@pytest.mark.parametrize("call", ["accept", "reject"])
async def test_content_types_that_lie(shop: Shop, call: str, content_type: str) -> None:
    order = await shop.ordered()
    headers = {
        "Authorization": f"Bearer {shop.token}",
        "Accept": "application/vnd.skroutz+json; version=3.0",
        "Content-Type": content_type,
    }
    path = f"{ORDERS}/{order.code}/{call}"
    assert (await shop.caller.post(path, BROKEN_MULTIPART, headers)).refusal[0] == 400


async def test_a_body_in_chunks_is_cut_off_at_the_limit(shop: Shop) -> None:
    order = await shop.ordered()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = await raw(
        shop,
        f"""POST {ORDERS}/{order.code}/accept HTTP/1.1
            Authorization: Bearer TOKEN
            Accept: application/vnd.skroutz+json; version=3.0
            Transfer-Encoding: chunked""",
        chunk * 6 + b"0\r\n\r\n",
    )
    assert b" 413 " in answer.splitlines()[0]


@pytest.mark.parametrize(
    "code",
    ["%00", "260312-%00", "%ff%fe", "%CE%A9", "a%2Fb", "%2e%2e", "x" * 5_000, "'; --", "%25", " "],
)
async def test_codes_nobody_was_ever_given(shop: Shop, code: str) -> None:
    for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/reject")):
        answer = await raw(
            shop,
            f"""{method} {ORDERS}/{code.replace(" ", "%20")}{path} HTTP/1.1
                Authorization: Bearer TOKEN
                Accept: application/vnd.skroutz+json; version=3.0
                Content-Length: 2""",
            b"{}",
        )
        assert b" 404 " in answer.splitlines()[0]
        assert b'{"errors":[{"code":"' in answer


@proves("quirk.unknown-path", "transport.error-shape")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/merchants", 404),
        ("GET", f"{ORDERS}/", 404),
        ("GET", f"{ORDERS}/CODE/", 404),
        ("POST", f"{ORDERS}/CODE/accept/", 404),
        ("GET", f"{ORDERS}/CODE/nothing", 404),
        ("POST", f"{ORDERS}/CODE/nothing", 404),
        ("GET", f"{ORDERS}/CODE/accept", 405),
        ("POST", f"{ORDERS}/CODE", 405),
        ("DELETE", f"{ORDERS}/CODE", 405),
        ("PUT", f"{ORDERS}/CODE/accept", 405),
        ("OPTIONS", f"{ORDERS}/CODE", 405),
        ("PROPFIND", f"{ORDERS}/CODE", 405),
    ],
)
async def test_unknown_paths_and_methods(shop: Shop, method: str, path: str, status: int) -> None:
    order: Order = await shop.ordered()
    answer = await shop.caller.call(method, path.replace("CODE", order.code), None, None)
    assert answer.refusal[0] == status


async def test_requests_that_are_no_http(shop: Shop) -> None:
    for request in (
        "GARBAGE",
        "GET",
        f"GET {ORDERS}/x HTTP/9.9",
        "POST / HTTP/1.1\nTransfer-Encoding: x",
    ):
        answer = await raw(shop, request)
        assert answer == b"" or b" 4" in answer.splitlines()[0]
    assert (await shop.get((await shop.ordered()).code)).status == 200


async def test_a_caller_who_hangs_up_in_the_middle_harms_nobody(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    order = await shop.ordered()
    parts = urlsplit(shop.caller.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        f"POST {ORDERS}/{order.code}/accept HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {shop.token}\r\nContent-Length: 500\r\n"
        "Accept: application/vnd.skroutz+json; version=3.0\r\n\r\n{".encode()
    )
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert (await shop.kept(order)).state is OrderState.OPEN
    assert (await shop.accept(order)).status == 200
    assert "failed" not in caplog.text


async def test_a_caller_that_hangs_up_in_the_middle_does_nothing_and_is_no_failure(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    order, parts = await shop.ordered(), urlsplit(shop.caller.url)
    head = f"POST {ORDERS}/{order.code}/accept HTTP/1.1\r\nHost: market\r\nContent-Length: 100\r\n"
    with caplog.at_level(logging.INFO):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"{head}Authorization: Bearer {shop.token}\r\n".encode())
        writer.write(b"Accept: application/vnd.skroutz+json; version=3.0\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(60):
            while "broken off" not in caplog.text:
                await asyncio.sleep(0.01)
    assert "ERROR" not in {record.levelname for record in caplog.records}
    assert b'"state":"open"' in (await shop.get(order.code)).body
