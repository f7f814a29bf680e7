"""Requests as the contract wants them, and what answers mean, without any I/O."""

from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.client import (
    AcceptRequest,
    AnswerLost,
    BadRequest,
    Exchange,
    InvalidAnswer,
    NotFound,
    NotSupported,
    OrdersApiError,
    Refused,
    RejectedLine,
    RejectRequest,
    ServerFailed,
    TooLarge,
    ToolOff,
    TooManyRequests,
    TrackingDetail,
    TrackingRequest,
    Unauthorized,
    Unavailable,
    Unprocessable,
    WebhookTrigger,
)
from smartcart.client.answers import confirmed, fetched, unanswered
from smartcart.client.protocol import Api, Call
from smartcart.kit.egress import Failure, FailureKind

API = Api("https://api.example.com", "t0ken")
HTML = b"<html><body>Be right back</body></html>"
NOT_FOUND = b'{"errors":[{"code":"order_error","messages":["Order not found"]}]}'


def exchange(status: int, body: bytes = b"", retry_after: float | None = None) -> Exchange:
    return Exchange(
        method="POST", path="/x", status=status, response_body=body, retry_after=retry_after
    )


def test_a_get() -> None:
    call = API.get("240101-1234567")
    assert (call.method, call.path, call.body) == (
        "GET",
        "/merchants/ecommerce/orders/240101-1234567",
        None,
    )
    assert API.url(call) == "https://api.example.com/merchants/ecommerce/orders/240101-1234567"
    assert API.headers(call) == {
        "Authorization": "Bearer t0ken",
        "Accept": "application/vnd.skroutz+json; version=3.0",
        "Accept-Encoding": "identity",
    }


def test_an_accept() -> None:
    call = API.accept("C", AcceptRequest(pickup_location="l1", pickup_window=7))
    assert (call.method, call.path) == ("POST", "/merchants/ecommerce/orders/C/accept")
    assert msgspec.json.decode(call.body or b"") == {
        "pickup_location": "l1",
        "pickup_window": 7,
        "number_of_parcels": 1,
    }
    assert API.headers(call)["Content-Type"] == "application/json"


def test_both_forms_of_reject() -> None:
    line = RejectedLine(id="a", reason_id=4, available_quantity=0)
    lines = API.reject("C", RejectRequest(line_items=(line,)))
    assert lines.path == "/merchants/ecommerce/orders/C/reject"
    assert msgspec.json.decode(lines.body or b"") == {
        "line_items": [{"id": "a", "reason_id": 4, "available_quantity": 0}]
    }
    words = API.reject("C", RejectRequest(rejection_reason_other="Πλημμύρα"))
    assert words.body == '{"rejection_reason_other":"Πλημμύρα"}'.encode()


def test_tracking_details() -> None:
    detail = TrackingDetail(courier="acs", tracking_code="1")
    call = API.tracking_details("C", TrackingRequest(tracking_details=(detail,)))
    assert (call.method, call.path) == ("POST", "/merchants/ecommerce/orders/C/tracking_details")
    assert call.body == b'{"tracking_details":[{"courier":"acs","tracking_code":"1"}]}'


@pytest.mark.parametrize(
    ("call", "end"),
    [
        (API.set_as_ready("C"), "set_as_ready"),
        (API.set_as_not_ready("C"), "set_as_not_ready"),
        (API.upload_invoice("C"), "invoices"),
        *(
            (API.trigger_webhook_request("C", trigger), f"trigger_webhook_request/{trigger}")
            for trigger in WebhookTrigger
        ),
    ],
)
def test_calls_without_json(call: Call[Exchange], end: str) -> None:
    assert (call.method, call.path) == ("POST", f"/merchants/ecommerce/orders/C/{end}")
    assert call.body is None
    assert "Content-Type" not in API.headers(call)


def test_the_vendor_is_a_setting() -> None:
    api = Api("https://api.example.com/shops/", "t", vendor="agora")
    assert api.headers(api.get("C"))["Accept"] == "application/vnd.agora+json; version=3.0"
    assert api.url(api.get("C")) == "https://api.example.com/shops/merchants/ecommerce/orders/C"


CODES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)


@given(CODES.filter(lambda code: code not in {".", ".."}))
def test_any_code_stays_one_segment_of_the_path(code: str) -> None:
    parts = urlsplit(API.url(API.get(code)))
    assert (parts.query, parts.fragment) == ("", "")
    assert parts.path.isascii()
    *start, last = parts.path.split("/")
    assert start == ["", "merchants", "ecommerce", "orders"]
    assert unquote(last) == code


@pytest.mark.parametrize("code", ["", ".", "..", "x" * 65, "\ud800"])
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(ValueError, match=r"^code: "):
        API.get(code)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://user:secret@api.example.com",
        "https://api.example.com?x=1",
        "https://api.example.com#x",
        "https://api.example.com:99999",
        "https://api.example.com/a b",
        "https://[::1",
    ],
)
def test_what_is_no_base_url(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url: ") as caught:
        Api(base_url, "t")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "s3cr3t\r\nX-Smuggled: 1", "ελληνικά"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ValueError, match=r"^token: ") as caught:
        Api("https://api.example.com", token)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("vendor", ["", "a b", "a/b", "x\r\n", "-"])
def test_what_is_no_vendor(vendor: str) -> None:
    with pytest.raises(ValueError, match=r"^vendor: "):
        Api("https://api.example.com", "t", vendor)


def test_the_token_is_not_in_representations() -> None:
    assert "t0ken" not in repr(API)
    assert "t0ken" not in repr(API.get("C"))


def errors(code: str, message: str) -> bytes:
    return msgspec.json.encode({"errors": [{"code": code, "messages": [message]}]})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, errors("invoice_file", "Missing"), BadRequest),
        (400, HTML, Refused),
        (401, errors("Unauthorized", "unauthorized"), Unauthorized),
        (401, HTML, Unauthorized),
        (401, errors("EcommerceMerchantUnauthorized", "off"), Unauthorized),
        (403, errors("EcommerceMerchantUnauthorized", "off"), ToolOff),
        (403, errors("other", "off"), ToolOff),
        (403, HTML, Refused),
        (404, NOT_FOUND, NotFound),
        (404, HTML, Refused),
        (404, b"{}", Refused),
        (405, NOT_FOUND, NotSupported),
        (405, HTML, NotSupported),
        (406, errors("Accept", "name the vendor type"), NotSupported),
        (413, HTML, TooLarge),
        (415, b"", NotSupported),
        (409, b"", Refused),
        (422, errors("order_status", "Order already accepted."), Unprocessable),
        (422, errors("EcommerceMerchantUnauthorized", "off"), ToolOff),
        (429, b"", TooManyRequests),
        (408, b"", Unavailable),
        (425, b"", Unavailable),
        (503, errors("busy", "try later"), Unavailable),
        (503, HTML, ServerFailed),
        (500, errors("internal", "request 17"), ServerFailed),
        (500, HTML, ServerFailed),
        (502, HTML, ServerFailed),
        (504, HTML, ServerFailed),
        (599, b"", ServerFailed),
        (301, b"", InvalidAnswer),
        (304, b"", InvalidAnswer),
        (200, HTML, InvalidAnswer),
        (200, b"", InvalidAnswer),
        (200, b"[]", InvalidAnswer),
        (200, b'{"success": fal', InvalidAnswer),
        (200, b'{"success": false}', InvalidAnswer),
        (200, b'{"success": "true"}', InvalidAnswer),
        (200, NOT_FOUND, InvalidAnswer),
        (204, b"", InvalidAnswer),
    ],
)
def test_every_answer_is_exactly_one_exception(
    status: int, body: bytes, kind: type[OrdersApiError]
) -> None:
    with pytest.raises(OrdersApiError) as caught:
        confirmed(exchange(status, body))
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.exchange.response_body == body


def test_a_503_with_retry_after_promises_that_nothing_was_carried_out() -> None:
    with pytest.raises(Unavailable) as caught:
        confirmed(exchange(503, HTML, retry_after=30.0))
    assert caught.value.retry_after == 30.0


def test_the_three_kinds_do_not_overlap() -> None:
    assert not issubclass(Refused, Unavailable | AnswerLost)
    assert not issubclass(Unavailable, Refused | AnswerLost)
    assert not issubclass(AnswerLost, Refused | Unavailable)


@pytest.mark.parametrize(
    ("status", "retry_after", "kind"),
    [(503, None, Unavailable), (500, None, ServerFailed), (302, None, InvalidAnswer)],
)
def test_every_error_carries_the_reasons_it_was_given(
    status: int, retry_after: float | None, kind: type[OrdersApiError]
) -> None:
    with pytest.raises(kind) as caught:
        confirmed(exchange(status, errors("internal", "request 17"), retry_after))
    assert (caught.value.code, caught.value.messages) == ("internal", ("request 17",))
    without = kind("why", exchange(status, HTML))
    assert (without.errors, without.code, without.messages) == ((), "", ())


def test_a_refusal_carries_its_reasons() -> None:
    body = (
        b'{"errors":[{"code":"pickup_window","messages":["is not offered","or is over"]},'
        b'{"code":"number_of_parcels","messages":["1 to 3"]}]}'
    )
    with pytest.raises(Unprocessable) as caught:
        confirmed(exchange(422, body))
    refusal = caught.value
    assert (refusal.code, refusal.messages) == ("pickup_window", ("is not offered", "or is over"))
    assert [item.code for item in refusal.errors] == ["pickup_window", "number_of_parcels"]
    assert str(refusal) == (
        "422 pickup_window: is not offered, or is over; number_of_parcels: 1 to 3"
    )


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_confirmation(status: int) -> None:
    confirmed(exchange(status, b'{"note": "x", "success": true}'))


def test_an_order_is_read() -> None:
    body = b'{"order":{"code":"C","state":"open","line_items":[{"id":"a","quantity":2}]}}'
    order = fetched(exchange(200, body)).order
    assert (order.code, order.state, order.line_items[0].quantity) == ("C", "open", 2)


@pytest.mark.parametrize("body", [HTML, b"{}", b'{"order":{}}', b'{"success": true}', b""])
def test_what_is_no_order(body: bytes) -> None:
    with pytest.raises(InvalidAnswer):
        fetched(exchange(200, body))


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_raises_anything_else(status: int, body: bytes) -> None:
    for read in (confirmed, fetched):
        with pytest.raises(OrdersApiError):
            read(exchange(status, body))


@pytest.mark.parametrize(
    ("kind", "sent", "raised"),
    [
        (FailureKind.CONNECT, False, Unavailable),
        (FailureKind.NAME, False, Unavailable),
        (FailureKind.TLS, False, Unavailable),
        (FailureKind.REFUSED_ADDRESS, False, Unavailable),
        (FailureKind.TIMEOUT, False, Unavailable),
        (FailureKind.TIMEOUT, True, AnswerLost),
        (FailureKind.RESET, True, AnswerLost),
        (FailureKind.TLS, True, AnswerLost),
        (FailureKind.TOO_LARGE, True, InvalidAnswer),
        (FailureKind.INVALID_ANSWER, True, InvalidAnswer),
    ],
)
def test_no_answer_at_all(kind: FailureKind, sent: bool, raised: type[OrdersApiError]) -> None:
    lost = Exchange(method="POST", path="/x", failure="why")
    error = unanswered(lost, Failure(kind, "why", 3, sent))
    assert type(error) is raised
    assert (str(error), error.exchange, error.status) == ("why", lost, None)
