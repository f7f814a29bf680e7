"""The running marketplace against its own document: whatever is sent is answered as documented.

`SMARTCART_SCHEMATHESIS_EXAMPLES` makes a long run of it, with other data each time.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from smartcart.contract import OrderState, parse_order
from smartcart.contract.examples import example
from smartcart.kit.database import Database
from smartcart.marketplace.actions import placing
from smartcart.marketplace.api.extensions import EXTENSIONS
from smartcart.marketplace.api.table import OPERATIONS
from smartcart.marketplace.reference.files import FILES
from smartcart.marketplace.sandbox.demo import codes
from tests.support.http_sink import HttpSink
from tests.support.invoices import MULTIPART, PDF, form
from tests.support.market_server import ORDERS, VENDOR_TYPE, Caller, running, settings
from tests.support.marketplace import (
    MERCHANT,
    SHOP,
    TERMS,
    a_merchant,
    accept,
    add_merchant,
    eventually,
    opened,
    place,
    stored,
)

SHORT = 25
LONG = int(os.environ.get("SMARTCART_SCHEMATHESIS_EXAMPLES", "0"))

pytestmark = pytest.mark.timeout(LONG * 10 or 600)

ROOT = Path(__file__).parents[2]
CALLS = {each.name for each in (*OPERATIONS, *EXTENSIONS)}
ANYBODYS = {each.name for each in FILES}

CONFIGURATION = """\
continue-on-failure = true
request-timeout = 30.0

[generation]
deterministic = {deterministic}
max-examples = {examples}

# Mostly what there is: what is invented is unknown, and only ever refused.
[dictionaries]
codes.values = {codes}
tokens.values = {tokens}
extensions.values = ["pdf"]
locations.values = ["{location}"]
windows.values = [1, 2, 3, 4, 5]
[parameters]
"path.code" = {{ dictionary = "codes", probability = 0.9 }}
"path.token" = {{ dictionary = "tokens", probability = 0.9 }}
"path.extension" = {{ dictionary = "extensions", probability = 0.7 }}
"body.pickup_location" = {{ dictionary = "locations", probability = 0.8 }}
"body.pickup_window" = {{ dictionary = "windows", probability = 0.8 }}

# A schema cannot say what state an order is in nor what it offers (422), and that events of a demo
# order are sent one a second (429). Everything else that fits the schema must be taken.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "404", "422", "429"]
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A running marketplace with something of everything in it."""

    url: str
    token: str
    codes: tuple[str, ...]
    tokens: tuple[str, ...]


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    chosen = settings(f"sqlite:///{tmp_path / 'market.db'}")
    async with HttpSink() as shop, running(chosen) as url, opened(chosen.database) as database:
        merchant = a_merchant(webhook_url=shop.url("/hook"))
        token = await add_merchant(database, merchant)
        fbm = [await _fbm(database) for _ in range(6)]
        placed = [(await place(database)).code for _ in range(3)]
        files = await _files(database, url, token)
        yield Target(url, token, (*codes(), *fbm, *placed), files)


async def _fbm(database: Database) -> str:
    given = msgspec.structs.replace(parse_order(example("order_fbm")), state=OrderState.ACCEPTED)
    return (await placing.enter(database, MERCHANT, given, TERMS)).code


async def _files(database: Database, url: str, token: str) -> tuple[str, ...]:
    """The tokens of a voucher and of an invoice."""
    order = await accept(database, await place(database))
    async with Caller(url, token) as caller:
        headers = {"Authorization": f"Bearer {token}", "Accept": VENDOR_TYPE}
        upload = await caller.post(
            f"{ORDERS}/{order.code}/invoices", form(PDF), headers | {"Content-Type": MULTIPART}
        )
        assert upload.status == 200

    async def urls() -> tuple[str, ...]:
        kept = await stored(database, order.code)
        return (kept.voucher.url, kept.invoice_file or "") if kept.voucher else ()

    return tuple(each.rpartition("/")[2].partition(".")[0] for each in await eventually(urls))


async def schemathesis(target: Target, folder: Path, *options: str) -> Mapping[str, set[int]]:
    """Run it; the statuses of the answers that were seen, by call."""
    seen, configuration = folder / "seen", folder / "schemathesis.toml"
    seen.touch()
    configuration.write_text(
        CONFIGURATION.format(
            deterministic="false" if LONG else "true",
            examples=LONG or SHORT,
            codes=json.dumps(target.codes),
            tokens=json.dumps(target.tokens),
            location=SHOP.id,
        ),
        encoding="utf-8",
    )
    environment = {
        "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_hooks",
        "SMARTCART_SEEN": str(seen),
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        *("--config-file", str(configuration), "run", f"{target.url}/openapi.json"),
        *("--no-color", *options),
        cwd=folder,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    statuses: dict[str, set[int]] = {}
    for line in seen.read_text().splitlines():
        name, status = line.split()
        statuses.setdefault(name, set()).add(int(status))
    return statuses


async def test_whoever_has_a_token_is_answered_as_documented(
    target: Target, tmp_path: Path
) -> None:
    seen = await schemathesis(target, tmp_path, "-H", f"Authorization: Bearer {target.token}")
    assert {name for name, statuses in seen.items() if 200 in statuses} == CALLS | ANYBODYS
    assert {name for name, statuses in seen.items() if 406 in statuses} == CALLS


async def test_whoever_has_none_is_refused_and_no_more(target: Target, tmp_path: Path) -> None:
    seen = await schemathesis(target, tmp_path)
    assert {name for name, statuses in seen.items() if 200 in statuses} == ANYBODYS
    assert {name for name, statuses in seen.items() if 401 in statuses} == CALLS
