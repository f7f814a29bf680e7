"""`smartcart place`: a customer's cart, by hand."""

import re
from pathlib import Path

import click
import msgspec

from smartcart.cli.common import (
    command,
    config_option,
    database_option,
    json_option,
    settings,
    show_json,
)
from smartcart.cli.marketplace import SECTION, opened
from smartcart.contract import Address, Customer, PaymentMethod
from smartcart.contract.patience import UNREADABLE
from smartcart.kit.database import Database
from smartcart.marketplace.actions import minting, placing
from smartcart.marketplace.domain.placement import Cart, CartLine
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage.merchants import all_of_them

_LINE = re.compile(r"(?P<uid>[^/=]+)(?:/(?P<variation>[^=]+))?(?:=(?P<quantity>\d{1,6}))?")


@click.command()
@click.option(
    "--sku",
    "lines",
    multiple=True,
    metavar="UID[/VARIATION][=QUANTITY]",
    help="A product of the merchant's feed; give it again for more lines.",
)
@click.option("--merchant", "merchant_id", metavar="ID", help="Whose; the only one by default.")
@click.option(
    "--payment",
    type=click.Choice([method.value for method in PaymentMethod]),
    default=PaymentMethod.CARD.value,
    show_default=True,
    help="How the customer pays.",
)
@click.option("--comments", default="", help="The customer's comments.")
@click.option(
    "--file",
    "cart_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A whole cart as JSON (lines, customer, payment_method, comments) instead of --sku.",
)
@json_option
@database_option
@config_option
@command
async def place(
    config: Path | None,
    database: str | None,
    lines: tuple[str, ...],
    merchant_id: str | None,
    payment: str,
    comments: str,
    cart_file: Path | None,
    as_json: bool,
) -> None:
    """Place a cart at the marketplace and print the codes of its orders.

    \b
    smartcart place --sku 1001=2 --sku 1002/1002-43
    smartcart place --file cart.json
    """
    chosen = settings(MarketplaceSettings, SECTION, config, database=database)
    if bool(lines) is bool(cart_file):
        raise click.UsageError("Give either --sku, at least once, or --file.")
    async with opened(chosen) as where:
        if cart_file:
            cart = _read(cart_file)
        else:
            shop = merchant_id or await _only_merchant(where)
            cart = Cart(
                lines=tuple(_line(text, shop) for text in lines),
                customer=_somebody(),
                payment_method=PaymentMethod(payment),
                comments=comments,
            )
        placed = await placing.place(where, cart, chosen.terms)
    codes = [order.code for order in placed]
    if as_json:
        show_json({"codes": codes})
    else:
        click.echo("\n".join(codes))


def _read(file: Path) -> Cart:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Cart)
    except UNREADABLE as error:
        raise click.ClickException(f"{file} is not a cart: {error}") from None


def _line(text: str, merchant_id: str) -> CartLine:
    match = _LINE.fullmatch(text)
    if match is None:
        raise click.UsageError(f"--sku '{text}' is not UID[/VARIATION][=QUANTITY]")
    return CartLine(
        merchant_id=merchant_id,
        shop_uid=match["uid"],
        shop_variation_uid=match["variation"] or "",
        quantity=int(match["quantity"] or 1),
    )


async def _only_merchant(database: Database) -> str:
    found = await all_of_them(database)
    if len(found) == 1:
        return found[0].id
    raise Refused(
        RefusalCode.MERCHANT, f"--merchant: say which; there are {len(found)} in this database"
    )


def _somebody() -> Customer:
    """A customer for orders placed by hand."""
    return Customer(
        id=minting.identifier(),
        first_name="Δοκιμαστικός",
        last_name="Πελάτης",
        address=Address(
            street_name="Πανεπιστημίου",
            street_number="4",
            zip="10679",
            city="Αθήνα",
            region="Αττική",
            country_code="GR",
        ),
    )
