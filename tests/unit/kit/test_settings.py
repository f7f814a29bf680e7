import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from smartcart.kit.settings import Secret, SettingsError, describe, load, named_file, tables


class Pace(enum.StrEnum):
    CALM = "calm"
    QUICK = "quick"


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    port: Annotated[int, Meta(description="Port.", ge=1, le=65535)] = 8080
    share: Annotated[float, Meta(description="Share.")] = 0.5
    express: Annotated[bool, Meta(description="Express.")] = False
    greeting: Annotated[str, Meta(description="Greeting.")] = "Καλημέρα"
    retry_minutes: Annotated[tuple[int, ...], Meta(description="Retries.")] = (0, 5, 10)
    couriers: Annotated[tuple[str, ...], Meta(description="Couriers.")] = ()
    log: Annotated[Literal["text", "json"], Meta(description="Log.")] = "text"
    pace: Annotated[Pace, Meta(description="Pace.")] = Pace.CALM
    folder: Annotated[Path | None, Meta(description="Folder.")] = None
    token: Annotated[Secret | None, Meta(description="Token.")] = None


class Strict(msgspec.Struct, frozen=True, kw_only=True):
    first: Annotated[int, Meta(description="First.")]
    last: Annotated[int, Meta(description="Last.")] = 10

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("first must not be more than last; lower it")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    old: Annotated[tuple[Secret, ...], Meta(description="Keys before this one.")] = ()


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "smartcart.toml"


def shop(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Shop:
    return load(Shop, "shop", file, environ or {}, overrides or {})


def problem(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> str:
    with pytest.raises(SettingsError) as caught:
        shop(file, environ, overrides)
    return str(caught.value)


def test_with_nothing_given_the_defaults_hold() -> None:
    assert shop() == Shop()


@pytest.mark.parametrize("given_in", ["default", "file", "environment", "command line"])
def test_the_nearest_place_wins(toml: Path, given_in: str) -> None:
    places = ["default", "file", "environment", "command line"]
    rank = places.index(given_in)
    toml.write_text("[shop]\nport = 1001" if rank >= 1 else "")
    environ = {"SMARTCART_SHOP_PORT": "1002"} if rank >= 2 else {}
    overrides = {"port": 1003 if rank >= 3 else None}
    assert shop(toml, environ, overrides).port == [8080, 1001, 1002, 1003][rank]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "port": st.tuples(st.integers(1, 65535), st.none() | st.integers(1, 65535)),
            "share": st.tuples(st.floats(0, 1), st.none() | st.floats(0, 1)),
            "express": st.tuples(st.booleans(), st.none() | st.booleans()),
            "retry_minutes": st.tuples(
                st.lists(st.integers(), min_size=1).map(tuple), st.none() | st.just((1,))
            ),
        },
    )
)
def test_every_variable_can_be_overridden_and_none_is_not_an_override(
    drawn: dict[str, tuple[object, object | None]],
) -> None:
    environ = {
        f"SMARTCART_SHOP_{name.upper()}": str(value).strip("()")
        for name, (value, _) in drawn.items()
    }
    environ = {key: value.rstrip(",") for key, value in environ.items()}
    loaded = shop(None, environ, {name: over for name, (_, over) in drawn.items()})
    expected = {name: value if over is None else over for name, (value, over) in drawn.items()}
    assert loaded == msgspec.structs.replace(Shop(), **expected)


def test_variables_are_read_by_the_type_of_their_field(tmp_path: Path) -> None:
    assert shop(
        environ={
            "SMARTCART_SHOP_SHARE": "0.25",
            "SMARTCART_SHOP_EXPRESS": "TRUE",
            "SMARTCART_SHOP_RETRY_MINUTES": "1, 2,3",
            "SMARTCART_SHOP_COURIERS": "ACS,Skroutz Last Mile",
            "SMARTCART_SHOP_LOG": "json",
            "SMARTCART_SHOP_PACE": "quick",
            "SMARTCART_SHOP_FOLDER": str(tmp_path),
            "SMARTCART_SHOP_TOKEN": "t0ken",
            "SMARTCART_SHOP_PORT": "",
            "SMARTCART_OTHER_PORT": "1",
            "PATH": "/bin",
        }
    ) == Shop(
        share=0.25,
        express=True,
        retry_minutes=(1, 2, 3),
        couriers=("ACS", "Skroutz Last Mile"),
        log="json",
        pace=Pace.QUICK,
        folder=tmp_path,
        token=Secret("t0ken"),
    )


def test_toml_is_read_as_written_and_other_sections_are_left_alone(toml: Path) -> None:
    toml.write_text(
        '[shop]\nretry_minutes = [1]\ngreeting = "Γειά"\nfolder = "out"\n[other]\nx = 1\n'
    )
    assert shop(toml) == Shop(retry_minutes=(1,), greeting="Γειά", folder=Path("out"))


def test_a_variable_can_name_a_file_that_holds_the_value(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    assert shop(environ={"SMARTCART_SHOP_TOKEN_FILE": str(tmp_path / "token")}).token == Secret(
        "t0ken"
    )


def test_a_value_that_will_not_do_names_field_place_and_remedy(toml: Path) -> None:
    toml.write_text("[shop]\nretry_minutes = [1, 'soon']\n")
    assert problem(toml) == (
        f"retry_minutes, from {toml}, [shop] retry_minutes: is [1, 'soon']; "
        "write a list of whole numbers, for example [0, 5, 10]"
    )
    assert problem(environ={"SMARTCART_SHOP_PORT": "0"}) == (
        "port, from SMARTCART_SHOP_PORT: is '0'; "
        "write a whole number, at least 1, at most 65535, for example 8080"
    )
    assert problem(environ={"SMARTCART_SHOP_RETRY_MINUTES": "1,,2"}) == (
        "retry_minutes, from SMARTCART_SHOP_RETRY_MINUTES: is ['1', '', '2']; "
        "write a list of whole numbers, for example 0,5,10"
    )
    assert problem(overrides={"log": "xml"}) == (
        "log, from option --log: is 'xml'; write one of json, text, for example text"
    )
    assert problem(environ={"SMARTCART_SHOP_EXPRESS": "yes"}) == (
        "express, from SMARTCART_SHOP_EXPRESS: is 'yes'; write true or false, for example false"
    )


def test_an_unknown_name_is_refused_with_the_likely_one(toml: Path) -> None:
    toml.write_text("[shop]\nprot = 1\nzzz = 2\n")
    assert problem(toml, {"SMARTCART_SHOP_GREETNG": "x"}).splitlines() == [
        f"{toml}, [shop] prot: no such setting; did you mean port?",
        f"{toml}, [shop] zzz: no such setting; there are couriers, express, folder, greeting, "
        "log, pace, port, retry_minutes, share, token",
        "SMARTCART_SHOP_GREETNG: no such setting; did you mean SMARTCART_SHOP_GREETING?",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[shpo]\nport = 1\n", "{}, [shpo]: no such section; did you mean [shop]?"),
        ("port = 1\n", "{}, port: stands outside a section; move it under [shop]"),
        ("shop = 1\n", "{}, shop: stands outside a section; move it under [shop]"),
        ("[shop\n", "{}: is not TOML (Expected ']' at the end of a table declaration (at line 1, "),
    ],
)
def test_a_file_that_is_not_understood_says_where(toml: Path, text: str, expected: str) -> None:
    toml.write_text(text)
    assert problem(toml).startswith(expected.format(toml))


def test_a_file_that_is_not_there_is_an_error(toml: Path) -> None:
    assert problem(toml) == (
        f"{toml}: cannot be read (No such file or directory); check the path and its rights"
    )


def test_a_secret_is_in_no_message_and_no_representation(tmp_path: Path, toml: Path) -> None:
    toml.write_text("[shop]\ntoken = 987654\n")
    assert problem(toml) == (
        f"token, from {toml}, [shop] token: is a value not shown here; write a secret"
    )
    (tmp_path / "port").write_text("987654")
    assert "987654" not in problem(environ={"SMARTCART_SHOP_PORT_FILE": str(tmp_path / "port")})
    settings = shop(environ={"SMARTCART_SHOP_TOKEN": "987654"})
    assert settings.token is not None
    assert settings.token.reveal() == "987654"
    assert "987654" not in f"{settings} {settings!r} {settings.token} {settings.token!r}"
    with pytest.raises(TypeError):
        msgspec.json.encode(settings)
    with pytest.raises(SettingsError) as caught:
        load(Keys, "keys", None, {"SMARTCART_KEYS_OLD": "987654,"})
    assert "987654" not in str(caught.value)


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    assert "write a secret" in problem(
        environ={"SMARTCART_SHOP_TOKEN_FILE": str(tmp_path / "token")}
    )


def test_a_named_file_must_be_there_and_alone(tmp_path: Path) -> None:
    missing = tmp_path / "gone"
    named = {"SMARTCART_SHOP_TOKEN_FILE": str(missing)}
    assert problem(environ=named).startswith(f"SMARTCART_SHOP_TOKEN_FILE: {missing} cannot be read")
    assert problem(environ=named | {"SMARTCART_SHOP_TOKEN": "x"}) == (
        "SMARTCART_SHOP_TOKEN_FILE: SMARTCART_SHOP_TOKEN is set too; set one of them"
    )


def test_the_toml_file_may_name_the_file_of_a_secret(toml: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("in a file\n")
    toml.write_text(f"[shop]\ntoken_file = '{secret}'")
    assert shop(toml).token == Secret("in a file")
    assert named_file("shop", "token", {}, toml) == secret
    given = {"SMARTCART_SHOP_TOKEN": "in the environment"}
    assert shop(toml, given).token == Secret("in the environment")
    assert named_file("shop", "token", given, toml) is None
    elsewhere = {"SMARTCART_SHOP_TOKEN_FILE": "/elsewhere"}
    assert named_file("shop", "token", elsewhere, toml) == Path("/elsewhere")


def test_a_secrets_file_in_toml_must_be_there_and_alone(toml: Path, tmp_path: Path) -> None:
    toml.write_text("[shop]\ntoken_file = '/gone'")
    assert problem(toml).startswith(f"{toml}, [shop] token_file: /gone cannot be read")
    toml.write_text("[shop]\ntoken_file = '/gone'\ntoken = 'x'")
    assert problem(toml) == f"{toml}, [shop] token_file: token is set too; set one of them"
    toml.write_text("[shop]\ntoken_file = 5")
    assert problem(toml) == (
        f"{toml}, [shop] token_file: write the path of the file that holds token"
    )


def test_what_is_no_secret_stands_in_the_toml_file_itself(toml: Path) -> None:
    toml.write_text("[shop]\nfolder_file = 'x'")
    assert problem(toml) == (f"{toml}, [shop] folder_file: no such setting; did you mean folder?")


def test_a_required_setting_says_where_it_can_be_set() -> None:
    with pytest.raises(SettingsError) as caught:
        load(Strict, "strict", None, {})
    assert str(caught.value) == (
        "first: is not set; set SMARTCART_STRICT_FIRST, or first under [strict] in the TOML file, "
        "to a whole number"
    )


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"\[strict\] first must not be more than last"):
        load(Strict, "strict", None, {"SMARTCART_STRICT_FIRST": "11"})


def test_a_description_of_every_setting_for_its_reader() -> None:
    rows = {row.name: row for row in describe(Shop, "shop")}
    assert list(rows) == list(Shop.__struct_fields__)
    assert (rows["port"].variable, rows["port"].expected, rows["port"].default) == (
        "SMARTCART_SHOP_PORT",
        "a whole number, at least 1, at most 65535",
        "8080",
    )
    assert [row.default for row in rows.values()] == [
        "8080", "0.5", "false", '"Καλημέρα"', "[0, 5, 10]", "[]", '"text"', '"calm"',
        "not set", "not set",
    ]  # fmt: skip
    assert describe(Strict, "strict")[0].default == "required"


def test_a_field_nobody_described_or_can_write_is_a_mistake_of_the_programmer() -> None:
    class Undescribed(msgspec.Struct):
        port: int = 1

    class Odd(msgspec.Struct):
        table: Annotated[dict[str, int] | None, Meta(description="Table.")] = None

    with pytest.raises(TypeError, match=r"Undescribed\.port needs Meta\(description"):
        describe(Undescribed, "x")
    with pytest.raises(TypeError, match=r"Odd\.table: a setting cannot be"):
        describe(Odd, "x")


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    room: Annotated[str, Meta(description="Room.")]
    boards: Annotated[int, Meta(description="Boards.", ge=1)] = 4
    key: Annotated[Secret | None, Meta(description="Key.")] = None

    def __post_init__(self) -> None:
        if not self.room:
            raise ValueError("room: is empty; name one")


class Store(msgspec.Struct, frozen=True, kw_only=True):
    shelves: Annotated[tuple[Shelf, ...], Meta(description="Shelves.")] = ()


def test_tables_have_settings_of_their_own(toml: Path) -> None:
    toml.write_text(
        '[[store.shelves]]\nroom = "a"\n[[store.shelves]]\nroom = "b"\nboards = "2"\nkey = "k"'
    )
    found = load(Store, "store", toml, {})
    assert found == Store(shelves=(Shelf(room="a"), Shelf(room="b", boards=2, key=Secret("k"))))
    assert load(Store, "store", None, {}) == Store()
    assert tables(Store) == {"shelves": Shelf}
    (row,) = describe(Store, "store")
    assert (row.variable, row.expected, row.default) == ("", "tables", "[]")


def test_what_is_wrong_in_a_table_is_told_with_its_number(toml: Path) -> None:
    toml.write_text(
        '[[store.shelves]]\nroom = "a"\nboard = 2\n'
        '[[store.shelves]]\nboards = 0\nkey = 5\n[[store.shelves]]\nroom = ""'
    )
    with pytest.raises(SettingsError) as caught:
        load(Store, "store", toml, {})
    place = f"{toml}, [store] shelves, table"
    assert caught.value.problems == (
        f"{place} 1, board: no such setting; did you mean boards?",
        f"{place} 2: room is not set; set it to text",
        f"boards, from {place} 2: is 0; write a whole number, at least 1, for example 4",
        f"key, from {place} 2: is a value not shown here; write a secret",
        f"{place} 3: room: is empty; name one",
    )


@pytest.mark.parametrize("text", ['shelves = "a"', "shelves = [1]", "[store.shelves]\nroom = 'a'"])
def test_what_is_no_list_of_tables_is_refused(toml: Path, text: str) -> None:
    toml.write_text(f"[store]\n{text}")
    with pytest.raises(SettingsError, match=r"no list of tables; write each under \[\[…shelves"):
        load(Store, "store", toml, {})


def test_tables_have_no_variable() -> None:
    with pytest.raises(SettingsError, match="no list of tables"):
        load(Store, "store", None, {"SMARTCART_STORE_SHELVES": "a"})
