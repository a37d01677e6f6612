#!/usr/bin/env python3
# timeout: 400
"""Goal: processes that die, or sleep too long and wake up as if nothing had happened, and a broker
that dies, cost nothing: every cell is right in the end, and at the moments in between.
Method: three processes, six partitions, a load at 3,000/s. One process is killed and started again,
one stops for longer than the session timeout and goes on, the broker is killed and restarted, and
is away for long. The oracle judges snapshots and the end; what the processes say shows that each
fault bit.
"""
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from gs import create_topics  # noqa: E402
from stack import Stack, compare, snapshot, wait_for, wait_quiet  # noqa: E402

SEED = int(os.environ.get("GS_SEED", "1"))
RATE = 3000
PARTITIONS = 6
print(f"GS_SEED={SEED}")


class Scene:
    def __init__(self, stack, seconds, static=False):
        self.stack, self.events, self.static = stack, seconds * RATE, static
        self.kafka, self.redis = stack.kafka(), stack.redis()
        # With the producer's time a profile that waits while the broker is down would be stamped
        # before comments that were judged without it: what is promised needs the broker's.
        create_topics(self.kafka.bootstrap, PARTITIONS,
                      config={"message.timestamp.type": "LogAppendTime"})
        self.services = [self.start(name) for name in ("one", "two", "three")]
        self.snapshots = []
        self.spread(2)
        self.errors = []
        self.load = threading.Thread(target=self.produce, daemon=True)
        self.load.start()

    def start(self, name):
        place = {"static_membership": name} if self.static else {}
        return self.stack.service(name, self.stack.config(
            self.kafka, self.redis, kafka=place, checkpoint={"interval": "300ms"}))

    def produce(self):
        try:
            self.stack.generate(self.stack.config(self.kafka, self.redis), "--events",
                                str(self.events), "--rate", str(RATE), "--seed", str(SEED),
                                "--influencers", "300")
        except BaseException as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def tasks(self):
        return [service.metrics().sum("groundswell_tasks") for service in self.services]

    def spread(self, each):
        wait_for(lambda: self.tasks() == [each] * len(self.services), f"{each} tasks each", 60)

    def keep(self):
        name = f"cells{len(self.snapshots)}"
        self.snapshots.append(snapshot(self.redis, name, least=500))

    def others_have_all(self, gone):
        left = [service for service in self.services if service is not gone]
        wait_for(lambda: sum(service.metrics().sum("groundswell_tasks") for service in left) ==
                 PARTITIONS, "the others have everything", 60)

    def finish(self):
        self.load.join(120)
        if self.errors:
            raise self.errors[0]
        wait_quiet(self.services)
        self.keep()
        words = [word for path in self.snapshots for word in ("--snapshot", path)]
        compare(self.kafka, self.redis, "--end", *words, least=2000)


def test_processes_die_and_sleep():
    with Stack("owners") as stack:
        scene = Scene(stack, 36)
        wait_for(lambda: scene.services[0].metrics().offsets() > RATE, "it reads")
        victim = scene.services[1]
        victim.kill()
        scene.others_have_all(victim)
        scene.keep()
        scene.services[1] = scene.start("two again")
        scene.spread(2)

        sleeper = scene.services[2]
        sleeper.signal(signal.SIGSTOP)
        scene.others_have_all(sleeper)
        others_wrote = scene.services[0].metrics().sum("groundswell_cells_written_total")
        wait_for(lambda: scene.services[0].metrics().sum("groundswell_cells_written_total") >
                 others_wrote, "the others write")
        scene.keep()
        sleeper.signal(signal.SIGCONT)
        wait_for(lambda: "lost: taken" in sleeper.text() or "belongs to another" in sleeper.text(),
                 "the sleeper notices", 30)
        scene.spread(2)
        scene.finish()


def test_broker_dies():
    with Stack("owners") as stack:
        scene = Scene(stack, 20)
        wait_for(lambda: scene.services[0].metrics().offsets() > RATE, "it reads")
        scene.keep()
        scene.kafka.stop("KILL")
        scene.kafka.again()
        read = sum(service.metrics().offsets() for service in scene.services)
        wait_for(lambda: sum(service.metrics().offsets() for service in scene.services) >
                 read + RATE, "reading goes on", 60)
        scene.finish()
        for service in scene.services:
            service.check()


def has_committed(service):
    return service.metrics().sum("groundswell_offset_commits_total", result="done") > 0


def test_broker_is_away_for_long():
    """Longer than a session lasts, with commits that wait for it: they must not cost a process
    that has a static place its life."""
    with Stack("owners") as stack:
        scene = Scene(stack, 40, static=True)
        wait_for(lambda: all(has_committed(service) for service in scene.services),
                 "each has committed", 60)
        scene.kafka.stop("TERM")
        wait_for(lambda: all("lost: taken" in service.text() for service in scene.services),
                 "each has lost its tasks", 60)
        scene.kafka.again()
        scene.spread(2)
        scene.finish()
        for service in scene.services:
            service.check()


cases.main(globals())
