"""`smartcart orders …`: look at orders, on either side."""

import click


@click.group()
def orders() -> None:
    """Orders in a marketplace's or a shop's database."""
