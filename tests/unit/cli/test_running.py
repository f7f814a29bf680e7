"""`smartcart marketplace run` as a process: it says where it is, serves, and stops when told."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.support.ports import free_port


@pytest.fixture
def program(tmp_path: Path) -> Iterator["Program"]:
    started = Program(tmp_path, free_port())
    yield started
    started.process.kill()
    started.process.communicate()


class Program:
    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SMARTCART_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smartcart", "marketplace", "run", "--port", str(port)],
            cwd=folder,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    assert answer.status == 200
                    return
            except URLError:
                assert self.process.poll() is None, self.process.communicate()
                time.sleep(0.05)
        raise AssertionError("it did not start")

    def asked(self, path: str) -> tuple[int, object]:
        """Status and JSON of the answer to a GET."""
        try:
            with urlopen(f"{self.url}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(program: Program, number: signal.Signals) -> None:
    program.wait_until_it_serves()
    told_at = time.monotonic()
    program.process.send_signal(number)
    out, err = program.process.communicate(timeout=10)
    assert program.process.returncode == 0
    assert time.monotonic() - told_at < 5
    assert out == f"marketplace at {program.url}; Ctrl-C stops it\n"
    assert "Traceback" not in err


def test_a_load_balancer_learns_that_it_stops_before_it_does(program: Program) -> None:
    program.wait_until_it_serves()
    assert program.asked("/readyz") == (200, {"ready": True})
    program.process.send_signal(signal.SIGTERM)
    while (answer := program.asked("/readyz")) == (200, {"ready": True}):
        time.sleep(0.05)
    assert answer == (503, {"ready": False, "problems": {"program": "is stopping"}})
    assert program.asked("/healthz") == (200, {"healthy": True})
    assert program.process.wait(timeout=10) == 0
    with pytest.raises(URLError):
        program.asked("/readyz")
