"""Whether the files that hold secrets are kept from other users."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from smartcart.going_live.finding import N_, Finding, ok, warning
from smartcart.kit.files import is_private
from smartcart.kit.settings import Member, named_file

_CHECK = N_("secrets")


def check_secrets(
    kind: type[msgspec.Struct], section: str, config: Path | None, member: Member | None = None
) -> list[Finding]:
    """The files that the settings name, and the settings' own file where it holds one in clear."""
    names = _secrets(kind)
    files = [named_file(section, name, os.environ, config, member) for name in names]
    found = [*_clear(names, section, config, member), *_open(filter(None, files))]
    if found:
        return found
    if os.name == "nt":
        return [ok(_CHECK, N_("the rights of files are not looked at on Windows"))]
    return [ok(_CHECK, N_("no other user of this machine can read them"))]


def _secrets(kind: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind) if "Secret" in str(field.type)]


def _clear(
    names: Iterable[str], section: str, config: Path | None, member: Member | None
) -> Iterator[Finding]:
    if config is None or is_private(config):
        return
    table = tomllib.loads(config.read_text(encoding="utf-8")).get(section, {})
    own = table.get(member.group, {}).get(member.name, {}) if member else {}
    held = [name for name in names if name in table or name in own]
    if held:
        yield warning(
            _CHECK,
            N_("other users of this machine may read {file}, which holds {names}"),
            N_('chmod 600 it, or move each into a file of its own: NAME_file = "…"'),
            file=config,
            names=", ".join(held),
        )


def _open(files: Iterable[Path]) -> Iterator[Finding]:
    for file in files:
        if not is_private(file):
            saw = N_("other users of this machine may read {file}, which holds a secret")
            yield warning(_CHECK, saw, N_("chmod 600 it."), file=file)
