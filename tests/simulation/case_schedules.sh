#!/usr/bin/env bash
# timeout: 1800
# Goal: whatever happens to owners, Kafka, Redis and clocks, every cell says what the logs say, and
# when faults stop all comes to rest.
# Method: GS_SIMULATION_SEEDS (10,000) random schedules, in as many processes as there are
# processors; then some of them again, which must be the same bit for bit. With
# GS_SIMULATION_ABLATE a rule of the protocol is left out, and this fails.
set -euo pipefail

bin=$GS_BUILD_DEV/tests/simulation
seeds=${GS_SIMULATION_SEEDS:-10000}
program=("$bin/simulation")
[ -z "${GS_SIMULATION_ABLATE:-}" ] ||
    program=("$bin/simulation_ablated" --ablate "$GS_SIMULATION_ABLATE")

processes=$(nproc)
share=$(((seeds + processes - 1) / processes))
jobs=()
for ((i = 0; i < processes; i++)); do
    "${program[@]}" --seed "$((i * share))" --seeds "$share" >"$GS_TEST_TMP/$i" 2>&1 &
    jobs+=($!)
done
failed=0
for i in "${!jobs[@]}"; do
    wait "${jobs[$i]}" || failed=1
    cat "$GS_TEST_TMP/$i"
done
[ "$failed" -eq 0 ]

digest() { "${program[@]}" --seed 1 --seeds 50 | sed -n 's/.*digest //p'; }
first=$(digest)
[ -n "$first" ]
[ "$first" = "$(digest)" ] || {
    printf 'the same seeds do not give the same\n'
    exit 1
}
