"""`python -m tests.security`: all of it, with many more addresses, and the counts by class."""

import sys
from pathlib import Path

import click
import pytest

from tests.security.tally import DEPTH, TALLY, Tally


class Run:
    """A plugin of pytest: it says how deep to go, and prints what was counted."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._tally = Tally()

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[DEPTH] = self._depth
        config.stash[TALLY] = self._tally

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("tried and refused")
        for line in self._tally.lines():
            terminalreporter.write_line(line)


@click.command()
@click.option("--depth", default=100, show_default=True, help="Addresses of each refused block.")
def main(depth: int) -> None:
    """Try everything hostile that is known here, and count what was refused."""
    sys.exit(pytest.main([str(Path(__file__).parent), "--timeout=600"], plugins=[Run(depth)]))


if __name__ == "__main__":
    main()
