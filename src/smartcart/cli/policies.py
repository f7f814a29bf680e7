"""`smartcart merchant policy …`: look a policy over, and try it on orders before it is trusted."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    show_json,
)
from smartcart.cli.shops import shop_option, shop_settings
from smartcart.contract import ContractError, Order, parse_order
from smartcart.kit.database import Database, components, open_database
from smartcart.kit.i18n import Language
from smartcart.merchant import storage
from smartcart.merchant.actions import replaying
from smartcart.merchant.domain.comparing import Comparison
from smartcart.merchant.domain.decisions import Hold
from smartcart.merchant.domain.policy import Policy
from smartcart.merchant.policy_file import read_policy
from smartcart.merchant.wording import LANGUAGES
from smartcart.merchant.wording.explaining import cause

_SHOWN = 20
_TOLD_EVERY = 500
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Tally(msgspec.Struct):
    """What differs so far. Money is cents; `unreadable` could not be decided again."""

    orders: int = 0
    unreadable: int = 0
    different: list[Comparison] = []

    def add(self, comparison: Comparison | None) -> None:
        if comparison is None:
            self.unreadable += 1
            return
        self.orders += 1
        if comparison.differs:
            self.different.append(comparison)


@click.group()
def policy() -> None:
    """The shop's policy: what it answers by itself, and how."""


@policy.command()
@click.argument("file", type=_FILE, required=False)
@config_option
@shop_option
@command
async def check(config: Path | None, shop: str | None, file: Path | None) -> None:
    """Say whether FILE will do as a policy, and everything that is wrong with it.

    Without FILE the shop's own is looked at: the one that its settings name.
    """
    if file is None:
        file = shop_settings(config, shop).policy
    elif shop is not None:
        raise click.UsageError("Give FILE, or the --shop whose policy is meant.")
    if file is None:
        click.echo("No policy is set: the safe defaults are in force.")
        return
    read_policy(file)
    click.echo(f"{file} will do.")


@policy.command(name="test")
@click.option("--policy", "file", type=_FILE, help="The policy to try; else the one in force.")
@click.option(
    "--orders",
    "files",
    type=_FILE,
    multiple=True,
    help="Orders or webhook bodies, as JSON, JSON lines or a list; else the shop's history.",
)
@click.option(
    "--in-stock", is_flag=True, help="With --orders: take everything that is ordered as there."
)
@json_option
@database_option
@config_option
@shop_option
@command
async def try_policy(
    config: Path | None,
    shop: str | None,
    database: str | None,
    file: Path | None,
    files: tuple[Path, ...],
    in_stock: bool,
    as_json: bool,
) -> None:
    """Decide orders again by another policy, and show what would be done differently.

    The shop's history is decided from the stock that was kept with each decision, at the moment
    at which it was made, and compared with what was decided. Orders from files are decided by the
    policy in force and by the one to try, from the stock as it is now. Nothing is sent or written.
    """
    tried = None if file is None else read_policy(file)
    tally = Tally()
    async with AsyncExitStack() as stack:
        opened = None
        if not (files and in_stock):
            opened = await _opened(stack, database or shop_settings(config, shop).database)
        if files:
            comparisons = _of_files(files, opened, shop_settings(config, shop).rules, tried)
        elif opened is not None:
            comparisons = replaying.history(opened, tried or shop_settings(config, shop).rules)
        async for comparison in comparisons:
            tally.add(comparison)
            done = tally.orders + tally.unreadable
            if done % _TOLD_EVERY == 0:
                click.echo(f"{done} orders, {len(tally.different)} differently", err=True)
    if as_json:
        show_json(_as_json(tally))
    else:
        _show(tally, LANGUAGES["en"])


async def _of_files(
    files: Sequence[Path], opened: Database | None, in_force: Policy, tried: Policy | None
) -> AsyncIterator[Comparison | None]:
    for file in files:
        for order in _orders(file):
            there = (
                replaying.plenty(order)
                if opened is None
                else await replaying.present(opened, order)
            )
            yield replaying.by_both(order, there, in_force, tried or in_force)


async def _opened(stack: AsyncExitStack, url: str) -> Database:
    if "merchant" not in await components(url):
        raise click.ClickException(
            f"{url} is no shop's database: say where it is with --database, or give --orders FILE "
            "--in-stock"
        )
    opened = await open_database(url, storage.MIGRATIONS)
    stack.push_async_callback(opened.close)
    return opened


def _orders(file: Path) -> Iterator[Order]:
    """The orders of a file: one document, a list of them, or one a line."""
    for number, document in enumerate(_documents(file.read_bytes()), 1):
        try:
            yield parse_order(document)
        except ContractError as error:
            raise click.ClickException(f"{file}, order {number}: {error.message}") from error


def _documents(body: bytes) -> Sequence[bytes]:
    try:
        whole = msgspec.json.decode(body, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return [line for line in body.splitlines() if line.strip()]
    return [body] if isinstance(whole, dict) else [bytes(each) for each in whole]


def _as_json(tally: Tally) -> dict[str, object]:
    return {
        "orders": tally.orders,
        "unreadable": tally.unreadable,
        "different": [
            {
                "code": one.code,
                "before": one.before,
                "after": one.after,
                "value": one.value,
                "lost_before": one.lost_before,
                "lost_after": one.lost_after,
            }
            for one in tally.different
        ],
    }


def _show(tally: Tally, language: Language) -> None:
    same = tally.orders - len(tally.different)
    click.echo(f"{tally.orders} orders decided again: {same} the same, {len(tally.different)} not.")
    if tally.unreadable:
        click.echo(f"{tally.unreadable} could not be: undecided, or decided from what is not kept.")
    for (before, after), found in sorted(_by_change(tally.different).items()):
        worth = language.euros(sum(one.value or 0 for one in found))
        click.echo(f"\n{before} → {after}: {len(found)} orders worth {worth}")
        for one in found[:_SHOWN]:
            click.echo(f"  {one.code}  {_worth(one, language)}  {_why(one, language)}")
        if len(found) > _SHOWN:
            click.echo(f"  and {len(found) - _SHOWN} more; --json has them all")
    if tally.different:
        lost = sum(one.lost_after - one.lost_before for one in tally.different)
        word = "more" if lost > 0 else "less"
        click.echo(f"\nCommission lost by rejects: {language.euros(abs(lost))} {word} than before.")


def _by_change(different: Sequence[Comparison]) -> dict[tuple[str, str], list[Comparison]]:
    by_change: dict[tuple[str, str], list[Comparison]] = {}
    for one in different:
        by_change.setdefault(one.change, []).append(one)
    return by_change


def _worth(one: Comparison, language: Language) -> str:
    return "value not told" if one.value is None else language.euros(one.value)


def _why(one: Comparison, language: Language) -> str:
    for decision in (one.after, one.before):
        if isinstance(decision, Hold):
            return "; ".join(cause(each, language) for each in decision.causes)
    return ""
