#!/usr/bin/env bash
# Prints the path of a python that has tests/python/requirements.txt installed, and makes it first
# if need be: a virtual environment in the cache, named by what it holds.
set -euo pipefail

REQUIREMENTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/../python" && pwd)/requirements.txt
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/groundswell
readonly REQUIREMENTS CACHE

die() {
    printf 'venv: %s\n' "$*" >&2
    exit 1
}

key=$({ python3 -V && cat "$REQUIREMENTS"; } | sha256sum | cut -c 1-12)
venv=$CACHE/venv-$key
if [ ! -e "$venv/.complete" ]; then
    mkdir -p "$CACHE"
    exec 9>"$venv.lock"
    flock 9
    if [ ! -e "$venv/.complete" ]; then
        printf 'venv: installing the Python packages of the tests\n' >&2
        rm -rf "$venv"
        python3 -m venv "$venv" || die "python3 cannot make virtual environments (python3-venv)"
        "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$REQUIREMENTS" \
            >"$venv/install.log" 2>&1 </dev/null || {
            tail -n 10 "$venv/install.log" >&2
            die "pip could not install $REQUIREMENTS (whole log: $venv/install.log)"
        }
        touch "$venv/.complete"
    fi
    exec 9>&-
fi
printf '%s/bin/python\n' "$venv"
