#!/bin/sh
# Makes the virtual environment named by $1 with any Python from 3.11 on.
# Debian's Python has no ensurepip; virtualenv, fetched by pip into a scratch folder, does without.
set -eu
venv=$1
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if suits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or newer among: ${PYTHON:-python3, python3.11 to python3.14, python}." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
}

works() {
    "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

with_virtualenv() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    "$python" -m pip install --quiet --target "$scratch" virtualenv ||
        pip3 install --quiet --target "$scratch" virtualenv
    PYTHONPATH=$scratch "$python" -m virtualenv --quiet --clear "$venv"
}

python=$(find_python)
echo "Making $venv with $("$python" --version)"
"$python" -m venv --clear "$venv" >/dev/null 2>&1 && works || {
    echo "No ensurepip in this Python; getting virtualenv"
    with_virtualenv && works
} || {
    rm -rf "$venv"
    echo "Could not make $venv: install pip (Debian: python3-pip) or venv (python3-venv)." >&2
    exit 1
}
