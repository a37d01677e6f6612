# shellcheck shell=bash
# Runs cases for tests/run.sh: each with a deadline, a log and a fresh folder, some at a time.
# Sourced. Needs ROOT, LOGS and SCRATCH; keeps its results in $RESULTS, one line per case.

RESULTS=$LOGS/results
SLOTS_USED=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
    RED='' GREEN='' YELLOW='' PLAIN=''
fi

elapsed_since() { # EPOCHREALTIME
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

# The part of a log that tells what went wrong: a sanitizer's report begins with it, others end so.
excerpt() { # LOG
    local first begins='ERROR: [A-Za-z]+:? |runtime error:|WARNING: ThreadSanitizer'
    first=$(grep -anE -m 1 "$begins" "$1" || true)
    if [ -n "$first" ]; then
        tail -n "+${first%%:*}" "$1" | head -n 25
    else
        tail -n 25 "$1"
    fi | cut -c 1-200 | sed 's/^/     | /'
}

# One line per case, and for a failure all that is needed to go on.
say_result() { # VERDICT CASE SECONDS NOTE LOG
    case $1 in
    passed) printf '%sok  %s %-58s %7s s\n' "$GREEN" "$PLAIN" "$2" "$3" ;;
    skipped) printf '%sskip%s %s\n     why:  %s\n' "$YELLOW" "$PLAIN" "$2" "$4" ;;
    failed)
        printf '%sFAIL%s %-58s %7s s\n' "$RED" "$PLAIN" "$2" "$3"
        excerpt "$5"
        printf '     what: %s\n     log:  %s\n' "$4" "${5#"$ROOT"/}"
        case $2 in
        build/* | setup/*) ;;
        *) printf '     again: tests/run.sh %s %s\n' "${2%%/*}" "${2#*/}" ;;
        esac
        ;;
    esac
}

# Runs one case to its end and records it.
run_now() { # CASE LIMIT_S command...
    local case=$1 limit=$2 log=$LOGS/$1.log tmp=$SCRATCH/$1 begin=$EPOCHREALTIME
    local status=0 verdict=passed note='' pid seconds
    shift 2
    mkdir -p "$(dirname "$log")" "$tmp"
    # timeout leads a process group of its own, so whatever the case leaves behind can be ended.
    GS_TEST_TMP=$tmp timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null 8>&- &
    pid=$!
    trap 'kill -TERM -- "-$pid" 2>/dev/null; exit 143' TERM
    wait "$pid" || status=$?
    [ "$status" -ne 77 ] || note=$(tail -n 1 "$log")
    kill -KILL -- "-$pid" 2>/dev/null && printf '(runner: ended processes left behind)\n' >>"$log"
    case $status in
    0) rm -rf "$tmp" ;;
    77) verdict=skipped ;;
    124)
        verdict=failed
        note="not finished within $limit s"
        ;;
    *)
        verdict=failed
        note="exit $status"
        [ "$status" -le 128 ] || note="died of SIG$(kill -l "$((status - 128))")"
        ;;
    esac
    seconds=$(elapsed_since "$begin")
    printf '%s %s %s\n' "$verdict" "$case" "$seconds" >>"$RESULTS"
    say_result "$verdict" "$case" "$seconds" "$note" "$log"
    [ "$verdict" != failed ]
}

# Starts a case; waits first while SLOTS cases are running.
run_case() { # SLOTS CASE LIMIT_S command...
    while [ "$SLOTS_USED" -ge "$1" ]; do
        wait -n || true
        SLOTS_USED=$((SLOTS_USED - 1))
    done
    (run_now "${@:2}") &
    SLOTS_USED=$((SLOTS_USED + 1))
}

finish_cases() {
    wait
    SLOTS_USED=0
}

# A step that is no test, but without which tests cannot run.
run_step() { # NAME LIMIT_S command...
    printf '...  %s\n' "$1"
    (run_now "$@") &
    wait "$!"
}

count_of() { # VERDICT
    awk -v v="$1" '$1 == v' "$RESULTS" | grep -cv -E '^passed (build|setup)/' || true
}
