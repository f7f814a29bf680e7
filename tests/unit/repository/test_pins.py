"""Every dependency is pinned, to a version the project says it works with."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
RUNTIME = PROJECT["project"]["dependencies"] + [
    wanted for extra in PROJECT["project"]["optional-dependencies"].values() for wanted in extra
]


def pins(name: str) -> dict[str, str]:
    """The pinned version of each package in a requirements file."""
    lines = (REPOSITORY / name).read_text("utf-8").splitlines()
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)(?: ; .+)?", line) for line in lines]
    assert all(found), f"{name} must hold pins alone"
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", RUNTIME),
        ("requirements-dev.txt", PROJECT["dependency-groups"]["dev"]),
        ("requirements-build.txt", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_what_the_project_wants_is_pinned(name: str, wanted: list[str]) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {name}; run `make pins`"
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


def test_no_two_files_pin_a_package_differently() -> None:
    runtime = pins("requirements.txt")
    for name in ("requirements-dev.txt", "requirements-build.txt"):
        for package, version in pins(name).items():
            assert runtime.get(package, version) == version, f"{package} in {name}; run `make pins`"
