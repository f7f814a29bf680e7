"""`python -m tests.chaos`: kill, cut off and restart everything, and count what is left."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import click

from bench.__main__ import OUT
from bench.figures import Report as Kept
from bench.figures import conditions, keep
from tests.chaos.plan import Plan
from tests.chaos.run import Report, run
from tests.chaos.telling import figures, lines


@click.command()
@click.option("--orders", default=100_000, show_default=True)
@click.option("--kills", default=200, show_default=True)
@click.option("--restarts", default=10, show_default=True, help="Of PostgreSQL.")
@click.option("--seed", default=1, show_default=True)
@click.option("--engine", type=click.Choice(["sqlite", "postgres"]), default="postgres")
def main(orders: int, kills: int, restarts: int, seed: int, engine: str) -> None:
    """Kill processes, restart PostgreSQL and fail requests at random moments while orders go round.

    Then count what became of every order. Logs and databases are kept when anything is wrong.
    """
    folder = Path(tempfile.mkdtemp(prefix="smartcart-chaos-"))
    click.echo(f"logs, prints and what SQLite keeps are in {folder}")
    plan = Plan(orders, kills, restarts if engine == "postgres" else 0, seed)
    report = asyncio.run(run(folder, engine, plan))
    click.echo("\n".join(lines(report)))
    click.echo(f"kept in {_keep(report).name}")
    if not report.wrong:
        shutil.rmtree(folder)
    sys.exit(bool(report.wrong))


def _keep(report: Report) -> Path:
    where = asyncio.run(conditions())
    part = f"chaos-{report.engine}"
    kept = Kept(part=part, seconds=report.seconds, conditions=where, figures=figures(report))
    return keep(kept, OUT)


if __name__ == "__main__":
    main()
