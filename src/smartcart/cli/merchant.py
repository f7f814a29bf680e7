"""`smartcart merchant …`: run the shop's half."""

import click


@click.group()
def merchant() -> None:
    """The shop: receives orders, checks stock, answers, prints vouchers."""
