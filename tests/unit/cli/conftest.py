from pathlib import Path

import pytest

from tests.support.commands import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """`smartcart` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)
