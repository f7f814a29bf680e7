#!/bin/sh
# Puts Debian's chromium in place for the browser tests where that is allowed; says so where not.
# With CI=true a missing browser is an error.
set -eu

present() {
    command -v chromium >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

allowed() {
    command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null
}

install() {
    echo "Installing chromium for the browser tests (some minutes, once)"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
}

if present; then exit 0; fi
if allowed && install && present; then exit 0; fi

cat >&2 <<'MESSAGE'
****************************************************************
*  THE BROWSER TESTS ARE SKIPPED: there is no chromium here,   *
*  and no right to install it. As root:                        *
*      apt-get install chromium fonts-dejavu-core              *
****************************************************************
MESSAGE
if [ "${CI:-}" = true ]; then exit 1; fi
