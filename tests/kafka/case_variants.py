#!/usr/bin/env python3
# timeout: 400
"""Goal: what can be configured, and what a log can look like, changes nothing about being right.
Method: one Kafka, one Redis; for each variant topics of its own, filled by the generator and with
odd records by hand, drained with `run --until-end` and judged by the oracle.
"""
import json
import os
import sys
import time
from pathlib import Path

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import comment, create_topics, encode, post, producing, profile, reaction  # noqa: E402
from stack import Stack, compare  # noqa: E402

SEED = os.environ.get("GS_SEED", "1")
EVENTS = 20000
ROLES = ("profiles", "posts", "comments", "reactions")
PARTITIONS = 2
print(f"GS_SEED={SEED}")


class Shop:
    """One pair of servers for all variants; a variant is a name for topics, prefix and group."""

    def __init__(self):
        self.stack = Stack("variants")
        self.kafka, self.redis = self.stack.kafka(), self.stack.redis()

    def config(self, name, roles=ROLES, **more):
        """roles: those that are read, or role -> topic."""
        topics = dict(roles) if isinstance(roles, dict) else {
            role: f"{name}.{role}" for role in roles}
        made = self.stack.config(self.kafka, self.redis, **more)
        made["topics"] = {**topics, "tasks": f"{name}.tasks", "dlq": f"{name}.dlq",
                          "late": f"{name}.late"}
        made["redis"]["prefix"] = made["kafka"]["group"] = name
        return made

    def create(self, config, **settings):
        create_topics(self.kafka.bootstrap, PARTITIONS, sorted(set(config["topics"].values())),
                      settings)

    def generate(self, config, *arguments):
        self.stack.generate(config, "--events", str(EVENTS), "--seed", SEED, "--influencers", "100",
                            *arguments)

    def drain(self, name, config, *arguments, least=500):
        code, text = self.stack.run(f"drain-{name}", config, "--until-end", "--json", seconds=60)
        equal(code, 0, text[-2000:])
        topics = ",".join(f"{role}={config['topics'][role]}" for role in ROLES
                          if role in config["topics"])
        compare(self.kafka, self.redis, "--prefix", name, "--topics", topics, "--end", "--drained",
                *arguments, least=least)


def test_variants():
    shop = Shop()
    with shop.stack:
        for name, function in VARIANTS.items():
            begin = time.monotonic()
            function(shop, name)
            print(f"  variant {name}: {time.monotonic() - begin:.1f} s", flush=True)


def one_topic_for_all_events(shop, name):
    roles = dict.fromkeys(ROLES[1:], f"{name}.events")
    config = shop.config(name, {"profiles": f"{name}.profiles", **roles})
    shop.create(config)
    shop.generate(config)
    shop.drain(name, config)


def likes_from_reactions(shop, name):
    config = shop.config(name, engagement={"source": "reactions"})
    shop.create(config)
    shop.generate(config, "--duplicates", "0.05")
    shop.drain(name, config, "--source", "reactions")


def without_profiles(shop, name):
    config = shop.config(name, ROLES[1:3])
    shop.create(config)
    shop.generate(config)
    shop.drain(name, config)


def other_windows(shop, name):
    config = shop.config(name, windows=["20s/2s", "4m/20s", "40m/2m"], views=[
        {"name": "post", "windows": ["20s", "40m"]}, {"name": "influencer", "windows": ["4m"]}])
    shop.create(config)
    shop.generate(config, "--late", "0.05", "--disorder", "0.3")
    shop.drain(name, config)


def small_memories(shop, name):
    config = shop.config(name, clean={"dedupe_window": "10s", "dedupe_capacity": 1024},
                         profiles={"delay": "30s"})
    shop.create(config)
    shop.generate(config, "--duplicates", "0.3", "--span", "2m")
    shop.drain(name, config, "--dedupe-window-ms", 10000, "--dedupe-capacity", 1024,
               "--profiles-delay-ms", 30000)


def broker_sets_the_time(shop, name):
    config = shop.config(name)
    shop.create(config, **{"message.timestamp.type": "LogAppendTime"})
    shop.generate(config)
    shop.drain(name, config)


NOISE = ("--spam", "0.1", "--waves", "0.1", "--bursts", "0.05", "--raid", "0.1",
         "--comment-edits", "0.05", "--comment-deletions", "0.05", "--comment-counters", "0.1",
         "--comment-repeats", "0.03", "--comment-reactions", "0.3", "--duplicates", "0.02",
         "--disorder", "0.1")


# Fields that are there only if comments are judged.
JUDGED = ("drop", "downweighted", "pvr", "vg", "vns", "reply_rate", "risk_share")


def cells(shop, name):
    """Those of influencers."""
    redis = shop.redis.client()
    found = [json.loads(redis.get(key))
             for key in redis.scan_iter(f"{name}:v1:{{influencer:*}}:24h")]
    assert found, name
    return found


def holds(shop, name, *fields):
    """Some cell of an influencer has all these fields."""
    found = cells(shop, name)
    assert any(all(field in cell for field in fields) for cell in found), (name, fields, len(found))


def judged(shop, name):
    config = shop.config(name)
    shop.create(config)
    shop.generate(config, *NOISE)
    shop.drain(name, config)
    holds(shop, name, *JUDGED)


def plain_counts(shop, name):
    """Every comment counts, and is scored by the original VADER, which the oracle has itself."""
    config = shop.config(name, clean={"rules": "off"}, sentiment={"scorer": "reference"})
    shop.create(config)
    shop.generate(config, *NOISE)
    shop.drain(name, config)
    for cell in cells(shop, name):
        assert not any(field in cell for field in JUDGED), cell
        equal(cell.get("clean", 0), cell.get("comments", 0), "clean comments")


def judged_otherwise(shop, name):
    """With rules, lists, memories and a lexicon of one's own."""
    promo, german = shop.stack.place(name) / "promo.txt", shop.stack.place(name) / "german.tsv"
    promo.write_text("giveaway\nfree ..2 shipping\n", encoding="utf-8")
    german.write_text("gut\t2\nschlecht\t-2\nnicht\tnegation\n", encoding="utf-8")
    config = shop.config(
        name, sentiment={"lexicons": {"de": str(german)}},
        engagement={"source": "reactions"}, clean={
            "lists": {"promo": str(promo)}, "allowed_domains": ["example.com"],
            "actions": {"url": "downweight", "lang_other": "drop", "copypasta": "downweight",
                        "phone": "off"},
            "weights": {"copypasta": 77, "url": 33},
            "copies": {"window": "1m", "capacity": 1024, "words": 3, "authors": 3},
            "burst": {"window": "20s", "comments": 2, "on_post": 2}})
    shop.create(config)
    shop.generate(config, *NOISE)
    shop.drain(name, config, "--source", "reactions")
    holds(shop, name, "drop", "downweighted", "vns")


ODD_IDS = ("a/b", "a%2Fb", "with space", "ünï", "{x}:y", "x" * 200, "\x01\x7f", "_other", "~.@+-")


def odd_names_and_numbers(shop, name):
    config = shop.config(name)
    shop.create(config)
    now = int(time.time() * 1000)
    made = []
    for number, odd in enumerate(ODD_IDS):
        made += [
            ("profiles", profile(odd, at=now - 60000, handle=f'"{odd}"\\\n\u2028', followers=0,
                                 platform="")),
            ("comments", comment(f"c{number}", odd, odd, at=now, text=odd, campaign_id=odd)),
            ("comments", comment(f"d{number}", odd, odd, at=now, sentiment=-1, actor_id=odd)),
            ("posts", post(odd, odd, at=now, created_at=now - 7, followers=10**15,
                           metrics={"likes": 10**15, "shares": 3, "reach": 0})),
            ("posts", post(odd, odd, at=now + 10**9, metrics={"likes": 1}, action="EDITED"),
             now + 1000),
            ("reactions", reaction("CONVERSION", odd, odd, at=now, count=10**15,
                                   value_micros=10**17))]
    for number in range(50):  # scores at the borders of classes and of rounding
        made.append(("comments", comment(f"e{number}", "pi", "i", at=now,
                                         sentiment=(number - 25) * 0.00205)))
    with producing(shop.kafka.bootstrap) as produce:
        for role, event, *stamp in made:
            produce(f"{name}.{role}", event, timestamp=stamp[0] if stamp else None)
        produce(f"{name}.profiles", None, key=b"a/b", timestamp=now)  # this profile is gone
        for key, first in ((b"m", b"bad"), (b"n", encode(comment("c", "pn", "n", at=now)))):
            # What comes later in the log is not visible earlier, though its time is.
            produce(f"{name}.profiles", first, key=key, timestamp=now - 3000)
            produce(f"{name}.profiles", profile(key.decode(), at=now, campaigns=[{
                "campaign_id": "k", "brand_id": None, "cost_micros": None, "from": None,
                "to": None, "goal": None}]), timestamp=now - 60000)
            produce(f"{name}.comments", comment(key.decode(), f"p{key}", key.decode(), at=now),
                    timestamp=now)
        produce(f"{name}.profiles", None, key=None, timestamp=now)
        produce(f"{name}.comments", encode(profile("q", at=now)), key=b"q", timestamp=now)
        produce(f"{name}.comments", encode(made[1][1]).replace(b"a/b", b"\xff\xfe/"), key=b"q",
                timestamp=now)
    shop.drain(name, config, least=len(ODD_IDS) * 8)


def transactions_and_a_cut_start(shop, name):
    config = shop.config(name)
    shop.create(config)
    shop.generate(config)
    cut = [TopicPartition(f"{name}.{role}", number, 50) for role in ROLES[1:]
           for number in range(PARTITIONS)]
    admin = AdminClient({"bootstrap.servers": shop.kafka.bootstrap})
    for done in admin.delete_records(cut).values():
        done.result(timeout=30)
    kafka = Producer({"bootstrap.servers": shop.kafka.bootstrap, "transactional.id": name})
    kafka.init_transactions(30)
    now = int(time.time() * 1000)
    for number in range(6):
        kafka.begin_transaction()
        for more in range(5):
            kafka.produce(f"{name}.comments", encode(comment(
                f"t{number}-{more}", "p", "tx", at=now, text="good")), b"tx", timestamp=now)
        if number % 2:
            kafka.abort_transaction(30)
        else:
            kafka.commit_transaction(30)
    shop.drain(name, config)
    cell = shop.redis.client().get(f"{name}:v1:{{influencer:tx}}:1m")
    assert b'"comments":15,' in cell, cell


VARIANTS = {function.__name__.replace("_", "-"): function for function in (
    one_topic_for_all_events, likes_from_reactions, without_profiles, other_windows, small_memories,
    judged, judged_otherwise, plain_counts, broker_sets_the_time, odd_names_and_numbers,
    transactions_and_a_cut_start)}

cases.main(globals())
