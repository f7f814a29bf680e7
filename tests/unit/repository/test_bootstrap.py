"""What brings a fresh clone to life, run with only the programs a case leaves it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
BROWSER = REPOSITORY / "scripts/browser.sh"
VENV = REPOSITORY / "scripts/venv.sh"
APT_GET = """\
#!/bin/sh
echo "$@" >> "{folder}/asked"
[ "$1" = install ] || exit 0
printf '#!/bin/sh\\n' > "{folder}/chromium"
/bin/chmod +x "{folder}/chromium"
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with next to nothing on it."""
    for name in ("sh", "cat", "rm", "mktemp"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    return tmp_path


def provide(programs: Path, name: str, script: str) -> None:
    (programs / name).write_text(script)
    (programs / name).chmod(0o755)


def result(
    script: Path, programs: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments],
        env={"PATH": str(programs), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_browser_that_is_there_is_left_alone(programs: Path) -> None:
    provide(programs, "chromium", "#!/bin/sh\n")
    provide(programs, "apt-get", "#!/bin/sh\nexit 1\n")
    done = result(BROWSER, programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_root_on_debian_gets_the_browser(programs: Path) -> None:
    provide(programs, "id", "#!/bin/sh\necho 0\n")
    provide(programs, "apt-get", APT_GET.format(folder=programs))
    done = result(BROWSER, programs, CI="true")
    assert (done.returncode, done.stderr) == (0, "")
    assert (programs / "asked").read_text().splitlines() == [
        "update -qq",
        "install -y -qq --no-install-recommends chromium fonts-dejavu-core",
    ]


def test_whoever_may_sudo_gets_the_browser(programs: Path) -> None:
    provide(programs, "id", "#!/bin/sh\necho 1000\n")
    provide(programs, "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift && "$@"\n')
    provide(programs, "true", "#!/bin/sh\n")
    provide(programs, "apt-get", APT_GET.format(folder=programs))
    assert result(BROWSER, programs).returncode == 0
    assert (programs / "chromium").exists()


@pytest.mark.parametrize("apt_get", ["none", "no right to it", "it fails"])
@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_a_browser_tests_are_skipped_loudly_and_never_in_ci(
    programs: Path, apt_get: str, ci: str, code: int
) -> None:
    provide(programs, "id", f"#!/bin/sh\necho {0 if apt_get == 'it fails' else 1000}\n")
    if apt_get != "none":
        provide(programs, "apt-get", "#!/bin/sh\nexit 100\n")
    done = result(BROWSER, programs, CI=ci)
    assert done.returncode == code
    assert "THE BROWSER TESTS ARE SKIPPED" in done.stderr
    assert "apt-get install chromium" in done.stderr


@pytest.mark.parametrize("chosen", ["", "/old/python3"])
def test_without_a_python_that_suits_it_says_what_to_do(programs: Path, chosen: str) -> None:
    provide(programs, "python3", "#!/bin/sh\nexit 1\n")
    done = result(VENV, programs, str(programs / "venv"), PYTHON=chosen)
    assert done.returncode == 1
    assert "No Python 3.11 or newer among: " + chosen in done.stderr
    assert "make PYTHON=/path/to/python3.12" in done.stderr
    assert not (programs / "venv").exists()


def test_a_python_that_cannot_make_an_environment_leaves_nothing_behind(programs: Path) -> None:
    broken = '#!/bin/sh\n[ "$1" = -c ] || { [ "$1" = --version ] && echo Python 3.12.0; }\n'
    provide(programs, "python3", broken)
    done = result(VENV, programs, str(programs / "venv"))
    assert done.returncode == 1
    assert "install pip (Debian: python3-pip) or venv (python3-venv)" in done.stderr
    assert not (programs / "venv").exists()


def test_make_lists_every_target_it_promises() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"],
        cwd=REPOSITORY,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    targets = re.findall(r"^  make (\w+)", listed.stdout, re.MULTILINE)
    assert {"install", "demo", "test", "lint", "bench", "docs", "chaos"} <= set(targets)
