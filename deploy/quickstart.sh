#!/usr/bin/env bash
# From a fresh checkout to a live table: installs what is missing, builds, runs the demo.
#
#   deploy/quickstart.sh [--seconds N] [--rate N] [--influencers N]     as of groundswell demo
#
# Debian or Ubuntu, as root or with sudo. Runs without a terminal too. Again, it takes seconds: what
# is installed and built stays. The compiler's log: build/quickstart.log.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT

say() { printf 'quickstart: %s\n' "$*"; }

# Quietly; shows the end of the log if it fails.
build() {
    local log=$ROOT/build/quickstart.log begin=$SECONDS
    say 'building (about a minute the first time)'
    if ! { cmake --preset release && cmake --build --preset release --target groundswell; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        say "the build failed; its whole log: $log" >&2
        exit 1
    fi
    say "built in $((SECONDS - begin)) s"
}

refuse() {
    say "$1; see deploy/quickstart.sh --help" >&2
    exit 64
}

# So that a slip is not found out only after a minute of building.
check_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --seconds=* | --rate=* | --influencers=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        --seconds | --rate | --influencers) ;;
        *) refuse "unknown option $1" ;;
        esac
        [[ ${2-} =~ ^[0-9]+$ ]] || refuse "$1 needs a whole number"
        shift 2
    done
}

case ${1:-} in
-h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
check_options "$@"

cd "$ROOT"
mkdir -p build
say 'looking for libraries and Redis (a minute if they must be built)'
deploy/deps/install.sh run </dev/null
build
# What it prints last is what to do next.
exec build/release/groundswell demo "$@"
