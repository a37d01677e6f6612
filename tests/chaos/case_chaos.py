#!/usr/bin/env python3
# timeout: 14400
"""Goal: whatever fails, whenever, every cell is what the logs say, at any moment and in the end;
readers never see time go back unless Redis itself lost writes; and all is live again soon.
Method: Kafka, Redis with a replica, processes of two workers each, a steady load of all that the
generator can do, with a ledger. Faults come at random (GS_SEED), and each must be seen to have
bitten. Cells of random moments, and all of them at the end, are compared with the oracle.

    --kills N     kill -9 of a random process, N times, as fast as the machine allows
    --faults N    every other fault N times
    --stops N     SIGTERM N times, and how long nothing new is written
    --without-redis SECONDS   without Redis for so long: does the memory stay as it is?
    --rate N      records per second of the load
Without any of the first four: a few of the first three.
"""
import argparse
import os
import random
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
import faults  # noqa: E402
from handover import Writes, longest_gaps  # noqa: E402
from memory import Growth  # noqa: E402
from scene import PARTITIONS, Scene  # noqa: E402
from stack import Stack, wait_for  # noqa: E402

SEED = int(os.environ.get("GS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
FEW = {"kills": 12, "faults": 1, "stops": 2}
GROWTH_MAX = 32 << 20  # bytes, without Redis
STOP_MOST_MS = 5000  # without new cells


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in (*FEW, "without-redis"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--rate", type=int, default=4000)
    chosen = parser.parse_args()
    if all(getattr(chosen, name) is None for name in (*FEW, "without_redis")):
        parser.set_defaults(**FEW)
        chosen = parser.parse_args()
    del sys.argv[1:]  # cases.main() takes words there for names of tests
    return chosen


OPTIONS = options()
print(f"GS_SEED={SEED} {OPTIONS}", flush=True)


def is_restoring(text):
    """It was told its tasks, and has not begun all of them."""
    assigned = sum(int(count) for count in re.findall(r"(\d+) tasks? assigned", text))
    return assigned > text.count("goes on from cut") + text.count("nothing to go on from")


def next_victim(chance, names, last):
    """Often the one that was only just started."""
    return last if last and chance.random() < 0.3 else chance.choice(names)


def test_kills():
    """With static membership a restarted process has its tasks back at once, so that the next kill
    finds it at work, or in the middle of a restore."""
    if not OPTIONS.kills:
        return
    chance, names, last = random.Random(SEED), ("one", "two", "three"), None
    with Stack("kills") as stack:
        scene = Scene(stack, SEED, OPTIONS.rate, static=names)
        scene.load()
        scene.observe()
        begin, restoring = time.monotonic(), 0
        for number in range(1, OPTIONS.kills + 1):
            time.sleep(chance.uniform(*chance.choice(((0.2, 0.8), (0.5, 2)))))  # left to chance
            last = next_victim(chance, names, last)
            restoring += is_restoring(scene.kill(last))
            scene.again(last)
            if number % 20 == 0:
                print(f"  {number} kills, {time.monotonic() - begin:.0f} s", flush=True)
        seconds = time.monotonic() - begin
        scene.live_again()
        scene.judge()
        begun = {whence: scene.total("tasks_begun_total", **{"from": whence})
                 for whence in ("checkpoint", "nothing")}
        print(f"  {OPTIONS.kills} kills in {seconds:.0f} s, {restoring} of them in the middle of a "
              f"restore; tasks begun from: {begun}")
        assert restoring or OPTIONS.kills < 20, "no kill came in the middle of a restore"
        assert begun["checkpoint"] >= OPTIONS.kills / 4, "too few restores"


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
            what = " ".join(fault.__doc__.split()).split(".", maxsplit=1)[0]
            print(f"-- {fault.__name__}: {what}", flush=True)
            bites[fault.__name__].append(fault(scene, chance))
            if chance.random() < 0.5:
                scene.live_again()
        seconds = scene.live_again("every task writes again after the last fault")
        scene.judge()
        refused = {name: scene.total("guard_outcomes_total", outcome=name)
                   for name in ("empty", "regressed", "fenced")}
    print(f"  live {seconds:.1f} s after the last fault; writes refused: {refused}\n"
          f"  ended by themselves as they should, and started again: {scene.revived}")
    for name, found in bites.items():
        print(f"  {name:16} {len(found):>3} times, {sum(1 for count in found if count):>3} bit: "
              f"{' '.join(f'{count:.0f}' for count in found)}")
    unseen = [name for name, found in bites.items() if not any(found)]
    assert not unseen, f"never bit: {unseen}"


def test_stops():
    """Two processes share the tasks; one of them is stopped in good order and started again."""
    if not OPTIONS.stops:
        return
    gaps, names = [], ("one", "two")
    with Stack("stops") as stack:
        scene = Scene(stack, SEED, OPTIONS.rate, names=names)
        scene.load()
        scene.observe()
        writes = Writes(scene.pair)
        writes.start()
        for number in range(OPTIONS.stops):
            name = names[number % 2]
            wait_for(lambda: scene.live_tasks() == PARTITIONS and
                     all(scene.tasks(other) == PARTITIONS / 2 for other in names),
                     "each has its half", 60)
            found, stopped_ms = longest_gaps(scene, writes, name)
            gaps += found.values()
            print(f"  {name} ended within {stopped_ms:.0f} ms; task: ms without new cells: {found}",
                  flush=True)
            scene.again(name)
        writes.stop()
        scene.live_again()
        scene.judge()
    gaps.sort()
    print(f"  ms without new cells, of {len(gaps)} tasks handed over: median "
          f"{gaps[len(gaps) // 2]}, most {gaps[-1]}")
    assert gaps[-1] < STOP_MOST_MS, gaps


def test_without_redis():
    """By hand: a minute of warming up, and then the time that was asked for."""
    if not OPTIONS.without_redis:
        return
    with Stack("memory") as stack:
        growth = Growth(stack, OPTIONS.rate)
        growth.warm_up()
        first, last = growth.away(OPTIONS.without_redis)
    print(f"  grew by {(last - first) / 1e6:.1f} MB in {OPTIONS.without_redis} s without Redis")
    assert last - first < GROWTH_MAX, (first, last)


cases.main(globals())
