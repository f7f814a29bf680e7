"""Settings: a frozen struct of described fields, filled from four places.

    class ShopSettings(msgspec.Struct, frozen=True, kw_only=True):
        port: Annotated[int, Meta(description="Port to listen on.", ge=1, le=65535)] = 8080

    settings = load(ShopSettings, "shop", Path("smartcart.toml"), os.environ, {"port": 9000})

The first place that has a value wins: the command line, the environment (`SMARTCART_SHOP_PORT`,
or `SMARTCART_SHOP_PORT_FILE` naming a file that holds the value), the TOML file (`port` under
`[shop]`, or for a secret `token_file` naming a file that holds it), the default. Fields are `int`,
`float`, `bool`, `str`, `Literal`, `StrEnum`, `Path`, `Secret`, any of them `| None`, or a
`tuple[…, ...]` of them; each has a description. A `tuple[Struct, ...]` is a list
of tables, `[[shop.name]]`, each with settings of its own; it stands in the file alone. Where one
program has several of a kind, each is a `Member` of a group, and they share the section's.
"""

from smartcart.kit.settings.describing import SettingRow, describe, tables
from smartcart.kit.settings.field import in_toml
from smartcart.kit.settings.loading import Member, SettingsError, load, members, named_file
from smartcart.kit.settings.secret import Secret

__all__ = [
    "Member",
    "Secret",
    "SettingRow",
    "SettingsError",
    "describe",
    "in_toml",
    "load",
    "members",
    "named_file",
    "tables",
]
