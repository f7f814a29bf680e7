"""What a run leaves behind, and what the next one makes of it."""

import json
import os
import stat
from pathlib import Path

import msgspec
import pytest

from smartcart.demo.folder import Folder, announce, fresh_state
from smartcart.demo.options import DemoError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "demo")
    made.make()
    return made


def test_a_fresh_folder_has_nothing_to_resume(folder: Folder) -> None:
    assert folder.load() is None


def test_what_was_saved_is_resumed(folder: Folder) -> None:
    state = fresh_state(8700, 8800)
    folder.save(state)
    later = msgspec.structs.replace(state, token="t", introduced=True, pids={"merchant": 7})
    folder.save(later)
    assert folder.load() == later


def test_secrets_are_their_owners_alone(folder: Folder) -> None:
    folder.save(fresh_state(8700, 8800))
    assert stat.S_IMODE(folder.state_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_no_two_folders_share_a_secret() -> None:
    one, other = fresh_state(1, 2), fresh_state(1, 2)
    secrets = [
        {state.panel_key, state.dashboard_key, state.webhook_secret} for state in (one, other)
    ]
    assert len(secrets[0] | secrets[1]) == 6


@pytest.mark.parametrize("content", ["", "{", '{"version": 1}', "[]", '{"unknown": true}'])
def test_a_broken_state_is_told_with_its_remedy(folder: Folder, content: str) -> None:
    folder.state_file.write_text(content)
    with pytest.raises(DemoError, match=r"state\.json .* Remove the folder"):
        folder.load()


def test_a_folder_is_one_demos_at_a_time(folder: Folder) -> None:
    with folder.locked() as lock:
        announce(lock, "http://127.0.0.1:8080/")
        expected = rf"running in .* \(process {os.getpid()}, http://127\.0\.0\.1:8080/\)"
        with pytest.raises(DemoError, match=expected), folder.locked():
            pass
    with folder.locked():
        pass


@pytest.mark.parametrize("content", ["", "gone", json.dumps({"pid": 1, "url": ""})])
def test_a_lock_that_nobody_holds_is_no_obstacle(folder: Folder, content: str) -> None:
    (folder.path / "lock").write_text(content)
    with folder.locked():
        pass


def test_a_folder_that_cannot_be_made_is_told_with_its_option(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="--folder"):
        Folder(tmp_path / "file" / "demo").make()
