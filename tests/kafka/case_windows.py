#!/usr/bin/env python3
# timeout: 300
"""Goal: what a person would check first: a few events show up in the right windows, and leave them.
Method: hand-made events on a real Kafka, the service live, every expected number written down here;
the oracle looks at the same cells.
"""
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import comment, create_topics, post, producing, profile, reaction, read_topic  # noqa: E402
from stack import Stack, compare, settled, wait_for  # noqa: E402

S, M, H = 1000, 60000, 3600000
PARTITIONS = 2


class Scene:
    """One service with one Kafka and one Redis, and events relative to a moment of now."""

    def __init__(self, stack, partitions=PARTITIONS, **config):
        self.kafka, self.server = stack.kafka(), stack.redis()
        create_topics(self.kafka.bootstrap, partitions)
        self.redis = self.server.client(decode_responses=True)
        self.service = stack.service("service", stack.config(self.kafka, self.server, **config))
        wait_for(self.service.ready, "the service is ready")
        self.now = int(time.time() * 1000)

    def produce(self, *events):
        """(topic, event) or (topic, event, timestamp)."""
        with producing(self.kafka.bootstrap) as produce:
            for topic, made, *stamp in events:
                produce(f"social.{topic}", made, timestamp=stamp[0] if stamp else None)
        self.read = getattr(self, "read", 0) + len(events)
        wait_for(lambda: self.service.metrics().offsets() == self.read and
                 settled([self.service]), f"{self.read} records are read and written")

    def cell(self, view, key, window):
        text = self.redis.get(f"gs:v1:{{{view}:{key}}}:{window}")
        return json.loads(text) if text else None

    def field(self, name, view, key, windows=("1m", "5m", "1h", "24h")):
        return [(self.cell(view, key, window) or {}).get(name, 0) for window in windows]


def test_counts_in_all_windows():
    with Stack("windows") as stack:
        scene = Scene(stack)
        now = scene.now
        scene.produce(
            ("profiles", profile("ana", at=now - 2 * H, handle="@ana", followers=20000,
                                 platform="instagram", campaigns=[{
                                     "campaign_id": "ss27", "brand_id": None, "cost_micros": None,
                                     "from": None, "to": None, "goal": None}])),
            ("profiles", profile("bob", at=now - 2 * H, followers=500)))
        # These have the producer's time, long past: nothing of the log says that the profiles were
        # there before, so it is seen to that they are.
        scene.produce(
            ("posts", post("p1", "ana", at=now - 20 * M, action="PUBLISHED",
                           metrics={"likes": 0})),
            ("posts", post("p1", "ana", at=now - 10 * M, metrics={"likes": 600})),
            ("comments", comment("c1", "p1", "ana", at=now - 90 * M, text="meh, terrible")),
            ("comments", comment("c2", "p1", "ana", at=now - 30 * M, text="I love this!")),
            ("comments", comment("c3", "p1", "ana", at=now - 3 * M, text="I love this!")),
            ("comments", comment("c4", "p1", "ana", at=now, text="ok")),
            ("comments", comment("c5", "p1", "ana", at=now, actor_id="ana", text="thank you")),
            ("comments", comment("c6", "p2", "bob", at=now, text="schön", lang="de")),
            ("comments", comment("c7", "p2", "bob", at=now, sentiment=-0.9)),
            ("reactions", reaction("CONVERSION", "p1", "ana", at=now, value_micros=5000000)))
        equal(scene.field("comments", "influencer", "ana"), [1, 2, 3, 4])
        equal(scene.field("pos", "influencer", "ana"), [1, 2, 3, 3])
        equal(scene.field("neg", "influencer", "ana"), [0, 0, 0, 1])
        equal(scene.field("author_replies", "influencer", "ana"), [1, 1, 1, 1])
        equal(scene.field("likes", "influencer", "ana"), [0, 0, 600, 600])
        equal(scene.field("conversions", "influencer", "ana"), [1, 1, 1, 1])
        equal(scene.field("unk", "influencer", "bob"), [1, 1, 1, 1])
        equal(scene.field("neg", "influencer", "bob"), [1, 1, 1, 1])
        equal(scene.field("comments", "post", "p1", ["1m", "1h", "24h"]), [0, 3, 4])
        equal(scene.field("comments", "campaign_influencer", "ss27/ana"), [1, 2, 3, 4])
        cell = scene.cell("influencer", "ana", "24h")
        equal((cell["handle"], cell["tier"], cell["followers"], cell["platform"]),
              ("@ana", "micro", 20000, "instagram"))
        equal(cell["engagement"], 604)
        equal(round(cell["er_followers"], 6), 0.0302)
        compare(scene.kafka, scene.server, "--end", least=12)

        scene.produce(("profiles", profile("ana", at=now, handle="@ana2", followers=2000000)))
        wait_for(lambda: scene.cell("influencer", "ana", "24h")["handle"] == "@ana2",
                 "a new profile shows")
        equal(scene.cell("influencer", "ana", "24h")["tier"], "mega")
        compare(scene.kafka, scene.server, "--end", least=12)


def test_windows_drain_on_a_quiet_stream():
    with Stack("windows") as stack:
        scene = Scene(stack, windows=["10s/1s", "1m", "1h"], clock={"idle_after": "1s"})
        now = scene.now
        scene.produce(("comments", comment("c1", "p1", "ana", at=now, text="great")))
        equal(scene.field("comments", "influencer", "ana", ["10s", "1m", "1h"]), [1, 1, 1])
        wait_for(lambda: scene.field("comments", "influencer", "ana", ["10s"]) == [0],
                 "the shortest window is empty", 30)
        cell = scene.cell("influencer", "ana", "10s")
        assert cell["_from_ms"] > now - S and "pos" not in cell, cell
        equal(scene.field("comments", "influencer", "ana", ["1m", "1h"]), [1, 1])
        ttl = scene.redis.pttl("gs:v1:{influencer:ana}:1h")
        assert 3 * H - 60 * S < ttl <= 3 * H, ttl
        compare(scene.kafka, scene.server, "--end", least=3)


def test_too_late_goes_to_its_topic():
    with Stack("windows") as stack:
        scene = Scene(stack, partitions=1)
        now = scene.now
        late = comment("c2", "p1", "ana", at=now - 24 * H, text="late")
        scene.produce(("comments", comment("c1", "p1", "ana", at=now, text="great")),
                      ("comments", late, now),
                      ("comments", comment("c3", "p1", "ana", at=now - 22 * H, text="old"), now))
        wait_for(lambda: scene.service.metrics().sum("groundswell_late_records_total") == 1,
                 "the late topic has it")
        (key, value, headers), = read_topic(scene.kafka.bootstrap, "groundswell.late")
        equal(key, b"social.comments:0:1")
        assert b"late" in value and headers, headers
        equal(scene.field("comments", "influencer", "ana"), [1, 1, 1, 2])
        equal(scene.field("_late", "influencer", "ana"), [1, 1, 1, 0])
        equal(scene.service.metrics().sum("groundswell_records_total", topic="social.comments",
                                          disposition="too_late"), 1)
        compare(scene.kafka, scene.server, "--end", least=4)


def test_deleted_posts_vanish():
    with Stack("windows") as stack:
        scene = Scene(stack)
        now = scene.now
        scene.produce(("posts", post("p1", "ana", at=now, action="PUBLISHED",
                                     metrics={"likes": 7})),
                      ("comments", comment("c1", "p1", "ana", at=now, text="great")))
        equal(scene.field("comments", "post", "p1", ["1h", "24h"]), [1, 1])
        scene.produce(("posts", post("p1", "ana", at=now + 1, action="DELETED"), now + 1))
        wait_for(lambda: not scene.redis.keys("gs:v1:{post:p1}*"), "the post's cells are gone")
        equal(scene.field("comments", "influencer", "ana"), [1, 1, 1, 1])
        equal(scene.field("likes", "influencer", "ana"), [7, 7, 7, 7])
        scene.produce(("posts", post("p1", "ana", at=now + 2, metrics={"likes": 70}), now + 2),
                      ("comments", comment("c2", "p1", "ana", at=now + 2, text="why?"), now + 2))
        equal(scene.redis.keys("gs:v1:{post:p1}*"), [])
        equal(scene.field("comments", "influencer", "ana"), [2, 2, 2, 2])
        equal(scene.field("likes", "influencer", "ana"), [7, 7, 7, 7])
        compare(scene.kafka, scene.server, "--end", least=4)


cases.main(globals())
