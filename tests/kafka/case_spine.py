#!/usr/bin/env python3
# timeout: 900
"""Goal: whatever processes come and go, every cell in Redis is what the logs say, at any time and
in the end, and every record is accounted for.
Method: a real Kafka with 8 partitions, a real Redis. GS_SPINE_EVENTS (300,000) events, some broken,
repeated, out of order or ahead of their time, some that change comments, are produced while two
processes of two workers each read them: the second one joins half-way, the first one is stopped by
SIGTERM later. Cells are compared field by field with the oracle, those of some moments of the run
too.
"""
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import INTERNAL, create_topics  # noqa: E402
from stack import Stack, compare, oracle, snapshot, wait_for, wait_quiet  # noqa: E402

EVENTS = int(os.environ.get("GS_SPINE_EVENTS", "300000"))
SEED = int(os.environ.get("GS_SEED", "1"))
RATE = 20000
PARTITIONS = 8
HOUR_MS = 3600000
# No profiles but the first ones: with scaled record times an event may overtake its profile.
MIX = "comments=60,snapshots=15,published=3,reactions=19,comment_changes=2,post_changes=1"
# Of the comments, beside the few that the mix has.
CHANGES = ("--comment-edits", "0.03", "--comment-deletions", "0.03", "--comment-counters", "0.02",
           "--comment-repeats", "0.03", "--comment-orphans", "0.02", "--comment-reactions", "0.1")
print(f"GS_SEED={SEED} GS_SPINE_EVENTS={EVENTS}")


class Producer(threading.Thread):
    """The generator, at a pace; what went wrong with it is raised by done()."""

    def __init__(self, stack, config):
        super().__init__(daemon=True)
        self.stack, self.config, self.error = stack, config, None

    def run(self):
        seconds = EVENTS / RATE
        start = int(time.time() * 1000) - HOUR_MS  # the last record's time is about now
        try:
            self.stack.generate(
                self.config, "--events", str(EVENTS), "--rate", str(RATE), "--seed", str(SEED),
                "--start", str(start), "--time-scale", str(HOUR_MS / 1000 / seconds),
                "--malformed", "0.01", "--disorder", "0.02", "--ahead", "0.005",
                "--duplicates", "0.01", "--mix", MIX, *CHANGES, seconds=600)
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error

    def done(self):
        self.join(600)
        if self.error:
            raise self.error
        return not self.is_alive()


def test_spine():
    with Stack("spine") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, PARTITIONS)
        config = stack.config(kafka, redis, workers=2)
        first = stack.service("first", config)
        wait_for(first.ready, "the first process is ready")
        wait_for(lambda: first.metrics().sum("groundswell_tasks") == PARTITIONS, "it has all tasks")
        producer = Producer(stack, config)
        producer.start()
        wait_for(lambda: first.metrics().offsets() > EVENTS * 0.25, "a quarter is read", 120)
        kept = [snapshot(redis, "quarter", least=1000)]
        wait_for(lambda: first.metrics().offsets() > EVENTS * 0.4, "two fifths are read", 120)

        second = stack.service("second", stack.config(kafka, redis, workers=2))
        wait_for(lambda: second.ready() and second.metrics().sum("groundswell_tasks") ==
                 PARTITIONS / 2 == first.metrics().sum("groundswell_tasks"), "half of it moved", 60)
        wait_for(lambda: all(count for _, count in live(second)), "the second one writes", 60)
        kept.append(snapshot(redis, "half", least=1000))
        wait_for(lambda: produced(first, second) > EVENTS * 0.7 or not producer.is_alive(),
                 "seven tenths are read", 120)

        equal(first.term(), 0, "exit code after SIGTERM")
        kept.append(snapshot(redis, "stopped", least=1000))
        wait_for(lambda: second.metrics().sum("groundswell_tasks") == PARTITIONS,
                 "the second one has everything", 60)
        assert producer.done()
        wait_quiet([second])
        snapshots = [word for path in kept for word in ("--snapshot", path)]
        compare(kafka, redis, "--end", *snapshots, least=5000)
        equal(second.term(), 0, "exit code after SIGTERM")
        compare(kafka, redis, "--end", least=5000)
        account(stack, kafka, redis)


def live(service):
    """Per task, whether it may write."""
    return [(row, value) for row, value in service.metrics().rows("groundswell_task_state",
                                                                  state="live")]


def produced(*services):
    return sum(service.metrics().offsets() for service in services)


def account(stack, kafka, redis):
    """Each record once: in a cell, or counted as what it was, or sent on. Who goes on from
    checkpoints has not counted everything, so a process of another group reads it all."""
    create_topics(kafka.bootstrap, PARTITIONS, ["account.checkpoints"])
    config = stack.config(kafka, redis, kafka={"group": "account"}, redis={"prefix": "account"},
                          topics={"checkpoints": "account.checkpoints"})
    owner = stack.service("account", config)
    wait_for(lambda: owner.ready() and owner.metrics().sum("groundswell_tasks") == PARTITIONS,
             "it has all tasks", 60)
    wait_quiet([owner])
    wait_for(lambda: owner.metrics().sum("groundswell_forward_pending") == 0, "all is sent on")
    code, text = oracle("account", "--bootstrap", kafka.bootstrap, "--metrics",
                        f"{owner.base}/metrics", "--dlq", INTERNAL[1], "--late", INTERNAL[2],
                        "--scores", redis.folder / "scores")
    print(text)
    equal(code, 0, "faults of the account")
    totals = [line for line in text.splitlines() if " all " in line]
    bad, late = (sum(int(line.split()[column]) for line in totals) for column in (5, 6))
    assert bad > EVENTS * 0.005 and late > 0, (bad, late)


cases.main(globals())
