"""`smartcart demo`."""

import click


@click.command()
def demo() -> None:
    """Run it all."""
