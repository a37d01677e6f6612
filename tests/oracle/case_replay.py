#!/usr/bin/env python3
"""Goal: what a task makes of a generated load is what the documents say, verdicts and all.
Method: oracle_replay puts records with spam, waves, bursts, raids, edits, deletions, repetitions
and disorder through the decoder and a task, in random batches, and prints the cells that it writes.
The oracle reads the same records, and computes some of these cells, and all that must be there in
the end. GS_SEED chooses the run.
"""
import json
import os
import random
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("", "lib")]

import cases  # noqa: E402
from cases import equal  # noqa: E402
from oracle import account, compare, source  # noqa: E402
from oracle.cells import Number  # noqa: E402
from oracle.rules import DOWNWEIGHT, REASONS, Rules  # noqa: E402
from oracle.settings import Settings  # noqa: E402
from oracle.world import World  # noqa: E402

SEED = int(os.environ.get("GS_SEED", random.randrange(1 << 32)))
PROGRAM = Path(os.environ["GS_BUILD_DEV"]) / "tests/oracle_replay"
SCHEMAS = Path(os.environ["GS_ROOT"]) / "schemas"
DUMP = Path(os.environ["GS_TEST_TMP"]) / "dump"
EVERY = 5  # of the cells that are written while records come
print(f"GS_SEED={SEED}")


def replay(**options):
    """What the task printed: [(key, cell or None)], [what became of the records of an input]"""
    words = [f"{name}={value}" for name, value in options.items()]
    out = subprocess.run([PROGRAM, DUMP, str(SEED), *words], stdout=subprocess.PIPE, check=True)
    lines = [line.split("\t") for line in out.stdout.decode().splitlines()]
    lines = [(key, json.loads(text, parse_float=Number) if text else None) for key, text in lines]
    return ([line for line in lines if line[0] != "input"],
            [counts for key, counts in lines if key == "input"])


def settings_of(options):
    rules = Rules()
    if options.get("soft"):
        rules.reasons = REASONS | {"copypasta": (DOWNWEIGHT, 100)}
    if options.get("small"):
        rules.copies_capacity = rules.burst_capacity = 50
    return Settings(source="reactions" if options.get("reactions") else "snapshots",
                    comments_horizon_ms=options.get("horizon_ms", 3600000),
                    rules=rules if options.get("rules", 1) else None)


def parts_of(key):
    """(view, id, window)"""
    head, window = key.rsplit("}:", 1)
    view, name = head.split("{", 1)[1].split(":", 1)
    return view, name, window


def compare_inputs(world, inputs):
    for row, found in zip(account.table(world), inputs, strict=True):
        names = [name for name in found if name in row]
        equal({name: found[name] for name in names}, {name: row[name] for name in names},
              row["topic"])


def compare_all(**options):
    cells, inputs = replay(**options)
    world = World(settings_of(options), SCHEMAS)
    source.fill(world, lambda topics, starts: source.read_dump(DUMP, topics, starts))
    report = compare.Report()
    for key, cell in cells[::EVERY]:
        if cell is not None:
            report.cells += 1
            report.add(f"{key} at {cell['_at']}",
                       compare.compare_cell(world, report, key, *parts_of(key), cell))
    compare_last(world, report, cells)
    compare_inputs(world, inputs)
    world.close()
    print(report.text(5))
    assert not report.found and report.cells > 500
    return cells


def compare_last(world, report, cells):
    """What stands in Redis in the end."""
    last = {key: (*parts_of(key), cell) for key, cell in dict(cells).items() if cell is not None}
    report.merge(compare.compare(world, last))
    compare.compare_ends(world, last, report, "gs", ("drained",))


def seen(cells, *names):
    """How many cells have all these fields."""
    return sum(cell is not None and all(name in cell for name in names) for _, cell in cells)


def test_judged():
    cells = compare_all(events=12000)
    reasons = {}
    for _, cell in cells:
        for reason in (cell or {}).get("drop", {}):
            reasons[reason] = reasons.get(reason, 0) + 1
    print(reasons)
    assert min(reasons[name] for name in ("url", "contact", "promo", "copypasta", "burst")) > 10
    assert seen(cells, "downweighted", "vg", "vns", "reply_rate") > 10


def test_copies_that_weigh_less_and_full_memories():
    compare_all(events=8000, soft=1, small=1)


def test_short_memory_of_comments_and_reactions_as_source():
    compare_all(events=8000, horizon_ms=120000, reactions=1)


def test_slow_streams():
    compare_all(events=5000, rate=1)


def test_without_rules():
    cells = compare_all(events=5000, rules=0)
    assert not seen(cells, "drop") and not seen(cells, "pvr")


cases.main(globals())
