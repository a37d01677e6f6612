#!/usr/bin/env bash
# Measures Groundswell: a table for people, and as the last line one JSON object for programs.
#
#   bench/run.sh stages [--instructions] [--events N] [--rate N]
#       ns and allocations per event in each stage, in memory, without servers; with
#       --instructions also instructions per event (valgrind: slow, but the same on every run)
#   bench/run.sh sentiment [--instructions] [--texts N]
#       ns per comment of both scorers, with and without the memory of scores, and of a naive form;
#       GS_DATA: a folder with labelled sets, whose tweets are scored, too
#   bench/run.sh window [INFLUENCERS] [EVENTS] [EVENTS_PER_SECOND]
#       the windows alone, with many entities: ns per event and bytes per pane
#   bench/run.sh clean [--instructions] [--file FILE]
#       cleaning per comment, beside a naive form: on the generator's comments, or the lines of FILE
#   bench/run.sh throughput [--events N] [--rounds N] ...
#       a full topic drained with one and two workers, and with --discard; real Kafka and Redis
#   bench/run.sh latency [--rate N] [--seconds N] ...
#       produced to readable in Redis under a steady load; real Kafka and Redis
#   bench/run.sh restore [--influencers N] [--rate N] ...
#       from kill -9 to restored and live again, and the pauses that checkpoints make
#
# NAME --help lists what a measurement takes. Builds the release preset first, in build/release, or
# uses the build folder GS_BENCH_BUILD. Servers are private, on loopback, and stopped at the end.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT
readonly BUILD=${GS_BENCH_BUILD:-$ROOT/build/release}
readonly INSTRUCTION_EVENTS=40000 # of which the second half is measured

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

build() { # TARGET DEPENDENCIES
    "$ROOT/deploy/deps/install.sh" "$2" >&2
    cmake -S "$ROOT" --preset release -B "$BUILD" >/dev/null
    cmake --build "$BUILD" --target "$1" >&2
}

# Instructions of one stage per item, from a run in which only they are counted.
instructions_of() { # STAGE PROGRAM ARGUMENT...
    local items collected
    collected=$(mktemp)
    items=$(valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=/dev/null \
        "$BUILD/bench/$2" "${@:3}" --only "$1" 2>"$collected" |
        tail -n 1 | jq --arg s "$1" '.stages[$s].measured')
    awk -v items="$items" '/Collected :/ { printf "%.0f", $4 / items }' "$collected"
    rm -f "$collected"
}

stages() { # PROGRAM ARGUMENT...
    local program=$1 with=0 out status=0 stage n json counts='{}' words=() few
    shift
    while [ $# -gt 0 ]; do
        if [ "$1" = --instructions ]; then with=1; else words+=("$1"); fi
        shift
    done
    few=("${words[@]}")
    [ "$program" != bench_stages ] || few=(--events "$INSTRUCTION_EVENTS")
    out=$("$BUILD/bench/$program" "${words[@]}") || status=$?
    json=$(tail -n 1 <<<"$out")
    head -n -1 <<<"$out"
    [ "$with" -eq 0 ] || {
        printf '\n%-16s %17s\n' stage 'instructions per'
        for stage in $(jq -r '.stages | keys_unsorted[]' <<<"$json"); do
            n=$(instructions_of "$stage" "$program" "${few[@]}")
            counts=$(jq -c --arg s "$stage" --argjson n "$n" '.[$s] = $n' <<<"$counts")
            printf '%-16s %17s\n' "$stage" "$n"
        done
    }
    jq -c --argjson instructions "$counts" --arg date "$(date -u +%F)" --argjson cores "$(nproc)" \
        '. + {instructions: $instructions, date: $date, cores: $cores}' <<<"$json"
    return "$status"
}

with_servers() { # NAME ARGUMENT...
    local python
    python=$("$ROOT/tests/lib/venv.sh")
    GS_BIN=$BUILD/groundswell PYTHONDONTWRITEBYTECODE=1 exec "$python" "$ROOT/bench/$1.py" "${@:2}"
}

name=${1:-}
[ $# -eq 0 ] || shift
case $name in
stages)
    case ${1:-} in -h | --help) usage && exit 0 ;; esac
    build bench_stages build
    stages bench_stages "$@"
    ;;
sentiment)
    case ${1:-} in -h | --help) usage && exit 0 ;; esac
    build bench_sentiment build
    stages bench_sentiment "$@"
    ;;
window)
    case ${1:-} in -h | --help) usage && exit 0 ;; esac
    build bench_window build
    "$BUILD/bench/bench_window" "$@"
    ;;
clean)
    case ${1:-} in -h | --help) usage && exit 0 ;; esac
    build bench_clean build
    stages bench_clean "$@"
    ;;
throughput | latency | restore)
    build groundswell test
    with_servers "$name" "$@"
    ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 64
    ;;
esac
