"""`smartcart merchant init`, as a new shop types it, before a real marketplace."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcart.cli import main
from smartcart.kit.settings import load
from smartcart.marketplace.actions import merchants
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import read_shops
from tests.support.commands import Shell
from tests.support.market_server import running, settings
from tests.support.marketplace import a_merchant, add_merchant, opened
from tests.support.ports import free_port
from tests.support.workbooks import xlsx


class Market:
    """A marketplace in a thread of its own, so that commands run as they do alone."""

    def __init__(self, folder: Path) -> None:
        self.database = str(folder / "marketplace.db")
        self.url, self.token, self.port = "", "", free_port()
        self._stop, self._ready = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> "Market":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def calls_at(self, webhook_url: str) -> None:
        async def change() -> None:
            async with opened(self.database) as database:
                await merchants.change(database, a_merchant(webhook_url=webhook_url))

        asyncio.run(change())

    async def _run(self) -> None:
        async with opened(self.database) as database:
            self.token = await add_merchant(database, a_merchant(webhook_url=""))
        async with running(settings(self.database)) as self.url:
            self._ready.set()
            await asyncio.to_thread(self._stop.wait)


@pytest.fixture
def market(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    (shell.folder / "stock.csv").write_text("id,quantity\n1001,5\n", encoding="utf-8")
    with Market(tmp_path_factory.mktemp("market")) as market:
        (shell.folder / "token").write_text(f"{market.token}\n", encoding="utf-8")
        yield market


def init(shell: Shell, *words: str, typed: str | None = None, **environment: str) -> Result:
    cleared = {"SMARTCART_MERCHANT_API_TOKEN": None}
    runner = CliRunner(env={**cleared, **environment})
    words = ("merchant", "init", "--language", "en", *words)
    return runner.invoke(main, words, input=typed, prog_name="smartcart")


def at(market: Market) -> tuple[str, ...]:
    return (
        "--yes", "--development", "--api-url", market.url, "--port", str(market.port),
        "--token-file", "token", "--stock", "stock.csv",
    )  # fmt: skip


def url_of(shell: Shell) -> str:
    return (shell.folder / "secrets" / "webhook_url").read_text(encoding="utf-8").strip()


def configured(shell: Shell) -> MerchantSettings:
    return load(MerchantSettings, "merchant", shell.folder / "smartcart.toml", {})


def test_without_being_asked_anything(shell: Shell, market: Market) -> None:
    found = init(shell, *at(market))
    assert found.exit_code == 0, found.output
    settings = configured(shell)
    assert settings.api_token.reveal() == market.token
    assert url_of(shell) == (
        f"http://127.0.0.1:{market.port}/webhook/{settings.webhook_secret.reveal()}"
    )
    assert f"    {url_of(shell)}\n" in found.stdout
    assert "    127.0.0.1/32\n    ::1/128\n" in found.stdout
    assert "the marketplace takes this token" in found.stdout
    assert "1 products, 1 in stock; 1001 = 5" in found.stdout
    assert market.token not in found.output


def test_asked_on_a_terminal_until_the_answers_will_do(shell: Shell, market: Market) -> None:
    typed = [
        market.url, "a-wrong-token", "y", market.token,
        "https://shop.example",
        "gone.csv", "", "stock.csv", "", "n", "n",
    ]  # fmt: skip
    found = init(shell, "--development", typed="\n".join(typed) + "\n")
    assert found.exit_code == 0, found.output
    settings = configured(shell)
    assert settings.api_token.reveal() == market.token
    assert settings.stock_csv == shell.folder / "stock.csv"
    assert settings.print_folder == shell.folder / "vouchers"
    assert settings.policy is None
    assert url_of(shell).startswith("https://shop.example/smartcart/webhook/")
    assert "401, the marketplace does not know this token" in found.stdout
    assert "gone.csv cannot be read" in found.stdout


def test_a_workbook_is_a_stock_list_too(shell: Shell, market: Market) -> None:
    (shell.folder / "stock.xlsx").write_bytes(xlsx([["shop_uid", "quantity"], ["1001", 5]]))
    found = init(shell, *at(market), "--stock", "stock.xlsx")
    assert found.exit_code == 0, found.output
    assert "1 products, 1 in stock; 1001 = 5" in found.stdout
    [table] = configured(shell).stock
    assert (table.kind, table.file) == ("excel", shell.folder / "stock.xlsx")
    (shell.folder / "stock.xls").write_bytes(b"<table><tr></tr></table>")
    found = init(shell, *at(market), "--stock", "stock.xls", "--overwrite")
    assert "have it saved as .xlsx or CSV" in found.stdout


def test_who_has_another_source_is_told_where_it_is_described(shell: Shell, market: Market) -> None:
    words = [word for word in at(market) if word not in ("--stock", "stock.csv")]
    found = init(shell, *words)
    assert "Excel, JSON and queries on a database: docs/how-to/stock.md." in found.stdout


def test_it_is_asked_in_greek(shell: Shell, market: Market) -> None:
    found = init(shell, "--language", "el", typed="\n")
    assert "Το Orders API του marketplace" in found.stdout


def test_what_is_there_stays_and_another_webhook_secret_is_never_made(
    shell: Shell, market: Market
) -> None:
    assert init(shell, *at(market)).exit_code == 0
    before = (shell.folder / "smartcart.toml").read_bytes(), url_of(shell)
    again = init(shell, "--yes")
    assert again.exit_code == 0
    assert "It stays as it is." in again.stdout
    assert f'    api_url = "{market.url}"\n' in again.stdout
    assert ((shell.folder / "smartcart.toml").read_bytes(), url_of(shell)) == before
    declined = init(shell, typed="n\nn\n")
    assert declined.exit_code == 0, declined.output
    assert (shell.folder / "smartcart.toml").read_bytes() == before[0]
    anew = init(shell, *at(market), "--overwrite", "--print-folder", "elsewhere")
    assert anew.exit_code == 0
    assert configured(shell).print_folder == shell.folder / "elsewhere"
    assert url_of(shell) == before[1]
    [beside] = shell.folder.glob("smartcart-before-*.toml")
    assert beside.read_bytes() == before[0]


@pytest.mark.timeout(60)
def test_the_webhook_is_tried_with_demo_orders(shell: Shell, market: Market) -> None:
    assert init(shell, *at(market)).exit_code == 0
    market.calls_at(url_of(shell))
    found = init(shell, "--yes", "--trial", "--wait-seconds", "30")
    assert found.exit_code == 0, found.output
    told = [line for line in found.stdout.splitlines() if " trial: " in line]
    where = f"127.0.0.1:{market.port}"
    begun = f"ok        trial: events are received here, at {where}, until the trial is over"
    assert told[0] == begun
    assert sorted(line.split(" of DEMO-OPEN arrived after ")[0] for line in told[1:]) == [
        f"ok        trial: {trigger}"
        for trigger in ("cancellation", "creation", "extension", "voucher_update")
    ]
    assert (shell.folder / "merchant.db").stat().st_mode & 0o077 == 0


def test_what_does_not_arrive_is_told_with_what_may_be_between(
    shell: Shell, market: Market
) -> None:
    assert init(shell, *at(market)).exit_code == 0
    refused = init(shell, "--yes", "--trial", "--wait-seconds", "1")
    assert refused.exit_code == 1
    assert "did not take the request for creation of DEMO-OPEN" in refused.stdout
    assert "switch the webhook on" in refused.stdout
    market.calls_at(f"http://127.0.0.1:{free_port()}/webhook/x")
    found = init(shell, "--yes", "--trial", "--wait-seconds", "1")
    assert found.exit_code == 1
    assert (
        "not arrived within 1 seconds: creation, extension, voucher_update, cancellation"
        in found.stdout
    )
    assert "the URL at 127.0.0.1 leads to the program, and its secret is right" in found.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--yes",), "--token-file: is needed where nobody is asked"),
        (("--yes", "--api-url", "http://x"), "api_url: must begin with https://"),
        (("--yes", "--development", "--api-url", "http://127.0.0.1:1", "--webhook-url", "x"),
         "webhook_url: "),
    ],
)  # fmt: skip
def test_what_will_not_do_is_said_and_nothing_is_written(
    shell: Shell, words: tuple[str, ...], told: str
) -> None:
    token = {} if "--token-file" in told else {"SMARTCART_MERCHANT_API_TOKEN": "x"}
    found = init(shell, *words, **token)
    assert found.exit_code == 1
    assert told in found.output
    assert "Traceback" not in found.output
    assert list(shell.folder.iterdir()) == []


def test_a_marketplace_that_is_away_hinders_nothing_but_is_told(shell: Shell) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    found = init(
        shell, "--yes", "--development", "--api-url", url, SMARTCART_MERCHANT_API_TOKEN="x"
    )
    assert found.exit_code == 1
    assert "not reached" in found.stdout
    assert f"{url}/ip_ranges.json tells no addresses" in found.stdout
    assert configured(shell).api_url == url


def test_shops_are_added_one_after_another(shell: Shell, market: Market) -> None:
    first = init(shell, *at(market), "--shop", "athens")
    assert first.exit_code == 0, first.output
    file = shell.folder / "smartcart.toml"
    before = file.read_text(encoding="utf-8")
    (shell.folder / "token").write_text("another-token", encoding="utf-8")
    elsewhere = init(shell, *at(market), "--shop", "patras", "--port", "1")
    assert elsewhere.exit_code == 1
    assert f"are at 127.0.0.1:{market.port}" in " ".join(elsewhere.output.split())
    second = init(shell, *at(market), "--shop", "patras")
    assert "smartcart doctor --config smartcart.toml --shop patras" in second.stdout
    assert file.read_text(encoding="utf-8").startswith(before.rstrip())
    athens, patras = read_shops(file, {}, {})
    assert (athens.name, patras.name) == ("athens", "patras")
    assert athens.settings.port == patras.settings.port == market.port
    assert athens.settings.webhook_secret != patras.settings.webhook_secret
    assert patras.settings.api_token.reveal() == "another-token"
    assert patras.settings.database == str(shell.folder / "patras.db")
    assert patras.settings.print_folder == shell.folder / "vouchers" / "patras"
    assert patras.settings.policy == shell.folder / "patras-policy.toml"
    assert patras.token_file == shell.folder / "secrets" / "patras" / "api_token"


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("", "Patras", "write a name of small letters and digits"),
        ("[merchant.shops.patras]\n", "patras", "has a shop patras"),
        ('[merchant]\napi_token = "x"\n', "patras", "is of one shop alone, for api_token is set"),
    ],
)
def test_a_shop_that_cannot_be_added_is_told(shell: Shell, text: str, name: str, told: str) -> None:
    file = shell.folder / "smartcart.toml"
    file.write_text(text, encoding="utf-8")
    found = init(shell, "--yes", "--shop", name)
    assert found.exit_code == 1
    assert told in " ".join(found.output.split())
    assert file.read_text(encoding="utf-8") == text
