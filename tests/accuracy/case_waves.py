#!/usr/bin/env python3
# timeout: 60
"""Goal: waves of copies and bursts are dropped as a whole, also what came before the wave was
known, and what people say beside them stays.
Method: the stream of waves.py, whose lines carry the verdict that follows from the definition of a
wave, through `groundswell score --json`; every line that is decided must be as expected."""
import json
import os
import subprocess
from collections import Counter

import cases
import waves

BINARY = os.environ["GS_BIN"]


def judged(lines):
    given = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    run = subprocess.run([BINARY, "score", "--json", "-"], input=given.encode(), timeout=50,
                         capture_output=True, check=True)
    cases.equal(run.stderr, b"", "stderr")
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_waves_are_dropped_and_nothing_else():
    lines = waves.lines()
    found = judged(lines)
    cases.equal(len(found), len(lines), "lines")
    wrong = []
    for line, verdict in zip(lines, found):
        if line["expect"] == "any":
            continue
        is_seen = bool({"copypasta", "burst"} & set(verdict["reasons"]))
        if is_seen != (line["expect"] == "drop") or (is_seen and verdict["verdict"] != "drop"):
            wrong.append((line["wave"], line["expect"], verdict["verdict"], verdict["reasons"],
                          line["why"], line["text"]))
    for one in wrong[:20]:
        print("     ", *one, sep=" | ")
    expected = Counter(line["expect"] for line in lines)
    print(f"     {len(lines)} lines of {len({line['wave'] for line in lines})} waves: "
          f"{dict(expected)}, {len(wrong)} wrong")
    assert expected["drop"] > 200 and expected["keep"] > 400, expected
    cases.equal(len(wrong), 0, "lines that are judged otherwise")


if __name__ == "__main__":
    cases.main(globals())
