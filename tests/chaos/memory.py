"""Memory while there is no Redis, at full rate: dirty cells are flags, so it must not grow."""
import time

from gs import create_topics
from scene import PARTITIONS
from stack import wait_for

MIX = "comments=60,snapshots=15,reactions=25"  # no new posts: those are new entities
COMMENTS_MAX = 20000  # remembered per partition
DEDUPE_WINDOW_S = 10
WARM_S = 30  # after the memories are full
REPORT_EVERY_S = 10
REPORTS_AWAY = 3  # at least, or nothing was tried


class Growth:
    def __init__(self, stack, rate):
        self.kafka, self.redis = stack.kafka(), stack.redis()
        create_topics(self.kafka.bootstrap, PARTITIONS,
                      config={"message.timestamp.type": "LogAppendTime",
                              "retention.bytes": "200000000", "segment.bytes": "50000000"})
        config = stack.config(self.kafka, self.redis, workers=2,
                              limits={"comments": COMMENTS_MAX},
                              clean={"dedupe_window": f"{DEDUPE_WINDOW_S}s"})
        self.service = stack.service("service", config)
        wait_for(self.service.ready, "the service is ready")
        self.load = stack.service("load", stack.config(self.kafka, self.redis), "--rate", str(rate),
                                  "--influencers", "1000", "--mix", MIX, "--late", "0",
                                  "--malformed", "0", command="generate")
        self.rows = []

    def figure(self, name):
        """0 while there is none of that name."""
        return sum(value for _, value in self.service.metrics().rows(f"groundswell_{name}"))

    def warm_up(self):
        wait_for(lambda: self.figure("comments_refused_total") > PARTITIONS,
                 "the memory of comments is full", 120)
        time.sleep(WARM_S)  # the rest grows with time, not with a condition

    def report(self, begin, read):
        now = time.monotonic()
        metrics = self.service.metrics()
        rate = (metrics.offsets() - read[1]) / (now - read[0])
        self.rows.append((now - begin, self.service.rss(), metrics.sum("groundswell_state_bytes"),
                          rate, metrics.lag() or 0, metrics.sum("groundswell_dirty_cells")))
        seconds, rss, state, rate, lag, dirty = self.rows[-1]
        print(f"  {seconds:5.0f} s  RSS {rss / 1e6:7.1f} MB  state {state / 1e6:7.1f} MB  "
              f"{rate:8.0f} records/s  lag {lag:.0f}  dirty cells {dirty:.0f}", flush=True)
        return now, metrics.offsets()

    def away(self, seconds):
        """RSS at the begin and at the end of the time without Redis, in bytes."""
        self.redis.kill()
        begin = time.monotonic()
        wait_for(lambda: self.figure("redis_connected") == 0, "the loss of Redis is noticed")
        read = time.monotonic(), self.service.metrics().offsets()
        while time.monotonic() - begin < seconds or len(self.rows) < REPORTS_AWAY:
            time.sleep(REPORT_EVERY_S)
            read = self.report(begin, read)
        self.redis.again()
        wait_for(lambda: self.figure("redis_connected") == 2, "Redis is back")
        wait_for(lambda: self.redis.client().dbsize() > 5000, "cells are there again")
        return self.rows[0][1], self.rows[-1][1]
