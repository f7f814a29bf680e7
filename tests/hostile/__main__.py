"""`python -m tests.hostile`: the merchant against the worst marketplace there is."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.hostile.campaign import Plan, run


@click.command()
@click.option("--orders", default=20_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--at-once", default=150, show_default=True)
def main(orders: int, seed: int, at_once: int) -> None:
    """Send orders to the merchant program, do it every wrong, and count what became of them."""
    folder = Path(tempfile.mkdtemp(prefix="smartcart-hostile-"))
    click.echo(f"database, log and prints are kept in {folder}")
    report = asyncio.run(run(folder, Plan(orders=orders, seed=seed, at_once=at_once), click.echo))
    click.echo("\n".join(report.lines()))
    sys.exit(bool(report.wrong))


if __name__ == "__main__":
    main()
