"""The commands, run as a person runs them, in a folder of their own."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result

from smartcart.cli import main
from smartcart.contract.examples import example

SHOP = ("--name", "Το Μαγαζί", "--street", "Ερμού", "--zip", "10563", "--city", "Αθήνα")
ADD = ("marketplace", "merchant", "add")


class Shell:
    """Runs `smartcart` in `folder`, without the settings of whoever runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, **environment: str) -> Result:
        cleared = {name: None for name in os.environ if name.startswith("SMARTCART_")}
        runner = CliRunner(env={**cleared, **environment})
        return runner.invoke(main, list(words), prog_name="smartcart")

    def ok(self, *words: str, **environment: str) -> str:
        """What a command that must succeed prints."""
        result = self.run(*words, **environment)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> object:
        return msgspec.json.decode(self.ok(*words, "--json"))

    def told(self, *words: str, code: int = 1, environment: Mapping[str, str] | None = None) -> str:
        """What a command that must fail tells: sentences and no traceback."""
        result = self.run(*words, **(environment or {}))
        assert result.exit_code == code, result.output
        assert isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        assert "Error: " in result.stderr
        return result.stderr

    def add_shop(self, merchant_id: str = "shop") -> str:
        """A merchant that offers the products of the example feed; its token."""
        feed = self.folder / "feed.xml"
        feed.write_bytes(example("feed"))
        added = self.ok(*ADD, merchant_id, *SHOP, "--feed", str(feed), "--json")
        return msgspec.json.decode(added, type=_Added).token


class _Added(msgspec.Struct):
    token: str
