#!/usr/bin/env bash
# From a fresh checkout to a live table: installs what is missing, builds, runs the demo.
#
#   deploy/quickstart.sh [OPTIONS OF groundswell demo]     for example --seconds 20
#
# Debian or Ubuntu, as root or with sudo. Runs without a terminal too. Again, it takes seconds: what
# is installed and built stays. Logs of what it does: build/quickstart-*.log.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT LOGS=$ROOT/build

say() { printf 'quickstart: %s\n' "$*"; }

# Runs a step quietly; shows the end of its log if it fails.
step() { # NAME WHAT command...
    local log=$LOGS/quickstart-$1.log begin=$SECONDS
    say "$2 ..."
    if ! "${@:3}" >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        say "failed; the whole log: $log" >&2
        exit 1
    fi
    say "$2: done in $((SECONDS - begin)) s"
}

build() {
    cmake --preset release && cmake --build --preset release --target groundswell
}

case ${1:-} in
-h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac

cd "$ROOT"
mkdir -p "$LOGS"
step deps "libraries and a Redis server" deploy/deps/install.sh run
step build "building" build
# What it prints last is what to do next.
exec build/release/groundswell demo "$@"
