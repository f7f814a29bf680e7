"""`smartcart place`: a customer's order, by hand."""

import re
from pathlib import Path

import click

from smartcart import contract
from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import configured, opened
from smartcart.cli.samples import SAMPLES
from smartcart.contract import Address, Customer, PaymentMethod
from smartcart.kit.database import Database
from smartcart.marketplace.actions import minting, placing
from smartcart.marketplace.domain import written
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.placement import Cart, CartLine, Terms
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage.merchants import all_of_them

_LINE = re.compile(r"(?P<uid>[^/=]+)(?:/(?P<variation>[^=]+))?(?:=(?P<quantity>\d{1,6}))?")
_MOST_BYTES = 256 * 1024
_LIST = "list"


@click.command()
@click.option(
    "--sku",
    "lines",
    multiple=True,
    metavar="UID[/VARIATION][=QUANTITY]",
    help="A product of the merchant's feed; give it again for more lines.",
)
@click.option(
    "--sample",
    type=click.Choice([_LIST, *SAMPLES]),
    metavar="NAME",
    help="An order of this kind; `list` lists the kinds.",
)
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A document: a cart (lines, customer), or an order as the marketplace writes one, such as "
    "the body of a webhook request.",
)
@click.option("--merchant", "merchant_id", metavar="ID", help="Whose; the only one by default.")
@click.option(
    "--payment",
    type=click.Choice([method.value for method in PaymentMethod]),
    default=PaymentMethod.CARD.value,
    show_default=True,
    help="How the customer pays what --sku names.",
)
@click.option("--comments", default="", help="The customer's comments on what --sku names.")
@json_option
@database_option
@config_option
@command
async def place(
    config: Path | None,
    database: str | None,
    lines: tuple[str, ...],
    sample: str | None,
    file: Path | None,
    merchant_id: str | None,
    payment: str,
    comments: str,
    as_json: bool,
) -> None:
    """Place an order at the marketplace and print its code; a cart may become several.

    \b
    smartcart place --sku 1001=2 --sku 1002/1002-43
    smartcart place --sample invoice
    smartcart place --file order.json
    """
    if sum(map(bool, (lines, sample, file))) != 1:
        raise click.UsageError("Give one of --sku (at least once), --sample and --file.")
    if sample == _LIST:
        _list_samples(as_json)
        return
    chosen = configured(config, database=database)
    async with opened(chosen) as where:
        if file:
            placed = await _place_file(where, file, merchant_id, chosen.terms)
        elif sample:
            shop = merchant_id or await _only_merchant(where)
            placed = [await placing.enter(where, shop, SAMPLES[sample].order(), chosen.terms)]
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


def _list_samples(as_json: bool) -> None:
    if as_json:
        show_json({name: sample.meaning for name, sample in SAMPLES.items()})
        return
    for name, sample in SAMPLES.items():
        click.echo(f"{name:22} {sample.meaning}")


async def _place_file(
    database: Database, file: Path, merchant_id: str | None, terms: Terms
) -> list[Order]:
    """Refusals name the file."""
    try:
        given = written.read(_content(file))
        shop = ""
        if isinstance(given, contract.Order):
            shop = merchant_id or await _only_merchant(database)
        elif merchant_id:
            remedy = "a cart's lines name their merchants; leave --merchant out"
            raise Refused(RefusalCode.CART, remedy)
        return await placing.hand_in(database, given, shop, terms)
    except Refused as refused:
        raise Refused(refused.code, f"{file}: {refused.message}") from None


def _content(file: Path) -> bytes:
    if file.stat().st_size > _MOST_BYTES:
        raise Refused(RefusalCode.ORDER, f"larger than {_MOST_BYTES} bytes; no order is")
    return file.read_bytes()


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
