"""Logs of one line a record, for a terminal or as JSON, without secrets and customers' data.

Facts travel beside the message, not inside it, and so do those that the task is about:

    logger.info("delivered", extra={"order": code, "attempt": 2})
"""

import json
import logging
import re
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from smartcart.kit import about

LogFormat = Literal["text", "json"]
_HIDDEN = "***"
_TELLING_NAMES = r"(?:authorization|cookie|password|passwd|secret|token|api_?key|signature)s?"
# Where a customer lives and what is to be written on an invoice, by the contract's names.
_PERSONAL_NAMES = r"""(?:first_name|last_name|phone|mobile|email|street_name|street_number|zip|city
  |region|comments|floor|collection_point_address|company|profession|vat_number|doy)"""
# Every alternative starts with a fixed word and ends at the first character outside its set: a long
# hostile line costs time in proportion to its length.
_PATTERNS = re.compile(
    rf"""
      (?P<scheme>  \bbearer\s+ | \bauthorization:\s*basic\s+ ) [\w.~+/=:-]+
    | (?P<header>  (?:authorization|cookie):\s+ ) (?!bearer\b|basic\b) [^"'\r\n]+
    | (?P<address> ://[^\s/:@]*: ) [^\s/@]+ (?=@)
    | (?P<name>    (?: {_TELLING_NAMES} | \b{_PERSONAL_NAMES} ) (?:\\?["'])? \s*[=:]\s* )
      (?: \\?"(?:[^"\\]|\\.)*" | '[^']*' | (?!bearer\b|basic\b) [^\s"'&,;}})\]]+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HIDDEN_NAME = re.compile(
    rf"(?: {_TELLING_NAMES} | \b{_PERSONAL_NAMES} )$", re.IGNORECASE | re.VERBOSE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_SERVERS_OWN = ("uvicorn", "uvicorn.error", "uvicorn.access")


class Redaction:
    """Takes secrets out of text.

    Hidden are bearer and basic credentials, passwords in URLs, what stands after a name such as
    token, secret, password or Authorization, the rest of a URL's path after one of
    `secret_paths`, such as "/webhook/", and what stands after the name of a field with a
    customer's data, such as last_name.
    """

    def __init__(self, secret_paths: Collection[str] = ()) -> None:
        starts = "|".join(re.escape(path) for path in sorted(secret_paths, key=len, reverse=True))
        self._path = re.compile(rf"({starts})[^\s/?#\"'<>]+") if starts else None

    def __call__(self, text: str) -> str:
        text = _PATTERNS.sub(_hide, text)
        return self._path.sub(rf"\1{_HIDDEN}", text) if self._path else text


class TextFormatter(logging.Formatter):
    """`2026-05-01T12:00:00.000Z INFO logger: message key=value`; tracebacks follow, indented."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {key}={_word(value)}" for key, value in _facts(record).items())
        head = f"{_moment(record)} {record.levelname} {record.name}: {record.getMessage()}{facts}"
        trace = "".join(f"\n    {_one_line(line)}" for line in _trace(self, record).splitlines())
        return self._redact(_one_line(head) + trace)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the record's facts, exception."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = _facts(record) | {
            "at": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := _trace(self, record):
            line["exception"] = trace
        return _json_line(_redacted(line, self._redact))


def set_up_logging(
    log_format: LogFormat = "text",
    level: str = "INFO",
    *,
    secret_paths: Collection[str],
    stream: TextIO | None = None,
) -> None:
    """Send every logger's records of at least `level` to `stream` (standard error), one line each.

    `secret_paths` are the starts of this program's URL paths whose next segment is a secret.
    Replaces what was set up before.
    """
    redact = Redaction(secret_paths)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if log_format == "json" else TextFormatter(redact))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _SERVERS_OWN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _hide(match: re.Match[str]) -> str:
    return f"{match[match.lastgroup or 0]}{_HIDDEN}"


def _facts(record: logging.LogRecord) -> dict[str, object]:
    own = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    return {**about.facts(), **own}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info else ""
    stack = formatter.formatStack(record.stack_info) if record.stack_info else ""
    return "\n".join(part for part in (trace, stack) if part)


def _word(value: object) -> str:
    text = str(value)
    return text if re.fullmatch(r"[^\s\"'=]+", text) else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    """Control characters are escaped, so that nothing logged can pass for a record of its own."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _json_line(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _redacted(value: object, redact: Redaction) -> object:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {str(key): _redacted_fact(str(key), value[key], redact) for key in value}
        case list() | tuple():
            return [_redacted(item, redact) for item in value]
        case int() | float() | None:
            return value
        case _:
            return redact(str(value))


def _redacted_fact(key: str, value: object, redact: Redaction) -> object:
    hidden = value is not None and _HIDDEN_NAME.search(key)
    return _HIDDEN if hidden else _redacted(value, redact)
