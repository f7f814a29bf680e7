"""A new shop's files: its settings, its policy, and each secret in a file of its own."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from smartcart.going_live.answers import Answers, is_url, kind_of
from smartcart.kit.files import write_atomically, write_private
from smartcart.kit.settings import Secret, SettingsError, describe, in_toml, tables
from smartcart.merchant.policy_file import SECTIONS
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import OF_THE_PROCESS, shop_names

_FOLDER = "secrets"
_SECRETS = ("api_token", "webhook_secret", "webhook_url")
_OF_ONE = {*_SECRETS, *(f"{name}_file" for name in _SECRETS)}
_NAME = re.compile("[a-z][a-z0-9]{0,31}")
_OPENING = "# Written by `smartcart merchant init`. All settings: docs/reference/settings.md\n"
_POLICY_OPENING = """\
# What the shop answers by itself, and what it holds for a person. These are the safe defaults:
# change a line and take its # away. docs/how-to/policy.md says more; look it over by
# `smartcart merchant policy check` and try it by `smartcart merchant policy test`.
"""


def kept_secret(config: Path, name: str, shop: str = "") -> Secret | None:
    """A secret that an earlier run wrote: another webhook secret would cut the shop off."""
    try:
        return Secret((config.parent / _FOLDER / shop / name).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def write(answers: Answers, config: Path) -> list[Path]:
    """Write everything, each file whole or not at all; the paths, settings first.

    What `config` held before is kept beside it, and what it set besides is set again. A policy
    that is there stays as it is. Raises `SettingsError` for a `config` that is no shop's alone.
    """
    folder = config.parent / _FOLDER / answers.shop
    if answers.shop:
        settings = _with_another(config, answers, folder)
    else:
        settings = _settings_toml(answers, folder, _before(config))
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for name in _SECRETS:
        if text := _secret(answers, name):
            write_private(folder / name, f"{text}\n".encode())
            written.append(folder / name)
    if answers.policy is not None and not answers.policy.exists():
        write_atomically(answers.policy, policy_toml().encode())
        written.append(answers.policy)
    if config.exists():
        config.replace(_beside(config))
    write_private(config, settings.encode())
    return [config, *written]


def require_room(config: Path, shop: str) -> None:
    """Raise `SettingsError` where no shop of this name can be added to those of `config`."""
    if not _NAME.fullmatch(shop):
        raise SettingsError([f"--shop {shop}: write a name of small letters and digits"])
    if shop in (shop_names(config, {}) if config.exists() else ()):
        raise SettingsError(
            [f"{config}: has a shop {shop}; have it looked over by: smartcart doctor --shop {shop}"]
        )
    if own := sorted(common(config).keys() & _OF_ONE):
        raise SettingsError(
            [
                f"{config}: is of one shop alone, for {', '.join(own)} is set under [merchant]; "
                "give that shop a name by moving its lines below a title [merchant.shops.NAME]"
            ]
        )


def common(config: Path) -> Mapping[str, object]:
    """What is set under `[merchant]` for all shops; nothing where there is no file."""
    return _table(_document(config)) if config.exists() else {}


def shown(config: Path) -> str:
    """The shop's settings for the screen, every secret in them masked."""
    return _toml(_table(_document(config)), masked=True)


def policy_toml() -> str:
    """Every section and setting of a policy, as comments: the defaults, whatever they become."""
    return "\n".join([_POLICY_OPENING, *(_section(name, kind) for name, kind in SECTIONS.items())])


def _section(name: str, kind: type[msgspec.Struct]) -> str:
    lines = [f"[{name}]"]
    for row in describe(kind, name):
        value = f"…  ({row.expected})" if row.default == "not set" else row.default
        lines += [f"# {row.description}", f"# {row.name} = {value}"]
    return "\n".join(lines) + "\n"


def _settings_toml(answers: Answers, folder: Path, before: Mapping[str, object]) -> str:
    asked = dict(_asked(answers, folder))
    others = {name: value for name, value in before.items() if not _is_asked(name, asked)}
    return f"{_OPENING}\n{_toml({**asked, **others})}\n"


def _with_another(config: Path, answers: Answers, folder: Path) -> str:
    """What is there as it is, and the new shop's table behind it."""
    asked = dict(_asked(answers, folder))
    process: dict[str, object] = {name: asked.pop(name) for name in OF_THE_PROCESS if name in asked}
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    if not text.strip():
        text = f"{_OPENING}\n{_toml(process)}\n"
    return f"{text.rstrip()}\n\n{_toml(asked, title=f'merchant.shops.{answers.shop}')}\n"


def _toml(section: Mapping[str, object], *, masked: bool = False, title: str = "merchant") -> str:
    """`[merchant]` with its settings, and after them the tables below it."""
    below = {name: rows for name, rows in section.items() if name in tables(MerchantSettings)}
    plain = {name: value for name, value in section.items() if name not in below}
    lines = [f"[{title}]", *_lines(plain, MerchantSettings, masked)]
    for name, rows in below.items():
        for row in rows if isinstance(rows, list) else ():
            kind = tables(MerchantSettings)[name]
            lines += ["", f"[[{title}.{name}]]", *_lines(row, kind, masked)]
    return "\n".join(lines)


def _lines(values: Mapping[str, object], kind: type[msgspec.Struct], masked: bool) -> Iterator[str]:
    expected = {row.name: row.expected for row in describe(kind, "merchant")}
    for name, value in values.items():
        hidden = masked and "secret" in expected.get(name, "secret")
        shown = "***" if hidden and not name.endswith("_file") else _value(value)
        yield f"{name} = {shown}"


def _asked(answers: Answers, folder: Path) -> Iterator[tuple[str, object]]:
    settings, defaults = answers.settings(), _defaults()
    for name in _SECRETS:
        if _secret(answers, name):
            yield f"{name}_file", folder / name
    yield "api_url", settings.api_url
    for name in ("vendor", "development", "host", "port"):
        if getattr(settings, name) != defaults[name]:
            yield name, getattr(settings, name)
    for name in ("stock_feed", "stock_csv"):
        if getattr(settings, name) is not None:
            yield name, getattr(settings, name)
    if settings.stock:
        where = "url" if is_url(answers.stock) else "file"
        yield "stock", [{"kind": kind_of(answers.stock), where: answers.stock}]
    yield "database", settings.database
    yield "print_folder", settings.print_folder
    if settings.policy is not None:
        yield "policy", settings.policy


def _defaults() -> dict[str, object]:
    return {field.name: field.default for field in msgspec.structs.fields(MerchantSettings)}


def _is_asked(name: str, asked: Iterable[str]) -> bool:
    always = {"vendor", "development", "host", "port", "stock_feed", "stock_csv", "stock", "policy"}
    return name in {*asked, *always, *_SECRETS, *(f"{secret}_file" for secret in _SECRETS)}


def _secret(answers: Answers, name: str) -> str:
    match name:
        case "api_token":
            return answers.token.reveal()
        case "webhook_secret":
            return answers.webhook_secret.reveal()
        case _:
            return answers.webhook_url


def _before(config: Path) -> Mapping[str, object]:
    if not config.exists():
        return {}
    document = _document(config)
    others = sorted(document.keys() - {"merchant"})
    if others:
        raise SettingsError(
            [f"{config}: holds [{', '.join(others)}] too; give the shop's a name of its own by "
             "--config"]
        )  # fmt: skip
    return _table(document)


def _document(config: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError([f"{config}: is not TOML ({error}); move it away first"]) from error


def _table(document: Mapping[str, object]) -> Mapping[str, object]:
    table = document.get("merchant", {})
    return table if isinstance(table, dict) else {}


def _beside(config: Path) -> Path:
    return config.with_name(f"{config.stem}-before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z.toml")


def _value(value: object) -> str:
    return in_toml(tuple(value) if isinstance(value, list) else value)
