"""`smartcart demo` from a terminal: both flows once, stopping, resuming, and what is in its way."""

import re
import signal
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from smartcart.demo.folder import Folder, fresh_state
from smartcart.kit.serving import listen
from tests.support.demo import RunningDemo, are_gone, free_ports, is_alive, running_demo, tried
from tests.support.postgres import fresh_database

CODE = re.compile(r"\b\d{6}-\d{7}(?:-1)?\b")


@pytest.fixture(params=["sqlite", "postgres"])
async def databases(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, ...]]:
    """Options that keep both programs on an engine."""
    if request.param == "sqlite":
        yield ()
        return
    server = request.getfixturevalue("postgres_server")
    async with fresh_database(server) as one, fresh_database(server) as other:
        yield "--marketplace-database", one, "--merchant-database", other


def test_once_runs_both_flows_and_says_where_it_left_them(
    tmp_path: Path, databases: tuple[str, ...]
) -> None:
    code, said = tried(tmp_path / "demo", "--once", *databases)
    assert code == 0, said
    [folder] = (tmp_path / "demo").iterdir()
    assert f"Everything was left in {folder}" in said
    vouchers = sorted((folder / "shop" / "vouchers").iterdir())
    assert [file.read_bytes()[:5] for file in vouchers] == [b"%PDF-", b"%PDF-"]
    served, short = dict.fromkeys(found.removesuffix("-1") for found in CODE.findall(said))
    assert [file.name.partition(".")[0] for file in vouchers] == sorted([served, f"{short}-1"])
    steps = ("Order placed", "Can be served", "Order accepted", "Voucher printed")
    assert [step for step in steps if step not in said] == []
    assert "Short: 3 of 5" in said
    assert f"Re-issued: what is left: {short}-1" in said


def test_once_tells_why_it_failed(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    options = ("--marketplace-database", nowhere, "--merchant-database", nowhere + "2")
    code, said = tried(tmp_path / "demo", "--once", *options)
    assert code == 1
    assert "FAILED: The shop could not be added to the marketplace" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_demo_leaves_no_program_and_goes_on_where_it_was(
    tmp_path: Path, number: signal.Signals
) -> None:
    options = free_ports()
    with running_demo(tmp_path / "demo", *options) as demo:
        _until_said(demo, "re-issued as")
        pids = list(demo.state.pids.values())
        orders = set(CODE.findall(demo.said))
        _until_shown(demo, orders)
        assert demo.stop(number) == 0
        assert are_gone(pids)
        assert "goes on from here" in demo.said
    with running_demo(tmp_path / "demo", *options) as again:
        assert "Resuming" in again.said
        _until_shown(again, orders)
        assert again.state.introduced


def test_programs_left_behind_by_a_killed_demo_are_ended_by_the_next(tmp_path: Path) -> None:
    options = free_ports()
    with running_demo(tmp_path / "demo", *options) as demo:
        pids = list(demo.state.pids.values())
        demo.stop(signal.SIGKILL)
        assert all(map(is_alive, pids))
        with running_demo(tmp_path / "demo", *options) as again:
            assert again.said.count("that an earlier run left behind") == 2
            assert are_gone(pids)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "scratch", *free_ports()) as demo:
        yield demo


def test_a_second_demo_in_the_same_folder_is_shown_the_first(demo: RunningDemo) -> None:
    code, said = tried(demo.folder.path, "--port", "0")
    assert code == 1
    assert f"running in {demo.folder.path} already" in said
    assert demo.url in said


def test_what_is_kept_is_its_owners_alone_and_tells_no_secret(demo: RunningDemo) -> None:
    state = demo.state
    secrets = (state.token, state.panel_key, state.dashboard_key, state.webhook_secret)
    assert all(secrets)
    assert stat.S_IMODE(demo.folder.path.stat().st_mode) == 0o700
    told = demo.said + demo.folder.settings_file.read_text()
    told += "".join(log.read_text() for log in demo.folder.path.glob("*.log"))
    assert [secret for secret in secrets if secret in told] == []


def test_a_taken_page_port_is_told_with_its_option(tmp_path: Path) -> None:
    with _taken() as port:
        code, said = tried(tmp_path / "demo", "--port", str(port))
    assert code == 1
    assert f"Port {port}, for the page, is taken by another program" in said
    assert "--port" in said


@pytest.mark.parametrize("option", ["--marketplace-port", "--merchant-port"])
def test_a_taken_program_port_is_told_with_its_option(tmp_path: Path, option: str) -> None:
    with _taken() as port:
        options = dict(zip(*[iter(free_ports())] * 2, strict=True)) | {option: str(port)}
        code, said = tried(tmp_path / "demo", *(word for pair in options.items() for word in pair))
    assert code == 1
    assert f"Port {port}" in said
    assert option in said


def test_other_ports_for_a_folder_that_has_some_are_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    folder.make()
    folder.save(fresh_state(8_700, 8_800))
    code, said = tried(folder.path, "--port", "0", "--merchant-port", "8801")
    assert code == 1
    assert "--merchant-port" in said
    assert "on port 8800" in said


def test_a_broken_state_is_told_with_its_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "state.json").write_text("{")
    code, said = tried(folder, "--port", "0")
    assert code == 1
    assert f"Remove the folder {folder}" in said


@contextmanager
def _taken() -> Iterator[int]:
    """The number of a port on which somebody listens."""
    with listen("127.0.0.1", 0) as held:
        yield held.getsockname()[1]


def _until_said(demo: RunningDemo, text: str) -> None:
    with urlopen(f"{demo.url}/"):
        pass
    for _ in range(600):
        if text in demo.said:
            return
        time.sleep(0.1)
    raise AssertionError(demo.said)


def _until_shown(demo: RunningDemo, codes: set[str]) -> None:
    """Until the page shows these orders, and no others."""
    for _ in range(300):
        with urlopen(f"{demo.url}/") as page:
            shown = set(CODE.findall(page.read().decode()))
        if shown == codes:
            return
        time.sleep(0.1)
    raise AssertionError((shown, codes))
