"""Several shops in one settings file: what is common, what is each one's, what will not do."""

from pathlib import Path

import pytest

from smartcart.kit.settings import SettingsError
from smartcart.merchant.shops import read_shop, read_shops, shop_names

TWO = """
[merchant]
port = 9000
vendor = "ours"
development = true

[merchant.shops.athens]
webhook_secret = "secret-of-athens-1"
api_token = "token-a"
vendor = "theirs"

[merchant.shops.patras]
webhook_secret = "secret-of-patras-1"
api_token_file = "{token}"
database = "postgresql://db.example/patras"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("token-p\n")
    return written(tmp_path, TWO.format(token=tmp_path / "token"))


def written(folder: Path, text: str) -> Path:
    file = folder / "shops.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(file: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        read_shops(file, environ, {})
    return error.value.problems


def test_each_has_its_own_and_else_what_is_common(file: Path, tmp_path: Path) -> None:
    athens, patras = read_shops(file, {}, {})
    assert (athens.name, patras.name) == ("athens", "patras")
    assert (athens.settings.vendor, patras.settings.vendor) == ("theirs", "ours")
    assert (athens.settings.port, patras.settings.port) == (9000, 9000)
    assert patras.settings.api_token.reveal() == "token-p"
    assert (athens.token_file, patras.token_file) == (None, tmp_path / "token")


def test_where_nothing_is_set_the_name_tells_the_places_apart(file: Path) -> None:
    athens, patras = read_shops(file, {}, {})
    assert (athens.settings.database, athens.settings.print_folder) == (
        "athens.db",
        Path("vouchers/athens"),
    )
    assert (patras.settings.database, patras.settings.print_folder) == (
        "postgresql://db.example/patras",
        Path("vouchers/patras"),
    )


def test_what_is_a_shops_own_comes_before_what_is_common_wherever_it_stands(file: Path) -> None:
    environ = {
        "SMARTCART_MERCHANT_VENDOR": "of-all",
        "SMARTCART_MERCHANT_SHOPS_PATRAS_API_TOKEN_FILE": "",
        "SMARTCART_MERCHANT_SHOPS_PATRAS_DATABASE": "other.db",
        "SMARTCART_MERCHANT_SHOPS_ATHENS_API_TOKEN": "another",
    }
    athens, patras = read_shops(file, environ, {"port": 9001})
    assert (athens.settings.vendor, patras.settings.vendor) == ("theirs", "of-all")
    assert athens.settings.api_token.reveal() == "another"
    assert patras.settings.database == "other.db"
    assert (athens.settings.port, patras.settings.port) == (9001, 9001)


def test_what_is_wrong_is_told_with_the_shop_and_all_at_once(file: Path) -> None:
    text = file.read_text().replace('"secret-of-athens-1"', '"short"') + "prot = 1\n"
    text = text.replace('api_token = "token-a"', "")
    first, second = problems(written(file.parent, text))
    assert first.startswith("shop athens: api_token: is not set; set SMARTCART_MERCHANT_SHOPS_ATH")
    assert "[merchant.shops.athens]" in first
    assert second.startswith(f"shop patras: {file}, [merchant.shops.patras] prot: no such setting")


def test_what_only_the_whole_tells_is_told_with_the_shop(file: Path) -> None:
    text = file.read_text().replace('"secret-of-athens-1"', '"short"')
    [problem] = problems(written(file.parent, text))
    assert problem.startswith("shop athens: [merchant.shops.athens] webhook_secret: needs 16")
    assert "short" not in problem


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ('database = "./athens.db"', "database: shops athens and patras have the same"),
        ('webhook_secret = "secret-of-athens-1"', "webhook_secret: shops"),
        ('api_token = "token-a"', "api_token: shops"),
        ('print_folder = "vouchers/athens"', "print_folder: shops"),
        ("port = 9002", "port: shops athens and patras have different ones, and it is the whole"),
    ],
)
def test_two_shops_share_nothing_that_is_a_shops_own(tmp_path: Path, own: str, what: str) -> None:
    name = own.partition(" ")[0]
    usual = {"webhook_secret": '"secret-of-patras-1"', "api_token": '"token-p"'}
    usual |= {name: own.partition("= ")[2]}
    table = "".join(f"{key} = {value}\n" for key, value in usual.items())
    text = TWO.partition("[merchant.shops.patras]")[0] + f"[merchant.shops.patras]\n{table}"
    [problem] = problems(written(tmp_path, text))
    assert problem.startswith(what)


def test_dashboard_keys_are_told_apart_too(tmp_path: Path) -> None:
    text = TWO.format(token="t").replace("port = 9000", 'dashboard_key = "common"')
    text = text.replace('api_token_file = "t"', 'api_token = "token-p"')
    [problem] = problems(written(tmp_path, text))
    assert problem.startswith("dashboard_key: shops athens and patras have the same")


def test_a_variable_of_no_shop_is_told(file: Path) -> None:
    [problem] = problems(file, SMARTCART_MERCHANT_SHOPS_VOLOS_API_TOKEN="x")
    assert problem.startswith("SMARTCART_MERCHANT_SHOPS_VOLOS_API_TOKEN: is of no shop")
    assert "there are athens, patras" in problem


@pytest.mark.parametrize("name", ["Athens", "a-b", "a_b", '"Αθήνα"', '"1st"'])
def test_a_name_must_do_for_variables_and_files(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, f"[merchant.shops.{name}]\n")
    [problem] = problems(file)
    assert "write a name of small letters and digits" in problem


def test_one_shop_alone_is_as_before(tmp_path: Path) -> None:
    file = written(tmp_path, "[merchant]\nport = 1\n")
    assert shop_names(file, {}) == shop_names(None, {}) == ()


def test_a_shop_can_be_read_by_itself_whatever_is_wrong_with_another(file: Path) -> None:
    text = file.read_text().replace('"secret-of-athens-1"', '"short"')
    shop = read_shop("patras", written(file.parent, text), {}, {})
    assert shop.settings.database == "postgresql://db.example/patras"
