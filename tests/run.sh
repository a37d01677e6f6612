#!/usr/bin/env bash
# Installs what is needed, builds, and runs the tests.
#
#   tests/run.sh                  everything
#   tests/run.sh LAYER [CASE] [--OPTION...]
#                                 one layer, or its cases whose name contains CASE; options are
#                                 the cases' own: tests/run.sh chaos --kills 300
#   tests/run.sh simulation [--seeds N] [--ablate RULE]
#                                 random schedules; with a rule left out they must fail
#   tests/run.sh --list           what there is
#
# Layers: unit (cmocka programs; plain, ASan+UBSan, and TSan where threads meet), fuzz (libFuzzer,
# GS_FUZZ_SECONDS each, 20 by default), and every folder in tests/ with executable case_*.sh or
# case_*.py. Such a case exits 0 if it passes, 77 if it is skipped, with the reason on its last
# line, else it fails; a line '# timeout: SECONDS' near its top replaces the limit. It finds
#   GS_ROOT the source tree     GS_BIN the program (release)   GS_BUILD_DEV build folder (dev)
#   GS_TEST_TMP a fresh folder  GS_PYTHON python with tests/python/requirements.txt
#   GS_KAFKA tests/kafka/kafka.sh
# GS_SEED is handed through. Logs: build/test-logs/. The last line is
# 'N passed, N failed, N skipped'; in CI (CI=true) a skipped case is a failure.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT
readonly LOGS=$ROOT/build/test-logs SCRATCH=$ROOT/build/test-tmp
readonly UNIT_LIMIT_S=${GS_UNIT_TIMEOUT:-180} CASE_LIMIT_S=${GS_CASE_TIMEOUT:-600}
readonly FUZZ_SECONDS=${GS_FUZZ_SECONDS:-20}
# They wait for a group's rebalances, a minute in all, while others can run beside them.
readonly LONG_UNITS="source_member service worker_fault service_end worker \
service_group service_rules worker_stall"
# Rooms in which threads meet; only their unit tests run under TSan.
readonly TSAN_ROOMS="base kafka registry redis admin source sink worker service"
readonly ORDER="layout unit property oracle accuracy simulation integration package kafka chaos"
# These use the machine one case at a time: they start servers and measure time.
readonly PARALLEL_LAYERS="layout unit fuzz oracle"

cd "$ROOT"
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

cases_of() { # LAYER -> paths
    compgen -G "tests/$1/case_*" | grep -E '\.(sh|py)$' || true
}

layers() {
    local folder name all="unit fuzz"
    for folder in tests/*/; do
        name=$(basename "$folder")
        [ -z "$(cases_of "$name")" ] || [[ " $all " == *" $name "* ]] || all="$all $name"
    done
    # The quick ones first, the endless one last.
    for name in $ORDER; do
        [[ " $all " == *" $name "* ]] && printf '%s\n' "$name"
    done
    for name in $all; do
        [[ " $ORDER fuzz " == *" $name "* ]] || printf '%s\n' "$name"
    done
    printf 'fuzz\n'
}

wants() { # CASE: does the filter let it through?
    [ -z "$FILTER" ] || [[ $1 == *"$FILTER"* ]]
}

slots_of() { # LAYER
    if [[ " $PARALLEL_LAYERS " == *" $1 "* ]]; then nproc; else echo 1; fi
}

configure_preset() { # PRESET
    cmake --preset "$1" >"$LOGS/build/$1-configure.log" 2>&1 || {
        cat "$LOGS/build/$1-configure.log"
        return 1
    }
}

build_targets() { # PRESET [TARGET...]
    configure_preset "$1" || return 1
    if [ $# -gt 1 ]; then
        cmake --build --preset "$1" --target "${@:2}"
    else
        cmake --build --preset "$1"
    fi
}

# Builds once per run. Fails if the build failed, then or earlier: what needs it is left out then.
declare -A BUILT=()
build() { # PRESET [TARGET...]
    if [ -z "${BUILT[$1]:-}" ]; then
        mkdir -p "$LOGS/build"
        BUILT[$1]=failed
        run_step "build/$1" 1800 bash -c "$(declare -f configure_preset build_targets)
            LOGS=$LOGS; build_targets $*" && BUILT[$1]=yes
    fi
    [ "${BUILT[$1]}" = yes ] || {
        printf '     left out: what needs build/%s\n' "$1"
        return 1
    }
}

unit_programs() { # PRESET -> "name<TAB>path" lines, the long ones first
    ctest --test-dir "build/$1" --show-only=json-v1 |
        jq -r --arg long " $LONG_UNITS " '[.tests[] | select(.command)]
            | sort_by(" \(.name) " as $name | $long | contains($name) | not)[]
            | [.name, .command[0]] | @tsv'
}

# TSan of this age cannot run where addresses are spread too widely.
without_aslr() {
    if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

run_unit_preset() { # PRESET
    local name program
    while IFS=$'\t' read -r name program; do
        wants "$1/$name" || continue
        if [ "$1" = tsan ]; then
            [[ " $TSAN_ROOMS " == *" ${name%%_*} "* ]] || continue
            run_case "$(nproc)" "unit/$1/$name" "$UNIT_LIMIT_S" \
                bash -c "$(declare -f without_aslr); without_aslr \"\$0\"" "$program"
        else
            run_case "$(nproc)" "unit/$1/$name" "$UNIT_LIMIT_S" "$program"
        fi
    done < <(unit_programs "$1")
    finish_cases
}

tsan_targets() {
    local file name
    for file in tests/unit/*_test.c; do
        name=$(basename "$file" _test.c)
        [[ " $TSAN_ROOMS " == *" ${name%%_*} "* ]] && printf 'test_%s\n' "$name"
    done
    return 0
}

run_unit() {
    local targets
    build dev && run_unit_preset dev
    build asan-ubsan && run_unit_preset asan-ubsan
    mapfile -t targets < <(tsan_targets)
    [ "${#targets[@]}" -eq 0 ] || { build tsan "${targets[@]}" && run_unit_preset tsan; }
    return 0
}

run_fuzz() {
    local file name seeds grown
    compgen -G 'tests/fuzz/*_fuzz.c' >/dev/null || return 0
    build fuzz || return 0
    for file in tests/fuzz/*_fuzz.c; do
        name=$(basename "$file" _fuzz.c)
        wants "$name" || continue
        seeds=tests/fuzz/corpus/$name
        grown=build/fuzz-corpus/$name # kept, so that the next run goes on where this one stops
        mkdir -p "$grown"
        # The fuzzer leaves the input that broke it in its scratch folder.
        mkdir -p "$SCRATCH/fuzz/$name"
        [ -d "$seeds" ] || seeds=''
        # libFuzzer's own exit status for a crash, 77, is that of a skipped case here.
        run_case "$(nproc)" "fuzz/$name" "$((FUZZ_SECONDS + 120))" \
            "build/fuzz/tests/${name}_fuzz" -max_total_time="$FUZZ_SECONDS" -timeout=10 \
            -rss_limit_mb=2048 -print_final_stats=1 -error_exitcode=1 -timeout_exitcode=1 \
            -artifact_prefix="$SCRATCH/fuzz/$name/" "$grown" ${seeds:+"$seeds"}
    done
    finish_cases
}

# What a layer of case files needs before its first case.
prepare_layer() { # LAYER
    if [ "$1" = layout ]; then
        mkdir -p "$LOGS/build"
        run_step setup/compile-commands 120 cmake --preset dev
        return
    fi
    build release && build dev || return 1
    if [ -z "${GS_PYTHON:-}" ]; then
        run_step setup/python 900 tests/lib/venv.sh || return 1
        GS_PYTHON=$(tests/lib/venv.sh)
        export GS_PYTHON
    fi
    [[ $1 != kafka && $1 != chaos ]] || run_step setup/kafka 900 tests/kafka/kafka.sh resolve
}

run_case_files() { # LAYER
    local layer=$1 path name limit slots
    prepare_layer "$layer" || return 0
    slots=$(slots_of "$layer")
    while read -r path; do
        name=$(basename "$path")
        name=${name#case_}
        wants "${name%.*}" || continue
        limit=$(sed -n '1,15s/^# timeout: *\([0-9]*\).*/\1/p' "$path" | head -n 1)
        if [ "${path##*.}" = py ]; then
            run_case "$slots" "$layer/${name%.*}" "${limit:-$CASE_LIMIT_S}" \
                "${GS_PYTHON:-python3}" "$path" "${OPTIONS[@]}"
        else
            run_case "$slots" "$layer/${name%.*}" "${limit:-$CASE_LIMIT_S}" "$path" "${OPTIONS[@]}"
        fi
    done < <(cases_of "$layer")
    finish_cases
}

run_layer() { # LAYER
    printf '\n== %s\n' "$1"
    case $1 in
    unit) run_unit ;;
    fuzz) run_fuzz ;;
    *) run_case_files "$1" ;;
    esac
}

list() {
    local layer path
    for layer in $(layers); do
        case $layer in
        unit) compgen -G 'tests/unit/*_test.c' || true ;;
        fuzz) compgen -G 'tests/fuzz/*_fuzz.c' || true ;;
        *) cases_of "$layer" ;;
        esac | while read -r path; do
            path=$(basename "$path")
            path=${path#case_}
            printf '%-12s %s\n' "$layer" "${path%%.*}"
        done
    done | sed 's/_test$//; s/_fuzz$//'
}

export_environment() {
    export GS_ROOT=$ROOT GS_BIN=$ROOT/build/release/groundswell GS_BUILD_DEV=$ROOT/build/dev
    export GS_KAFKA=$ROOT/tests/kafka/kafka.sh
    export PYTHONPATH=$ROOT/tests/lib PYTHONDONTWRITEBYTECODE=1
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
    local tsan=halt_on_error=1:second_deadlock_stack=1:suppressions=$ROOT/tests/lib/tsan.supp
    export TSAN_OPTIONS=${TSAN_OPTIONS:-$tsan}
}

summary() {
    local passed failed skipped
    passed=$(count_of passed) failed=$(count_of failed) skipped=$(count_of skipped)
    printf '\n'
    awk '$1 == "failed" { print "failed: " $2 }' "$RESULTS"
    if [ "$((passed + failed + skipped))" -eq 0 ]; then
        printf 'no case matches; tests/run.sh --list tells what there is\n'
    elif [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
        printf 'a skipped case is a failure in CI\n'
    fi
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
    [ "$passed" -gt 0 ] && [ "$failed" -eq 0 ] &&
        { [ "${CI:-}" != true ] || [ "$skipped" -eq 0 ]; }
}

stop_all() {
    local jobs
    trap '' INT TERM
    mapfile -t jobs < <(jobs -p)
    [ "${#jobs[@]}" -eq 0 ] || kill -TERM "${jobs[@]}" 2>/dev/null
    wait
    printf 'interrupted\n'
    exit 130
}

case ${1:-} in
-h | --help) usage && exit 0 ;;
--list) list && exit 0 ;;
esac
take_simulation_options() { # --seeds N, --ablate RULE: for the schedules alone
    while [ $# -gt 1 ]; do
        case $1 in
        --seeds) export GS_SIMULATION_SEEDS=$2 ;;
        --ablate) export GS_SIMULATION_ABLATE=$2 ;;
        *) break ;;
        esac
        FILTER=schedules
        shift 2
    done
    [ $# -eq 0 ] || {
        printf 'tests/run.sh simulation [--seeds N] [--ablate RULE]\n' >&2
        exit 64
    }
}
FILTER='' OPTIONS=()
case ${1:-}/${2:-} in
*/) ;;
simulation/--*) take_simulation_options "${@:2}" ;;
*/--*) OPTIONS=("${@:2}") ;;
*) FILTER=$2 OPTIONS=("${@:3}") ;;
esac
mkdir -p build
exec 8>build/test.lock
flock -n 8 || {
    printf 'waiting for another tests/run.sh in this tree\n'
    flock 8
}
rm -rf "$LOGS" "$SCRATCH"
mkdir -p "$LOGS" "$SCRATCH"
# shellcheck source=tests/lib/runner.sh
source tests/lib/runner.sh
: >"$RESULTS"
trap stop_all INT TERM
export_environment

mapfile -t chosen < <(layers)
if [ -n "${1:-}" ]; then
    [[ " ${chosen[*]} " == *" $1 "* ]] || {
        printf 'no layer %s; there are: %s\n' "$1" "${chosen[*]}" >&2
        exit 64
    }
    chosen=("$1")
fi
deploy/deps/install.sh test
for layer in "${chosen[@]}"; do
    run_layer "$layer"
done
summary
