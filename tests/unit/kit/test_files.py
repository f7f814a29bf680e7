import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit.files import FileDiffers, create_once, file_name, write_atomically

codes = st.text(st.characters(codec=None), max_size=64)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_atomically(tmp_path / "label.pdf", b"old")
    write_atomically(tmp_path / "label.pdf", b"new")
    assert (tmp_path / "label.pdf").read_bytes() == b"new"
    assert names_in(tmp_path) == ["label.pdf"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    occupied = tmp_path / "label.pdf"
    occupied.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(occupied, b"new")
    assert names_in(tmp_path) == ["label.pdf"]


def test_a_reader_sees_one_version_whole(tmp_path: Path) -> None:
    path = tmp_path / "state"
    versions = [bytes([digit]) * 200_000 for digit in (1, 2)]
    write_atomically(path, versions[0])
    done = threading.Event()

    def keep_writing() -> None:
        while not done.is_set():
            for version in versions:
                write_atomically(path, version)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        assert all(path.read_bytes() in versions for _ in range(300))
    finally:
        done.set()
        writer.join()


def test_creating_twice_the_same_is_harmless(tmp_path: Path) -> None:
    assert create_once(tmp_path / "a.pdf", b"%PDF")
    assert not create_once(tmp_path / "a.pdf", b"%PDF")
    assert names_in(tmp_path) == ["a.pdf"]


def test_creating_never_overwrites(tmp_path: Path) -> None:
    create_once(tmp_path / "a.pdf", b"first")
    with pytest.raises(FileDiffers, match=r"a\.pdf is there already with other content; move it"):
        create_once(tmp_path / "a.pdf", b"second")
    assert (tmp_path / "a.pdf").read_bytes() == b"first"
    assert names_in(tmp_path) == ["a.pdf"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="only Linux has files without a name")
def test_a_process_killed_while_creating_leaves_nothing(tmp_path: Path) -> None:
    program = """
import os, pathlib, sys
from smartcart.kit.files import create_once
def kill(event, arguments):
    if event == "os.link":
        os.kill(os.getpid(), 9)
sys.addaudithook(kill)
create_once(pathlib.Path(sys.argv[1], "a.pdf"), b"%PDF")
"""
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert names_in(tmp_path) == []


def test_where_files_need_names_creating_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert create_once(Path("a.pdf"), b"first")
    assert not create_once(Path("a.pdf"), b"first")
    with pytest.raises(FileDiffers):
        create_once(Path("a.pdf"), b"second")
    assert Path("a.pdf").read_bytes() == b"first"
    assert names_in(tmp_path) == ["a.pdf"]


def test_a_created_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    create_once(tmp_path / "a.pdf", b"%PDF")
    assert (tmp_path / "a.pdf").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_of_many_at_once_exactly_one_creates(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def create(_: int) -> bool:
        start.wait()
        return create_once(tmp_path / "a.pdf", b"%PDF")

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(create, range(8))) == [False] * 7 + [True]
    assert names_in(tmp_path) == ["a.pdf"]


@pytest.mark.parametrize("code", ["191203-1234567", "191203-1234567-2", "DEMO-ACCEPTED"])
def test_an_ordinary_code_names_its_file(code: str) -> None:
    assert file_name(code, ".pdf") == f"{code}.pdf"


@pytest.mark.parametrize(
    "code",
    ["", ".", "..", "../../etc/passwd", "/etc/passwd", "a\\b", "C:x", "NUL", "a\0b", "Ω" * 64],
)
def test_a_hostile_code_stays_in_the_folder(code: str, tmp_path: Path) -> None:
    create_once(tmp_path / file_name(code), b"x")
    assert len(names_in(tmp_path)) == 1


@given(codes)
def test_every_name_is_one_safe_segment(code: str) -> None:
    name = file_name(code, ".pdf")
    assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
    assert name.isascii()
    assert name.isprintable()
    assert not name.startswith((".", "-"))
    assert len(name) <= 80


@given(codes, codes)
def test_different_codes_have_different_names_in_any_case(one: str, other: str) -> None:
    assert (file_name(one).casefold() == file_name(other).casefold()) == (one == other)


def test_case_alone_makes_a_different_name() -> None:
    assert len({file_name(code).casefold() for code in ("AB", "ab", "Ab", "A-B", "a b")}) == 5
