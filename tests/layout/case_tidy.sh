#!/usr/bin/env bash
# timeout: 1500
# Goal: none of the faults that only an analysis of paths finds. Method: clang-tidy (.clang-tidy)
# over every source file that the build compiles.
set -euo pipefail
cd "${GS_ROOT:-$(dirname "$0")/../..}"

build=${GS_BUILD_DEV:-build/dev}
[ -r "$build/compile_commands.json" ] || {
    printf 'no %s/compile_commands.json: run cmake --preset dev first\n' "$build"
    exit 1
}
# Some files are compiled once more for the simulator, with rules left out.
once=$(mktemp -d)
trap 'rm -rf "$once"' EXIT
jq '[.[] | select(.command | contains("simulation_ablated") | not)] | unique_by(.file)' \
    "$build/compile_commands.json" >"$once/compile_commands.json"
mapfile -t files < <(jq -r '.[].file' "$build/compile_commands.json" | sort -u | grep "^$PWD/src/")
[ "${#files[@]}" -gt 0 ] || { printf 'the build compiles nothing\n' && exit 1; }
printf 'checking %s files\n' "${#files[@]}"
# The flags are gcc's; clang does not know all of them.
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy -quiet -p "$once" \
    --extra-arg=-Wno-unknown-warning-option 2>&1 |
    { grep -vE '^([0-9]+ warnings?( and)?)? ?([0-9]+ errors?)? generated' || true; }
