#!/usr/bin/env python3
# timeout: 400
"""Goal: Redis may vanish, come back empty, stand still or go back in time: reading goes on, memory
does not grow, and afterwards every cell is right.
Method: under a load of GS_AWAY_EVENTS (120,000) at 6,000/s: kill -9 and an empty restart, FLUSHALL,
SIGSTOP for longer than redis.timeout, and all of Redis put back to what it was some seconds before
behind the connection's back. Counters must show that each was noticed; the oracle judges the end.
"""
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import create_topics  # noqa: E402
from stack import Stack, compare, wait_for, wait_quiet  # noqa: E402

EVENTS = int(os.environ.get("GS_AWAY_EVENTS", "120000"))
SEED = int(os.environ.get("GS_SEED", "1"))
RATE = 6000
PARTITIONS = 4
GROWTH_MAX = 48 << 20  # of the process while Redis is away
print(f"GS_SEED={SEED}")


class Scene:
    def __init__(self, stack):
        self.kafka, self.redis = stack.kafka(), stack.redis()
        create_topics(self.kafka.bootstrap, PARTITIONS)
        config = stack.config(self.kafka, self.redis, workers=2)
        config["redis"]["timeout"] = "1s"
        self.service = stack.service("service", config)
        wait_for(self.service.ready, "the service is ready")
        self.errors = []
        self.load = threading.Thread(target=self.produce, args=(stack, config), daemon=True)
        self.load.start()
        self.read(EVENTS // 10)
        wait_for(lambda: self.cells() > 100, "cells are there")

    def produce(self, stack, config):
        try:
            stack.generate(config, "--events", str(EVENTS), "--rate", str(RATE), "--seed",
                           str(SEED), "--influencers", "400")
        except BaseException as error:  # pylint: disable=broad-except
            self.errors.append(error)

    def read(self, more):
        """Waits until so many more records were read."""
        goal = self.service.metrics().offsets() + more
        wait_for(lambda: self.service.metrics().offsets() >= goal or not self.load.is_alive(),
                 f"{more} more records are read", 60)

    def cells(self):
        return sum(1 for _ in self.redis.client().scan_iter(match="gs:v1:{*", count=5000))

    def outcome(self, name):
        return self.service.metrics().sum("groundswell_guard_outcomes_total", outcome=name)

    def all_connected(self):
        return self.service.metrics().sum("groundswell_redis_connected") == 2

    def away(self):
        """Reads on while Redis is away; what the memory grew by."""
        wait_for(lambda: self.service.metrics().sum("groundswell_redis_connected") == 0,
                 "the loss of Redis is noticed")
        before = self.service.rss()
        self.read(RATE)
        equal(self.service.metrics().sum("groundswell_redis_connected"), 0, "connected")
        grown = self.service.rss() - before
        assert grown < GROWTH_MAX, f"grew by {grown >> 20} MiB while Redis was away"

    def back(self):
        wait_for(self.all_connected, "Redis is back")
        wait_for(lambda: self.cells() > 100, "cells are there again")

    def settle(self):
        self.load.join(120)
        if self.errors:
            raise self.errors[0]
        wait_quiet([self.service])
        compare(self.kafka, self.redis, "--end", least=2000)


def test_killed_and_empty():
    with Stack("away") as stack:
        scene = Scene(stack)
        takeovers = scene.service.metrics().sum("groundswell_takeovers_total")
        scene.redis.kill()
        scene.away()
        scene.redis.again()
        scene.back()
        wait_for(lambda: scene.service.metrics().sum("groundswell_takeovers_total") >=
                 takeovers + PARTITIONS, "every task took over")

        scene.redis.client().flushall()
        wait_for(lambda: scene.outcome("empty") >= 1, "an empty Redis is noticed")
        scene.back()
        compare(scene.kafka, scene.redis)

        scene.redis.signal(signal.SIGSTOP)
        scene.away()
        scene.redis.signal(signal.SIGCONT)
        scene.back()
        scene.settle()


EVERYTHING = """
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
    all[#all + 1] = {key, redis.call('DUMP', key), redis.call('PTTL', key)}
end
return all"""


def test_back_in_time():
    with Stack("away") as stack:
        scene = Scene(stack)
        client = scene.redis.client()
        old = client.eval(EVERYTHING, 0)
        scene.read(RATE * 2)
        pipe = client.pipeline(transaction=True)  # what a failover to a stale replica looks like
        pipe.flushdb()
        for key, dump, life in old:
            pipe.restore(key, max(life, 0), dump)
        pipe.execute()
        wait_for(lambda: scene.outcome("regressed") >= 1, "the step back is noticed")
        equal(scene.outcome("fenced"), 0, "fenced")
        scene.settle()


cases.main(globals())
