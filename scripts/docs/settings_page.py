"""docs/reference/settings.md, from the types that hold the settings."""

from collections.abc import Mapping

import msgspec

from smartcart.kit.settings import SettingRow, describe, tables
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.merchant.settings import MerchantSettings

SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "marketplace": MarketplaceSettings,
    "merchant": MerchantSettings,
}

_OPENING = """\
# Settings

<!-- Written by `make docs` from the settings types; edit the descriptions there. -->

Each setting is taken from the first place that has it:

1. an option of the command, where the command has one;
2. its environment variable, named below; an empty variable counts as not set;
3. the file that the variable with `_FILE` after its name points to, such as
   `SMARTCART_MERCHANT_API_TOKEN_FILE=/run/secrets/api_token` (one of the two, not both);
4. a TOML file: `--config FILE`, or the variable `SMARTCART_CONFIG`, or `smartcart.toml` in the
   current folder; the setting stands under the name of its section, and a secret may be in a file
   of its own, which its name with `_file` after it names: `api_token_file = "secrets/api_token"`;
5. its default.

Where one process runs [several shops](../how-to/several-shops.md), each has all settings of
`[merchant]` under `[merchant.shops.NAME]`.

In a variable, the items of a list are separated by commas: `60,300,1080`. Paths are relative to the
current folder. An unknown name or a value that will not do is an error that names the place, the
problem and the remedy. Secrets are never printed.
"""


def settings_page() -> str:
    return "\n".join([_OPENING, *(_section(name, kind) for name, kind in SECTIONS.items())])


def _section(name: str, kind: type[msgspec.Struct]) -> str:
    below = (_table(f"[[{name}.{key}]]", table, name) for key, table in tables(kind).items())
    return "\n".join([_table(f"[{name}]", kind, name), *below])


def _table(title: str, kind: type[msgspec.Struct], section: str) -> str:
    in_file = title.startswith("[[")
    rows = "\n".join(_row(row, in_file=in_file) for row in describe(kind, section))
    head = "setting" if in_file else "setting, variable"
    return f"## `{title}`\n\n| {head} | value | default | meaning |\n|---|---|---|---|\n{rows}\n"


def _row(row: SettingRow, *, in_file: bool) -> str:
    """Tables of the file, and what stands in them, have no variables."""
    variable = "" if in_file or not row.variable else f"<br>`{row.variable}`"
    default = row.default if row.default in ("required", "not set") else f"`{row.default}`"
    cells = [f"`{row.name}`{variable}", row.expected, default, row.description]
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
