#!/usr/bin/env python3
# timeout: 14400
"""Goal: whatever fails, whenever, every cell is what the logs say, at any moment and in the end;
readers never see time go back unless Redis itself lost writes; and it is live again soon.
Method: Kafka, Redis with a replica, processes of two workers each, a steady load of everything that
the generator can do, with a ledger. Faults come at random (GS_SEED); each must be seen to have bitten.
Cells of random moments, and all of them at the end, are compared with the oracle.

    --kills N     kill -9 of a random process, N times, as fast as the machine allows
    --faults N    every other fault N times
    --rate N      records per second of the load
Without --kills and --faults: a few of each.
"""
import argparse
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from scene import Scene  # noqa: E402
from stack import Stack, wait_for  # noqa: E402

SEED = int(os.environ.get("GS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
KILLS, FAULTS = 12, 1


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--faults", type=int)
    parser.add_argument("--rate", type=int, default=4000)
    chosen = parser.parse_args()
    if chosen.kills is None and chosen.faults is None:
        chosen.kills, chosen.faults = KILLS, FAULTS
    del sys.argv[1:]
    return chosen


OPTIONS = options()
print(f"GS_SEED={SEED} --kills {OPTIONS.kills} --faults {OPTIONS.faults}", flush=True)


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


cases.main(globals())
