"""What can be tested here of running on Windows; docs/how-to/windows.md says what that leaves."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit.files import file_name

REPOSITORY = Path(__file__).parents[3]
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)


def python(*words: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    clean = {name: value for name, value in os.environ.items() if "SMARTCART" not in name}
    paths = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**clean, "PYTHONPATH": paths, **environment},
        capture_output=True,
        timeout=100,
        check=False,
    )


def test_every_module_is_imported_without_what_only_posix_has(tmp_path: Path) -> None:
    script = REPOSITORY / "tests" / "support" / "on_windows.py"
    found = python(str(script), str(tmp_path), folder=tmp_path)
    assert (found.returncode, found.stderr.decode()) == (0, "")
    assert int(found.stdout) > 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "voucher.pdf"]


@given(st.text(st.characters(codec=None), max_size=64), st.sampled_from(["", ".3bc1fb7f.pdf"]))
def test_a_file_may_be_called_after_any_order(code: str, suffix: str) -> None:
    name = file_name(code, suffix)
    assert not _FORBIDDEN.search(name)
    assert not _DEVICES.fullmatch(name.partition(".")[0])
    assert name == name.rstrip(". ")


@pytest.mark.parametrize("code", ["A:1", "NUL", "com1", "LPT9", "a/b", "a\\b", "ends.", "ends "])
def test_orders_that_windows_would_not_call_a_file_after(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]*~[0-9a-f]{32}\.pdf", file_name(code, ".pdf"))


@pytest.mark.parametrize("encoding", ["cp1253", "cp737", "ascii"])
def test_what_a_pipe_cannot_carry_ends_no_command(tmp_path: Path, encoding: str) -> None:
    found = python(
        "-m", "smartcart", "doctor", "--language", "el", folder=tmp_path,
        PYTHONIOENCODING=encoding, PYTHONUTF8="0",
    )  # fmt: skip
    assert b"Traceback" not in found.stderr
    assert (found.returncode, b"Python 3" in found.stdout) == (1, True)


def _without_encoding(call: ast.Call) -> bool:
    """Whether the call reads or writes text in whatever encoding the system has."""
    given = {keyword.arg for keyword in call.keywords}
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and re.fullmatch(r"[rwaxbt+]+", text)]
    if name in ("read_text", "write_text"):
        return "encoding" not in given
    if name == "open" and (modes or isinstance(call.func, ast.Name)):
        return "encoding" not in given and not any("b" in mode for mode in modes)
    return bool({"text", "universal_newlines"} & given) and "encoding" not in given


def test_texts_are_utf_8_on_every_system() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in sorted((REPOSITORY / "src").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _without_encoding(node)
    ]
    assert found == []


TEXTS = """
import sys, warnings
warnings.filterwarnings("error", category=EncodingWarning, module="smartcart")
from smartcart.cli import main
main(sys.argv[1:])
"""


def test_no_text_is_read_or_written_in_the_systems_own_encoding(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("id,quantity\n1,5\n", encoding="utf-8")
    commands = [
        ["merchant", "init", "--yes", "--development", "--api-url", "http://127.0.0.1:9",
         "--stock", "stock.csv", "--language", "en"],
        ["doctor", "--language", "en"],
        ["merchant", "policy", "check", "policy.toml"],
    ]  # fmt: skip
    for words in commands:
        found = python(
            "-X", "warn_default_encoding", "-c", TEXTS, *words,
            folder=tmp_path, SMARTCART_MERCHANT_API_TOKEN="" if words[0] == "doctor" else "x",
        )  # fmt: skip
        assert b"EncodingWarning" not in found.stderr, found.stderr.decode()
        assert b"Traceback" not in found.stderr, found.stderr.decode()
    assert (tmp_path / "smartcart.toml").exists()


PROGRAM = """
import asyncio, os, signal, sys
from smartcart.kit.loop import Role, run_until_stopped

class Windows(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_):
        raise NotImplementedError

async def careful(stop):
    print("up", flush=True)
    await stop.wait()
    await asyncio.sleep(0.1)
    print("finished", flush=True)

async def main():
    before = signal.getsignal(signal.SIGTERM)
    await run_until_stopped([Role("careful", careful)])
    assert signal.getsignal(signal.SIGTERM) is before
    print("closed", flush=True)

with asyncio.Runner(loop_factory=Windows) as runner:
    runner.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_loop_without_signals_lets_the_program_finish_too(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        process.send_signal(number)
        assert process.communicate(timeout=20)[0] == "finished\nclosed\n"
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
