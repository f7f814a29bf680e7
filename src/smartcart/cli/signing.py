"""`smartcart marketplace merchant signing ID`: the keys its webhook requests are signed with."""

from pathlib import Path

import click

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    show_json,
)
from smartcart.cli.market import configured, opened
from smartcart.kit.database import Database
from smartcart.kit.sealing import CannotOpen, Seal
from smartcart.marketplace.actions import signing as keys
from smartcart.marketplace.actions.signing import Kind, LiveKey
from smartcart.marketplace.settings import MarketplaceSettings


@click.command(name="signing")
@click.argument("merchant_id", metavar="ID")
@click.option("--rotate", is_flag=True, help="Make a key that signs beside the one there is.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Kind]),
    help="Of the new key: a shared secret, or a pair.  [default: as before, first hmac]",
)
@click.option("--end-old", is_flag=True, help="End every key but the newest.")
@click.option("--show-public", is_flag=True, help="Print the public keys alone.")
@json_option
@database_option
@config_option
@command
async def signing(
    config: Path | None,
    database: str | None,
    merchant_id: str,
    rotate: bool,
    kind: str | None,
    end_old: bool,
    show_public: bool,
    as_json: bool,
) -> None:
    """List the keys that ID's webhook requests are signed with, or change them.

    Rotate, give the shop its new key, and end the old one when the shop has it.
    """
    if rotate + end_old + show_public > 1:
        raise click.UsageError("Give one of --rotate, --end-old and --show-public.")
    if kind and not rotate:
        raise click.UsageError("--kind: is for the new key of --rotate.")
    chosen = configured(config, database=database)
    seal = _seal(chosen)
    async with opened(chosen) as where:
        if rotate:
            _tell_new(await _rotate(where, seal, merchant_id, kind), merchant_id, as_json)
        elif end_old:
            _tell_ended(await keys.end_old(where, merchant_id), as_json)
        else:
            _tell(await _live(where, seal, merchant_id), as_json, public=show_public)


def _seal(chosen: MarketplaceSettings) -> Seal:
    if chosen.seal is None:
        raise click.ClickException(
            "secrets_key is not set: keys are kept encrypted under it. Set it to what this prints, "
            'for every process of the marketplace: python3 -c "import base64, os; '
            'print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
        )
    return chosen.seal


async def _live(where: Database, seal: Seal, merchant_id: str) -> list[LiveKey]:
    try:
        return await keys.live(where, seal, merchant_id)
    except CannotOpen as error:
        raise click.ClickException(f"secrets_key does not open the keys: {error}") from None


async def _rotate(where: Database, seal: Seal, merchant_id: str, kind: str | None) -> LiveKey:
    """The new key; of the kind of the one before unless told."""
    if kind is None:
        live = await _live(where, seal, merchant_id)
        kind = live[0].kind if live else Kind.HMAC
    return await keys.rotate(where, seal, merchant_id, Kind(kind))


def _tell_new(key: LiveKey, merchant_id: str, as_json: bool) -> None:
    if as_json:
        show_json({"id": merchant_id, "number": key.number, "kind": key.kind, "key": key.shop_key})
    elif key.kind is Kind.HMAC:
        click.echo(f"signing key {key.number}, shown only now: {key.shop_key}")
    else:
        click.echo(f"signing key {key.number}, the shop's public half: {key.shop_key}")


def _tell_ended(count: int, as_json: bool) -> None:
    if as_json:
        show_json({"ended": count})
    else:
        click.echo(f"{count} ended" if count else "there was no old one")


def _tell(live: list[LiveKey], as_json: bool, *, public: bool) -> None:
    shown = [key for key in live if not public or key.kind is Kind.ED25519]
    if as_json:
        show_json([_described(key) for key in shown])
        return
    if not shown:
        click.echo("No public key." if public else "Not signed: make a key with --rotate.")
    for key in shown:
        whole = f"{key.number} {key.kind} {key.created_at.isoformat()} {_public(key)}"
        click.echo(_public(key) if public else whole.rstrip())


def _described(key: LiveKey) -> dict[str, object]:
    described = {"number": key.number, "kind": key.kind, "created_at": key.created_at}
    return described | ({"public_key": _public(key)} if _public(key) else {})


def _public(key: LiveKey) -> str:
    """What anybody may see of it."""
    return key.shop_key if key.kind is Kind.ED25519 else ""
