import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit import about
from smartcart.kit.logging import LogFormat, Redaction, set_up_logging

FORMATS: tuple[LogFormat, ...] = ("text", "json")
PATHS = ("/webhook/", "/files/")
token_text = st.text("abcXYZ0189-_", min_size=20, max_size=43)
redact = Redaction(PATHS)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def logged(log_format: LogFormat, message: str, *args: object, **facts: object) -> str:
    stream = io.StringIO()
    set_up_logging(log_format, secret_paths=PATHS, stream=stream)
    logging.getLogger("shop.sender").info(message, *args, extra=facts)
    return stream.getvalue()


def test_a_text_line_has_when_how_bad_who_what_and_the_facts() -> None:
    line = logged("text", "delivered to %s", "Αθήνα", order="191203-1", note="two words")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO shop\.sender: "
        r'delivered to Αθήνα order=191203-1 note="two words"\n',
        line,
    )


def test_a_json_line_has_the_same_as_members() -> None:
    line = json.loads(logged("json", "delivered to %s", "Αθήνα", order="191203-1", attempt=2))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("at"))
    assert line == {
        "level": "INFO",
        "logger": "shop.sender",
        "message": "delivered to Αθήνα",
        "order": "191203-1",
        "attempt": 2,
    }


@given(st.text(), st.text())
def test_whatever_is_logged_is_one_line(message: str, fact: str) -> None:
    for log_format in FORMATS:
        line = logged(log_format, "%s", message, fact=fact)
        assert len(line.splitlines()) == 1


def test_a_traceback_is_indented_in_text_and_a_member_in_json() -> None:
    for log_format in FORMATS:
        stream = io.StringIO()
        set_up_logging(log_format, secret_paths=(), stream=stream)
        try:
            raise ValueError("no\n2026 INFO forged: line")
        except ValueError:
            logging.getLogger("shop").exception("failed")
        lines = stream.getvalue().splitlines()
        if log_format == "text":
            assert lines[0].endswith("ERROR shop: failed")
            assert all(line.startswith("    ") for line in lines[1:])
        else:
            assert json.loads(lines[0])["exception"].endswith("forged: line")
            assert len(lines) == 1


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc.DEF-123", "Authorization: Bearer ***"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': ***}"),
        ('{"authorization": "Basic YTpi"}', '{"authorization": ***}'),
        ("sent bearer abc123 and went on", "sent bearer *** and went on"),
        ("GET /webhook/s3cr3t HTTP/1.1", "GET /webhook/*** HTTP/1.1"),
        ("http://127.0.0.1:9/webhook/s3cr3t?x=1", "http://127.0.0.1:9/webhook/***?x=1"),
        ("/files/s3cr3t/label.pdf", "/files/***/label.pdf"),
        ("postgresql://shop:pa55@db/shop", "postgresql://shop:***@db/shop"),
        ("https://x.gr/?token=abc&page=2", "https://x.gr/?token=***&page=2"),
        ("access_token=abc, page=2", "access_token=***, page=2"),
        ('{"api_key":"a\\"b","n":1}', '{"api_key":***,"n":1}'),
        ("Set-Cookie: session=abc; Path=/", "Set-Cookie: ***"),
        ('Authorization: Digest username="x"', 'Authorization: ***"x"'),
        ("Authorization: Basic YTpi status=401", "Authorization: Basic *** status=401"),
        (
            "Customer(id='C1', first_name='Άννα', mobile=None)",
            "Customer(id='C1', first_name=***, mobile=***)",
        ),
        (
            '{"street_name":"Αγίου \\"Μηνά\\"","zip":"71202","n":1}',
            '{"street_name":***,"zip":***,"n":1}',
        ),
        ("Address(city='Ηράκλειο', country_code='GR')", "Address(city=***, country_code='GR')"),
        ("InvoiceDetails(vat_number='123456789')", "InvoiceDetails(vat_number=***)"),
        ("velocity=3, capacity: 4", "velocity=3, capacity: 4"),
        ("basic settings", "basic settings"),
        ("order 191203-1234567 accepted", "order 191203-1234567 accepted"),
        ("tokens are counted: 3", "tokens are counted: 3"),
    ],
)
def test_secrets_are_hidden_and_the_rest_is_kept(text: str, hidden: str) -> None:
    assert redact(text) == hidden
    assert redact(hidden) == hidden


@given(token_text)
def test_a_token_shows_in_no_line_however_it_is_logged(token: str) -> None:
    for log_format in FORMATS:
        for line in (
            logged(log_format, "with Bearer %s", token),
            logged(
                log_format,
                '127.0.0.1:5 - "%s %s HTTP/1.1" %d',
                "POST",
                f"/webhook/{token}",
                200,
            ),
            logged(
                log_format,
                "called",
                token=token,
                url=f"http://u:{token}@host/webhook/{token}",
                headers={"Authorization": f"Bearer {token}", "X-Shop-Secret": token},
                tries=[f"token={token}"],
            ),
        ):
            assert token not in line


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    ["a-", "token ", "token='", 'token="', "bearer ", "://a:", "/", "zip ", "city='", "phone"],
)
def test_a_long_hostile_line_takes_no_long_time(piece: str) -> None:
    redact(piece * (1_000_000 // len(piece)))


def test_a_customer_shows_in_no_line_however_he_is_logged() -> None:
    named = {
        "last_name": "Καλλέργη",
        "phone": "6971234567",
        "nested": [{"comments": "2ο κουδούνι"}],
    }
    for log_format in FORMATS:
        for line in (
            logged(log_format, "refused %s", named),
            logged(log_format, "refused", customer=named, last_name="Καλλέργη"),
            logged(log_format, "refused %s", json.dumps(named, ensure_ascii=False)),
            logged(log_format, "refused", body=json.dumps(named, ensure_ascii=False)),
        ):
            assert not re.search("Καλλέργη|697123|κουδούνι", line), line


async def test_a_line_says_what_its_task_is_about() -> None:
    async def attempt(number: int) -> str:
        about.begin(entry="webhook/1", attempt=number)
        await asyncio.sleep(0)
        about.add(merchant="shop")
        return logged("json", "failed", merchant="its own", attempt_token="t0k3n")

    lines = await asyncio.gather(attempt(1), attempt(2))
    assert [
        {key: value for key, value in json.loads(line).items() if key not in {"at", "level"}}
        for line in lines
    ] == [
        {
            "logger": "shop.sender",
            "message": "failed",
            "entry": "webhook/1",
            "attempt": number,
            "merchant": "its own",
            "attempt_token": "***",
        }
        for number in (1, 2)
    ]
    assert about.facts() == {}


def test_what_a_line_is_about_is_escaped_as_everything_is() -> None:
    def line(log_format: LogFormat) -> str:
        about.begin(order="x\nINFO forged", url="/webhook/s3cr3t")
        return logged(log_format, "failed")

    for log_format in FORMATS:
        text = copy_context().run(line, log_format)
        assert text.count("\n") == 1
        assert "s3cr3t" not in text


def test_an_exception_does_not_carry_a_secret_into_the_log() -> None:
    stream = io.StringIO()
    set_up_logging(secret_paths=PATHS, stream=stream)
    try:
        raise ConnectionError("POST http://shop/webhook/s3cr3t failed")
    except ConnectionError:
        logging.getLogger("shop").exception("failed")
    assert "s3cr3t" not in stream.getvalue()
    assert "/webhook/*** failed" in stream.getvalue()


def test_the_level_is_kept_and_a_second_set_up_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up_logging(secret_paths=(), stream=first)
    set_up_logging(level="WARNING", secret_paths=(), stream=second)
    logging.getLogger("shop").info("quiet")
    logging.getLogger("uvicorn.error").warning("loud")
    assert first.getvalue() == ""
    assert second.getvalue().endswith("WARNING uvicorn.error: loud\n")
