"""Whether a half's database opens, is of this release, and is kept from other users."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from smartcart.going_live.checks.folders import check_disk
from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.database import (
    DatabaseError,
    Migrations,
    outstanding_migrations,
    sqlite_file,
)
from smartcart.kit.files import is_private

_CHECK = N_("database")
_HOURS_BETWEEN_BACKUPS = 48


async def check_database(url: str, migrations: Sequence[Migrations]) -> list[Finding]:
    """Nothing is made or brought up to date."""
    try:
        file = sqlite_file(url)
        outstanding = await outstanding_migrations(url, migrations)
    except (DatabaseError, ImportError, OSError) as error:
        return [bad(_CHECK, N_("{why}"), N_("Do what it says, then look again."), why=error)]
    findings = [_opened(file, outstanding)]
    if file is not None:
        findings += [*_rights(file), check_disk(file)]
    return findings


def check_backups(folder: Path) -> Finding:
    """How old the newest file in the folder of backups is."""
    check, facts = N_("backup"), {"folder": folder.absolute()}
    try:
        newest = max(each.stat().st_mtime for each in folder.iterdir() if each.is_file())
    except (OSError, ValueError):
        remedy = N_("Run `smartcart merchant backup` every night, to another disk.")
        return bad(check, N_("there is no backup in {folder}"), remedy, **facts)
    hours = round((time.time() - newest) / 3600)
    saw = N_("the newest in {folder} is {hours} hours old")
    if hours <= _HOURS_BETWEEN_BACKUPS:
        return ok(check, saw, **facts, hours=hours)
    remedy = N_("Look why the nightly backup is not made any more.")
    return warning(check, saw, remedy, **facts, hours=hours)


def _opened(file: Path | None, outstanding: int | None) -> Finding:
    where = {"where": file.absolute() if file else "PostgreSQL"}
    if outstanding is None:
        return ok(_CHECK, N_("{where} holds nothing yet; it is made at the first start"), **where)
    if outstanding:
        saw = N_("{where} opens; the next start brings it up to date in {steps} steps")
        return ok(_CHECK, saw, **where, steps=outstanding)
    return ok(_CHECK, N_("{where} opens and is of this release"), **where)


def _rights(file: Path) -> Iterator[Finding]:
    there = file if file.exists() else file.parent
    facts = {"where": file.absolute()}
    if not (os.access(there, os.W_OK) and os.access(file.parent, os.W_OK)):
        yield bad(
            _CHECK,
            N_("{where} or its folder cannot be written by this user"),
            N_("Run as the user that the program runs as, or give it the right to write there."),
            **facts,
        )
    if file.exists() and not is_private(file):
        yield warning(
            _CHECK,
            N_("other users of this machine may read {where}, which holds customers' data"),
            N_("chmod 600 it, and run the program with UMask=0077."),
            **facts,
        )
