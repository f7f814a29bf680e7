"""`python -m tests.chaos`: the kill run, as long as you like, on either engine."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.kills import Plan, Report, run
from tests.support.postgres import fresh_database, running_postgres


@click.command()
@click.option("--orders", default=500, show_default=True)
@click.option("--kills", default=50, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--engine", type=click.Choice(["sqlite", "postgres"]), default="sqlite")
def main(orders: int, kills: int, seed: int, engine: str) -> None:
    """Kill either program at random moments while orders go round; count what became of them."""
    folder = Path(tempfile.mkdtemp(prefix="smartcart-chaos-"))
    click.echo(f"databases, logs and prints are kept in {folder}")
    report = asyncio.run(_run(folder, Plan(orders=orders, kills=kills, seed=seed), engine))
    click.echo("\n".join(report.lines()))
    sys.exit(bool(report.wrong))


async def _run(folder: Path, plan: Plan, engine: str) -> Report:
    if engine == "sqlite":
        return await run(folder, (str(folder / "marketplace.db"), str(folder / "shop.db")), plan)
    with running_postgres() as server:
        async with fresh_database(server) as one, fresh_database(server) as other:
            return await run(folder, (one, other), plan)


if __name__ == "__main__":
    main()
