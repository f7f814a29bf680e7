"""`smartcart doctor`: a configured half, looked over."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import click

from smartcart.cli.common import command, config_file, config_option, json_option, show_json
from smartcart.cli.shops import shop_option
from smartcart.going_live import doctor as examining
from smartcart.going_live.doctor import Wanted
from smartcart.going_live.finding import Finding, Level
from smartcart.going_live.telling import LANGUAGES, line, sentences, spoken
from smartcart.kit.i18n import Language
from smartcart.merchant.shops import shop_names

_HALVES: Mapping[str, Callable[[Wanted], AsyncIterator[Finding]]] = {
    "merchant": examining.examine_merchant,
    "marketplace": examining.examine_marketplace,
}


@click.command()
@click.argument("halves", type=click.Choice(sorted(_HALVES)), nargs=-1)
@click.option(
    "--webhook-url", default="", help="The webhook's URL to try; else webhook_url of the settings."
)
@click.option(
    "--backups",
    type=click.Path(path_type=Path),
    help="Folder of backups, whose newest is looked at.",
)
@click.option("--ring", is_flag=True, help="Send a test message to everybody alarms call.")
@click.option(
    "--language",
    type=click.Choice(sorted(LANGUAGES)),
    help="In which language; this machine's when left out.",
)
@json_option
@config_option
@shop_option
@command
async def doctor(
    config: Path | None,
    shop: str | None,
    halves: tuple[str, ...],
    webhook_url: str,
    backups: Path | None,
    ring: bool,
    language: str | None,
    as_json: bool,
) -> None:
    """Look an installation over and say what is not well, with its remedy.

    HALVES are `merchant` and `marketplace`, by default those that something is set for. Nothing is
    changed; the exit status is 1 when something is bad. Of several shops each is looked over, or
    the one that --shop names.
    """
    file = config_file(config)
    chosen = halves or tuple(examining.configured(file))
    examinations = [("", examining.examine_machine())]
    for half in chosen:
        names = shop_names(file, os.environ) if half == "merchant" else ()
        for name in names if shop is None else (shop,):
            wanted = Wanted(file, webhook_url, backups, ring, name)
            examinations.append((name, _HALVES[half](wanted)))
        if not names and shop is None:
            examinations.append(("", _HALVES[half](Wanted(file, webhook_url, backups, ring))))
    spoken_in = LANGUAGES[language or spoken()]
    found: list[tuple[str, Finding]] = []
    for name, examination in examinations:
        if name and not as_json:
            click.echo(f"{name}:")
        async for finding in examination:
            found.append((name, finding))
            if not as_json:
                click.echo(line(finding, spoken_in))
    if as_json:
        show_json([_as_json(name, finding, spoken_in) for name, finding in found])
    if any(finding.level is Level.BAD for _, finding in found):
        sys.exit(1)


def _as_json(shop: str, finding: Finding, language: Language) -> dict[str, str]:
    saw, remedy = sentences(finding, language)
    told = {"check": finding.check, "level": finding.level, "saw": saw, "remedy": remedy}
    return told | ({"shop": shop} if shop else {})
