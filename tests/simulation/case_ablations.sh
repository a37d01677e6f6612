#!/usr/bin/env bash
# timeout: 1200
# Goal: the simulator notices when a rule of the protocol is missing; a test that cannot fail proves
# nothing. Method: the rooms are built once more so that one rule can be left out. For each rule
# schedules are run until one is wrong (or an assertion fails), at most GS_SIMULATION_ABLATED
# (20,000); and all rules in place, none is.
set -euo pipefail

export PROGRAM=$GS_BUILD_DEV/tests/simulation/simulation_ablated
export MOST=${GS_SIMULATION_ABLATED:-20000}

try_rule() { # RULE
    local out status=0
    out=$(timeout 600 "$PROGRAM" --ablate "$1" --seeds "$MOST" --until 1 2>&1) || status=$?
    case $status in
    1 | 134) # found, or an assertion failed
        printf 'ok   %s: %s\n' "$1" "$(grep -E '^seed|it was seed' <<<"$out" | cut -c 1-120)"
        ;;
    *)
        printf 'FAIL %s is not missed (exit code %s)\n' "$1" "$status"
        return 1
        ;;
    esac
}
export -f try_rule

all=$("$PROGRAM" --seeds 1000) || {
    printf '%s\n' "$all"
    exit 1
}
printf 'no rule left out: %s\n' "${all%%$'\n'*}"
"$PROGRAM" --list | cut -f 1 | xargs -P "$(nproc)" -I '{}' bash -c 'try_rule {}'
