#!/usr/bin/env python3
# timeout: 600
"""Goal: results depend on the logs alone, not on how they are read.
Method: one set of topics is drained with `run --until-end` several times, with other batches,
workers, fetch sizes and flush intervals, each under a prefix and a group of its own. All cells must
be equal but for when they were written, and one set is compared with the oracle.
"""
import json
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("lib", "")]

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import create_topics  # noqa: E402
from oracle.cells import SHOWN  # noqa: E402
from oracle.compare import PLACE  # noqa: E402
from stack import Stack, compare  # noqa: E402

EVENTS = int(os.environ.get("GS_SETTINGS_EVENTS", "60000"))
SEED = int(os.environ.get("GS_SEED", "1"))
PARTITIONS = 4
SMALL_FETCH = {"fetch.max.bytes": 1000000, "max.partition.fetch.bytes": 4096,
               "queued.min.messages": 10}
LARGE_FETCH = {"fetch.max.bytes": 50 << 20, "max.partition.fetch.bytes": 10 << 20,
               "queued.min.messages": 1000000}
SETTINGS = {
    "usual": {},
    "single": {"consume": {"batch": 1}},
    "odd": {"consume": {"batch": 7}, "workers": 3},
    "small": {"kafka": {"properties": SMALL_FETCH}, "flush": {"interval": "10ms"}},
    "large": {"kafka": {"properties": LARGE_FETCH}, "consume": {"batch": 4096}, "workers": 2,
              "flush": {"interval": "5s"}},
}
# Of the comments; what is remembered of them is bounded so that it runs out in some partitions.
CHANGES = ("--comment-edits", "0.04", "--comment-deletions", "0.03", "--comment-counters", "0.03",
           "--comment-repeats", "0.03", "--comment-orphans", "0.02", "--comment-reactions", "0.1")
MEMORY = {"comments": {"horizon": "4m"}, "limits": {"comments": 500}}
print(f"GS_SEED={SEED}")


def drain(stack, kafka, redis, name, settings):
    """(cells, what became of the records)."""
    made = stack.config(kafka, redis, **MEMORY, **settings)
    made["redis"]["prefix"] = name
    made["kafka"]["group"] = name
    code, text = stack.run(name, made, "--until-end", "--json", seconds=120)
    equal(code, 0, f"exit code with {name}:\n{text[-3000:]}")
    assert "reads the logs from their start, as --until-end does" in text, text
    assert "nothing to go on from" not in text, text  # no checkpoints are used: nothing was lost
    summary = json.loads(text[text.rindex("\n{"):])
    return cells(redis, name), summary["dispositions"]


def cells(redis, prefix):
    """{key without its prefix: fields that the logs decide}. A cell is written again only if it
    changed, so where it was written may differ, and whether one that drained was seen before."""
    client = redis.client(decode_responses=True)
    keys = list(client.scan_iter(match=f"{prefix}:v1:{{*", count=5000))
    held = {}
    for key, text in zip(keys, client.mget(keys)):
        cell = json.loads(text, parse_float=str)
        if any(cell.get(name) for name in SHOWN):
            held[key.removeprefix(prefix)] = {name: value for name, value in cell.items()
                                              if name not in PLACE}
    return held


def differing(one, other):
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return [(key, one.get(key), other.get(key)) for key in keys[:3]], len(keys)


def test_settings_do_not_show():
    with Stack("settings") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, PARTITIONS)
        stack.generate(stack.config(kafka, redis), "--events", str(EVENTS), "--seed", str(SEED),
                       "--influencers", "300", "--malformed", "0.01", "--duplicates", "0.01",
                       *CHANGES)
        usual = counts = None
        for name, settings in SETTINGS.items():
            found, became = drain(stack, kafka, redis, name, settings)
            assert len(found) > 3000, len(found)
            if usual is None:
                usual, counts = found, became
                compare(kafka, redis, "--prefix", name, "--end", "--drained",
                        "--comments-horizon-ms", "240000", "--comments-max", "500", least=3000)
            equal(differing(usual, found), ([], 0), f"cells with {name}")
            equal(became, counts, f"records with {name}")


cases.main(globals())
