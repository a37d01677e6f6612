#!/usr/bin/env python3
# timeout: 200
"""Goal: of a long backlog no partition waits until another has been read to its end: after an
outage all influencers catch up together. Method: a worker that is slower than the broker reads
topics with tens of megabytes per partition; at no moment may one of the comments' partitions be
further ahead of another than a turn (8 MB), an answer (1 MB) and the queue (4 MB).
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from gs import COMMENTS, create_topics  # noqa: E402
from stack import Stack, wait_for  # noqa: E402

EVENTS = 2_000_000
PARTITIONS = 4
RECORD_BYTES_MIN = 130  # of a comment in the log; the bound is in records
AHEAD_MAX = 13_000_000 // RECORD_BYTES_MIN
LOOKS_MIN = 3


def places(metrics, name):
    return {int(labels["partition"]): value for labels, value in metrics.rows(name, topic=COMMENTS)}


class Reading:
    """Where the comments' partitions stood at each look."""

    def __init__(self, service):
        self.service, self.ends, self.looks = service, {}, []

    def is_done(self):
        metrics = self.service.metrics()
        stands, self.ends = places(metrics, "groundswell_next_offset"), places(
            metrics, "groundswell_end_offset")
        if len(stands) < PARTITIONS or min(self.ends.values()) < 0:
            return False
        if stands not in self.looks:
            self.looks.append(stands)
        return sum(stands.values()) >= 0.55 * EVENTS and metrics.lag() == 0

    def check(self):
        midway = [stands for stands in self.looks if sum(stands.values()) > 0 and
                  any(stands[p] < self.ends[p] for p in stands)]
        assert len(midway) >= LOOKS_MIN, f"only {len(midway)} looks while it read: {self.looks}"
        for stands in midway:
            behind = [p for p in stands if stands[p] < self.ends[p] and
                      max(stands.values()) - stands[p] > AHEAD_MAX]
            assert not behind, f"partitions {behind} wait for others: {stands} of {self.ends}"
        most = max(max(stands.values()) - min(stands.values()) for stands in midway)
        print(f"  {len(midway)} looks; one was {most:.0f} records ahead of another at most")


def test_a_backlog_is_read_in_turns():
    with Stack("turns") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, PARTITIONS)
        made = stack.config(kafka, redis, consume={"batch": 16}, views=[{"name": "influencer"}])
        stack.generate(made, "--events", str(EVENTS), "--influencers", "2000", "--zipf", "0.1")
        service = stack.service("one", made)
        wait_for(service.ready, "it is ready")
        reading = Reading(service)
        wait_for(reading.is_done, "everything is read", 120)
        reading.check()


cases.main(globals())
