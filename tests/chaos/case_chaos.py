#!/usr/bin/env python3
# timeout: 14400
"""Goal: whatever fails, whenever, every cell is what the logs say, at any moment and in the end;
readers never see time go back unless Redis itself lost writes; and it is live again soon.
Method: Kafka, Redis with a replica, processes of two workers each, a steady load of everything that
the generator can do, with a ledger. Faults come at random (GS_SEED); each must be seen to have bitten.
Cells of random moments, and all of them at the end, are compared with the oracle.

    --kills N     kill -9 of a random process, N times, as fast as the machine allows
    --faults N    every other fault N times
    --stops N     SIGTERM N times, and how long nothing new is written
    --rate N      records per second of the load
Without any of the first three: a few of each.
"""
import argparse
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
import faults  # noqa: E402
from handover import Writes, longest_gaps  # noqa: E402
from scene import PARTITIONS, Scene  # noqa: E402
from stack import Stack, wait_for  # noqa: E402

SEED = int(os.environ.get("GS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
FEW = {"kills": 12, "faults": 1, "stops": 2}
STOP_MOST_MS = 5000  # what nobody should notice


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in FEW:
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--rate", type=int, default=4000)
    chosen = parser.parse_args()
    if all(getattr(chosen, name) is None for name in FEW):
        parser.set_defaults(**FEW)
        chosen = parser.parse_args()
    del sys.argv[1:]
    return chosen


OPTIONS = options()
print(f"GS_SEED={SEED} {OPTIONS}", flush=True)


def is_restoring(text):
    """It was told its tasks, and has not begun all of them."""
    return "tasks assigned" in text and text.count("goes on from cut") < 2


def test_kills():
    """With static membership a restarted process has its tasks back at once, so that the next kill
    finds it at work, or in the middle of a restore."""
    if not OPTIONS.kills:
        return
    chance = random.Random(SEED)
    with Stack("kills") as stack:
        names = ("one", "two", "three")
        scene = Scene(stack, SEED, OPTIONS.rate, static=names)
        scene.load()
        scene.observe()
        begin, idle, restoring = time.monotonic(), 0, 0
        last = None
        for number in range(OPTIONS.kills):
            # When, and whom, is left to chance; now and then the one that was just started.
            time.sleep(chance.choice((chance.uniform(0.2, 0.8), chance.uniform(0.5, 2))))
            name = last if last and chance.random() < 0.3 else chance.choice(names)
            text = scene.kill(name)
            idle += "tasks assigned" not in text
            restoring += is_restoring(text)
            scene.again(name)
            last = name
            if number % 20 == 19:
                print(f"  {number + 1} kills, {time.monotonic() - begin:.0f} s", flush=True)
        seconds = time.monotonic() - begin
        scene.live_again()
        scene.judge()
        restored = scene.total("tasks_begun_total", **{"from": "checkpoint"})
        anew = scene.total("tasks_begun_total", **{"from": "nothing"})
        print(f"  {OPTIONS.kills} kills in {seconds:.0f} s, {restoring} in the middle of a restore, "
              f"{idle} before it had tasks; tasks begun: {restored:.0f} from checkpoints, {anew:.0f} anew")
        assert restored >= OPTIONS.kills / 4, "too few restores"


def test_faults():
    """One after another, some before the one before is got over. Two of the processes have a static
    place in the group."""
    if not OPTIONS.faults:
        return
    chance = random.Random(SEED)
    order = [fault for fault in faults.ALL for _ in range(OPTIONS.faults)]
    chance.shuffle(order)
    bites = {fault.__name__: [] for fault in faults.ALL}
    with Stack("faults") as stack:
        scene = Scene(stack, SEED, OPTIONS.rate, static=("two", "three"))
        scene.load()
        scene.observe()
        for fault in order:
            print(f"-- {fault.__name__}: {' '.join(fault.__doc__.split()).split('.')[0]}", flush=True)
            bites[fault.__name__].append(fault(scene, chance))
            if chance.random() < 0.5:
                scene.live_again()
        seconds = scene.live_again("every task writes again after the last fault")
        scene.judge()
        refused = {name: scene.total("guard_outcomes_total", outcome=name)
                   for name in ("empty", "regressed", "fenced")}
    print(f"  live {seconds:.1f} s after the last fault; writes refused: {refused}")
    for name, found in bites.items():
        print(f"  {name:16} {len(found):>3} times, {sum(1 for count in found if count):>3} bit: "
              f"{' '.join(f'{count:.0f}' for count in found)}")
        assert any(found), f"{name} never bit"


def test_stops():
    """Two processes share the tasks; one of them is stopped in good order and started again."""
    if not OPTIONS.stops:
        return
    with Stack("stops") as stack:
        scene = Scene(stack, SEED, OPTIONS.rate, names=("one", "two"))
        scene.load()
        scene.observe()
        writes = Writes(scene.pair)
        writes.start()
        gaps = []
        for number in range(OPTIONS.stops):
            name = ("one", "two")[number % 2]
            wait_for(lambda: scene.live_tasks() == PARTITIONS and
                     all(scene.tasks(other) == PARTITIONS / 2 for other in scene.services),
                     "each has its half", 60)
            found, seconds = longest_gaps(scene, writes, name)
            gaps += found.values()
            print(f"  {name} stopped in {seconds:.0f} ms; ms without new cells: {found}", flush=True)
            scene.again(name)
        writes.stop()
        scene.live_again()
        scene.judge()
    gaps.sort()
    print(f"  ms without new cells, of {len(gaps)} tasks handed over: median {gaps[len(gaps) // 2]}, "
          f"most {gaps[-1]}")
    assert gaps[-1] < STOP_MOST_MS, gaps


cases.main(globals())
