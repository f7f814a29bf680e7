"""Whether vouchers can be printed to their folder, and whether the disk has room."""

import secrets
import shutil
from pathlib import Path

from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.files import create_once

_BAD_BYTES, _WARN_BYTES = 200_000_000, 2_000_000_000


def check_print_folder(folder: Path) -> Finding:
    """Put a file there as a voucher is put there, and take it away again."""
    check, facts = N_("print folder"), {"folder": folder.absolute()}
    there = _nearest(folder)
    probe = there / f".{secrets.token_hex(8)}.probe"
    try:
        create_once(probe, b"probe")
    except OSError as error:
        return bad(
            check,
            N_("a file cannot be written to {folder}: {why}"),
            N_("Give the user that runs the program the right to write there, on a disk with hard "
               "links (NTFS, ext4; not FAT)."),
            **facts,
            why=error.strerror or error,
        )  # fmt: skip
    finally:
        probe.unlink(missing_ok=True)
    if there != folder.absolute():
        return ok(check, N_("{folder} is not there yet and can be made"), **facts)
    return ok(check, N_("{folder} can be written to"), **facts)


def check_disk(path: Path) -> Finding:
    """Free space where `path` is kept."""
    check, there = N_("disk"), _nearest(path.parent)
    free = shutil.disk_usage(there).free
    saw = N_("{free} GB are free at {folder}")
    facts = {"free": f"{free / 1e9:.1f}", "folder": there}
    if free >= _WARN_BYTES:
        return ok(check, saw, **facts)
    remedy = N_("Make room: without it no event can be kept, and none is then answered 200.")
    return (bad if free < _BAD_BYTES else warning)(check, saw, remedy, **facts)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    absolute = folder.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.is_dir())
