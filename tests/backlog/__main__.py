"""`python -m tests.backlog`: an hour without any receiver, played faster, on either engine."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from tests.backlog.run import Plan, Report, run
from tests.support.marketplace import sqlite_url
from tests.support.postgres import fresh_database, running_postgres


@click.command()
@click.option("--times-faster", default=20.0, show_default=True, help="1: as the contract says.")
@click.option("--events-per-second", default=60.0, show_default=True)
@click.option("--minutes-away", default=60.0, show_default=True)
@click.option("--shops", default=50, show_default=True)
@click.option("--engine", type=click.Choice(["sqlite", "postgres", "both"]), default="both")
def main(engine: str, **numbers: float) -> None:
    """Take every receiver away for what stands for an hour of traffic, and bring them back."""
    plan = msgspec.convert(numbers, Plan)
    wrong = False
    for each in ("sqlite", "postgres") if engine == "both" else (engine,):
        report = asyncio.run(_run(each, plan))
        click.echo("\n".join(report.lines()))
        wrong |= bool(report.wrong)
    sys.exit(wrong)


async def _run(engine: str, plan: Plan) -> Report:
    folder = Path(tempfile.mkdtemp(prefix="smartcart-backlog-"))
    click.echo(f"{engine}: database and log are kept in {folder}")
    if engine == "sqlite":
        return await run(folder, sqlite_url(folder), plan, click.echo)
    with running_postgres(durable=True) as server:
        async with fresh_database(server) as url:
            return await run(folder, url, plan, click.echo)


if __name__ == "__main__":
    main()
