#!/usr/bin/env python3
"""Goal: the oracle must say what the documents say, so that it can judge the service.
Method: a handful of records whose cells were worked out by hand, fed without Kafka.
"""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("", "lib")]

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import comment, encode, key_of, post, profile, reaction, time_of  # noqa: E402
from oracle.settings import Settings, views_of, windows_of  # noqa: E402
from oracle.world import World  # noqa: E402

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
S, M, H = 1000, 60000, 3600000
T = 490000 * H  # on a border of every pane
PLACE = ("_v", "_at", "_task", "_from_ms", "_to_ms", "_as_of_ms")


class Bench:
    """A world of one task; every feed appends to the log of a topic."""

    def __init__(self, **settings):
        self.world = World(Settings(**settings), SCHEMAS)
        self.ends = {}

    def feed(self, topic, made, record_ms=None, value=None):
        topic = f"social.{topic}"
        offset = self.ends.get(topic, 0)
        self.ends[topic] = offset + 1
        self.world.feed(topic, 0, offset, time_of(made) if record_ms is None else record_ms,
                        key_of(made), encode(made) if value is None else value)

    def counts(self, topic):
        return self.world.partition(f"social.{topic}", 0).counts

    def cell(self, view, key, window, as_of=None, at=None):
        task = self.world.task(0)
        at = task.ends() if at is None else at
        as_of = task.clock(at) if as_of is None else as_of
        return self.world.cell(view, tuple(part.encode() for part in key.split("/")), window, 0, at,
                               as_of)

    def shown(self, *arguments, **named):
        """A cell without its place."""
        return {name: value for name, value in self.cell(*arguments, **named).items()
                if name not in PLACE}

    def likes(self, window, as_of, view="influencer", key="i"):
        return self.cell(view, key, window, as_of).get("likes", 0)


def test_comments_and_ratios():
    bench = Bench()
    bench.feed("profiles", profile("i", at=T - M, handle="@ana", followers=1000,
                                   platform="instagram"))
    for number, sentiment in enumerate((0.5, 0.5, 0.05, -0.05, 0.0499)):
        bench.feed("comments", comment(f"c{number}", "p", "i", at=T, sentiment=sentiment))
    bench.feed("comments", comment("c5", "p", "i", at=T))  # no text
    bench.feed("comments", comment("c6", "p", "i", at=T, text="gut", lang="de-CH"))
    bench.feed("comments", comment("c7", "p", "i", at=T, actor_id="i", text="thanks"))
    # Wilson, by hand: n = 4, p = 3/4, z = 1.959964.
    equal(bench.shown("influencer", "i", "1m"), {
        "handle": "@ana", "platform": "instagram", "tier": "nano", "followers": 1000,
        "comments": 7, "clean": 7, "author_replies": 1, "pos": 3, "neg": 1, "neu": 1, "unk": 2,
        "engagement": 7, "er_followers": "0.007", "er_clean": "0.007", "noise_ratio": "0",
        "mean_sentiment": "0.20998", "sd_sentiment": "0.239596", "nss": "0.4", "polarity": "0.5",
        "bhi": "0.75", "bhi_lo": "0.300642", "bhi_hi": "0.954413"})
    equal(bench.shown("post", "p", "1h")["influencer_id"], "i")


def test_languages():
    german = "das ist nicht so gut"
    for text, lang, expected in (
            ("I love this", None, "pos"), ("I love this", "EN-us", "pos"),
            ("I love this", "", "pos"), ("I love this", "qaa-x", "pos"),
            ("I love this", "mul", "pos"), ("I love this", "de", "unk"),
            ("I love this", "eng", "unk"), (german, "en", "neu"), (german, None, "unk"),
            (german, "und", "unk"), (german, "x", "unk"), (None, "en", "unk"), ("", None, "neu")):
        bench = Bench()
        bench.feed("comments", comment("c", "p", "i", at=T, text=text, lang=lang))
        equal(bench.cell("influencer", "i", "1m").get(expected), 1, (text, lang))
        bench.world.close()


def test_window_bounds():
    bench = Bench()
    bench.feed("comments", comment("c", "p", "i", at=T + 4999, sentiment=1))
    cell = bench.cell("influencer", "i", "1m")
    equal((cell["_from_ms"], cell["_to_ms"]), (T - 55 * S, T + 5 * S))
    for window, pane, length in (("1m", 5 * S, M), ("5m", 30 * S, 5 * M), ("1h", 5 * M, H),
                                 ("24h", H, 24 * H)):
        first_out = T + length  # the pane of T leaves when as_of reaches the pane n further on
        equal(bench.cell("influencer", "i", window, as_of=first_out - 1).get("comments"), 1, window)
        equal(bench.cell("influencer", "i", window, as_of=first_out).get("comments"), None, window)
        equal(first_out % pane, 0)


def test_lateness():
    bench = Bench()
    bench.feed("comments", comment("c0", "p", "i", at=T))
    bench.feed("comments", comment("c1", "p", "i", at=T - 55 * S), record_ms=T)  # still in 1m
    bench.feed("comments", comment("c2", "p", "i", at=T - 55 * S - 1), record_ms=T)
    bench.feed("comments", comment("c3", "p", "i", at=T - 23 * H), record_ms=T)  # 24h's last pane
    bench.feed("comments", comment("c4", "p", "i", at=T - 23 * H - 1), record_ms=T)  # too late
    equal(bench.counts("comments"), {"processed": 4, "duplicate": 0, "dlq": 0, "too_late": 1,
                                     "ignored": 0})
    equal([(bench.cell("influencer", "i", window).get("comments"),
            bench.cell("influencer", "i", window).get("_late"))
           for window in ("1m", "5m", "1h", "24h")], [(2, 2), (3, 1), (3, 1), (4, None)])
    equal(bench.world.partition("social.comments", 0).too_late, [4])


def test_clock_ahead_is_cut_off():
    bench = Bench()
    bench.feed("comments", comment("c", "p", "i", at=T + H), record_ms=T)
    equal(bench.cell("influencer", "i", "1m")["_as_of_ms"], T)
    equal(bench.cell("influencer", "i", "1m")["_clamped"], 1)


def test_duplicates():
    bench = Bench(dedupe_window_ms=120 * S)
    for number, (at, event_id) in enumerate((
            (0, "a"), (S, "a"), (119 * S, "b"), (120 * S, "a"), (239 * S, "b"), (240 * S, "b"),
            (360 * S, "c"), (480 * S, "b"), (960 * S, "c"), (960 * S, "a"))):
        bench.feed("comments", comment(f"c{number}", "p", "i", at=T + at, event_id=event_id))
    # a at 1, 120; b at 239 and 240; b at 480 too, since the duplicate at 240 was remembered; c at
    # 960 not: a jump of two generations empties both.
    equal(bench.counts("comments")["duplicate"], 4)
    equal(bench.counts("comments")["processed"], 6)


def test_duplicates_beyond_capacity():
    bench = Bench(dedupe_capacity=2)
    for number, event_id in enumerate("abcabcd"):
        bench.feed("comments", comment(f"c{number}", "p", "i", at=T, event_id=event_id))
    # Full at c: a, b become the older generation. a, b are found there; a goes in beside c, then b
    # swaps again: newer {b}, older {c, a}. c is found and goes in; d swaps.
    equal(bench.counts("comments")["duplicate"], 3)


def test_comments_are_changed():
    bench = Bench()
    bench.feed("comments", comment("c", "p", "i", at=T, sentiment=0.5, campaign_id="k"))
    bench.feed("comments", comment("c", "p", "i", at=T + S, sentiment=-0.5))  # again
    equal(bench.counts("comments")["duplicate"], 1)
    bench.feed("comments", comment("c", "q", "j", at=T + 2 * S, action="EDITED", sentiment=-0.25))
    for view, key in (("influencer", "i"), ("post", "p"), ("campaign_influencer", "k/i")):
        cell = bench.cell(view, key, "1h")
        equal((cell["comments"], cell["clean"], cell.get("pos"), cell["neg"],
               cell["mean_sentiment"], cell["sd_sentiment"]), (1, 1, None, 1, "-0.25", "0"))
    equal(bench.cell("influencer", "i", "1m", at=[0, 0, 2, 0], as_of=T + S)["pos"], 1)
    equal(bench.cell("influencer", "i", "1m", as_of=T + M).get("comments"), None)  # the pane of T
    bench.feed("comments", comment("c", "p", "i", at=T + 3 * S, action="METRICS", likes=5))
    bench.feed("comments", reaction("LIKE", "p", "i", at=T + 3 * S, comment_id="c"))
    bench.feed("comments", comment("c", "p", "i", at=T + 4 * S, action="DELETED"))
    bench.feed("comments", comment("c", "p", "i", at=T + 4 * S, action="DELETED"))
    equal(bench.cell("influencer", "i", "1h").get("comments"), None)
    equal(bench.cell("influencer", "i", "1h").get("likes"), None)
    bench.feed("comments", comment("c", "p", "i", at=T + 5 * S, actor_id="i"))
    bench.feed("comments", comment("c", "p", "i", at=T + 6 * S, action="EDITED", sentiment=1))
    equal(bench.shown("influencer", "i", "1h"), {"author_replies": 1})
    bench.feed("comments", comment("c", "p", "i", at=T + 6 * S, action="DELETED"))
    equal(bench.shown("influencer", "i", "1h"), {})
    bench.feed("reactions", reaction("LIKE", "p", "i", at=T, comment_id="c"))
    part = bench.world.partition("social.comments", 0)
    equal(part.comment_counts(), {"late_verdicts": 0, "orphan_retractions": 1,
                                  "orphan_counters": 0, "comments_refused": 0})
    equal(bench.world.partition("social.reactions", 0).comment_counts()["orphan_counters"], 1)
    equal(bench.counts("comments")["ignored"] + bench.counts("reactions")["ignored"], 0)


def test_comments_are_forgotten():
    bench = Bench(comments_horizon_ms=640 * S, comments_max=2)  # slices of 10 s
    bench.feed("comments", comment("a", "p", "i", at=T, sentiment=1))
    bench.feed("comments", comment("b", "p", "i", at=T + 5 * S, sentiment=1))
    bench.feed("comments", comment("b", "p", "i", at=T + 5 * S, action="DELETED"))
    bench.feed("comments", comment("c", "p", "i", at=T + 5 * S, sentiment=1))  # no room
    bench.feed("comments", comment("a", "p", "i", at=T + 640 * S - 1, action="EDITED",
                                   sentiment=-1))
    bench.feed("comments", comment("a", "p", "i", at=T + 640 * S, action="DELETED"))
    bench.feed("comments", comment("a", "p", "i", at=T + 650 * S - 2, sentiment=1))  # no room
    cell = bench.cell("influencer", "i", "24h")
    equal((cell["pos"], cell["neg"]), (2, 1))
    bench.feed("comments", comment("a", "p", "i", at=T + 650 * S - 1, sentiment=1))
    bench.feed("comments", comment("a", "p", "i", at=T + 650 * S - 1, sentiment=1))
    equal(bench.counts("comments")["duplicate"], 1)
    equal(bench.world.partition("social.comments", 0).comment_counts(),
          {"late_verdicts": 0, "orphan_retractions": 1, "orphan_counters": 0,
           "comments_refused": 2})


def test_snapshots_spread():
    bench = Bench()
    bench.feed("posts", post("p", "i", at=T, action="PUBLISHED", metrics={"likes": 0}))
    bench.feed("posts", post("p", "i", at=T + 10 * M, metrics={"likes": 100}))
    equal([bench.likes(window, T + 10 * M) for window in ("1m", "5m", "1h", "24h")],
          [10, 46, 100, 100])  # 100 less floor(100 * 544999 / 600000), 100 less floor(... 329999)
    equal(bench.cell("influencer", "i", "1h")["posts"], 1)


def test_snapshots_long_ago():
    bench = Bench()
    bench.feed("posts", post("p", "i", at=T, metrics={"likes": 50}))  # first sight: a baseline
    bench.feed("posts", post("p", "i", at=T + 10 * H, metrics={"likes": 150}))
    # 90 of 100 lie more than an hour before and count in the first millisecond of that hour.
    equal(bench.likes("1h", T + 10 * H), 100 - 90 - 0 - floor_part(100, 5 * M - 1, 9 * H, 10 * H))
    equal(bench.likes("24h", T + 10 * H), 100)
    equal(bench.cell("post", "p", "24h").get("purged"), None)


def floor_part(d, more, past, length):
    """Of growth d over length: what the first `more` after `past` add to what was there before."""
    return d * (past + more) // length - d * past // length


def test_snapshots_corrections():
    bench = Bench()
    bench.feed("posts", post("p", "i", at=T, created_at=T - M, metrics={"likes": 60}))
    equal(bench.likes("5m", T), 60)
    bench.feed("posts", post("p", "i", at=T, metrics={"likes": 70}))  # same instant: corrects
    equal(bench.likes("5m", T), 70)
    bench.feed("posts", post("p", "i", at=T - S, metrics={"likes": 99}), record_ms=T)  # older
    equal(bench.likes("5m", T), 70)
    bench.feed("posts", post("p", "i", at=T + S, metrics={"likes": 40}))  # a purge
    equal((bench.likes("5m", T + S), bench.cell("influencer", "i", "5m")["purged"]), (40, 30))
    bench.feed("posts", post("p", "i", at=T + S, metrics={"likes": 5}, temporality="DELTA"))
    bench.feed("posts", post("p", "i", at=T + 2 * S, metrics={"views": 5}))  # likes absent
    equal(bench.likes("5m", T + 2 * S), 45)
    bench.feed("posts", post("p", "i", at=T + 3 * S, metrics={"likes": 40}))
    equal(bench.likes("5m", T + 3 * S), 45)


def test_deleted_posts():
    bench = Bench()
    bench.feed("posts", post("p", "i", at=T, action="PUBLISHED", metrics={"likes": 5}))
    bench.feed("comments", comment("c", "p", "i", at=T))
    bench.feed("posts", post("p", "i", at=T + S, action="DELETED"))
    equal(bench.cell("post", "p", "24h"), None)
    bench.feed("posts", post("p", "i", at=T + 2 * S, metrics={"likes": 50}))
    equal(bench.cell("post", "p", "24h"), None)
    equal(bench.likes("5m", T + 2 * S), 5)
    equal(bench.cell("influencer", "i", "5m")["comments"], 1)
    equal(bench.cell("post", "p", "24h", at=[0, 1, 1, 0], as_of=T)["likes"], 5)


def test_reactions():
    for source, likes, conversions in (("snapshots", None, 2), ("reactions", 3, 2)):
        bench = Bench(source=source)
        bench.feed("reactions", reaction("LIKE", "p", "i", at=T, count=4))
        bench.feed("reactions", reaction("LIKE", "p", "i", at=T, op="REMOVE"))
        bench.feed("reactions", reaction("LIKE", "p", "i", at=T, comment_id="c"))
        bench.feed("reactions", reaction("CONVERSION", "p", "i", at=T, count=2, value_micros=7))
        bench.feed("posts", post("p", "i", at=T, created_at=T - S,
                                 metrics={"likes": 50, "reach": 9}))
        cell = bench.cell("influencer", "i", "1m")
        equal(cell.get("likes"), 50 if source == "snapshots" else likes, source)
        equal((cell["conversions"], cell["value_micros"], cell["reach"]), (conversions, 7, 9))
        equal(bench.counts("reactions")["ignored"], 0)


def test_negative_windows_have_no_ratios():
    bench = Bench(source="reactions")
    bench.feed("profiles", profile("i", at=T, followers=10))
    bench.feed("reactions", reaction("LIKE", "p", "i", at=T, op="REMOVE"))
    equal(bench.shown("influencer", "i", "1m"),
          {"followers": 10, "tier": "nano", "likes": -1, "engagement": -1})


def test_temporal_join():
    bench = Bench(profiles_delay_ms=5 * S)

    def campaign(name, begin=None, end=None):
        return {"campaign_id": name, "brand_id": None, "cost_micros": None, "from": begin,
                "to": end, "goal": None}
    bench.feed("profiles", profile("i", at=T, campaigns=[campaign("b"), campaign("a")]))
    bench.feed("profiles", profile("i", at=T + M, campaigns=[
        campaign("open"), campaign("z", T), campaign("y", T + M, T + 2 * M)]))
    for at in (4999, 5000, M + 4999, M + 5000, 2 * M - 1, 2 * M):
        bench.feed("comments", comment(f"c{at}", "p", "i", at=T + at))
    bench.feed("comments", comment("own", "p", "i", at=T + 2 * M, campaign_id="mine"))
    bench.feed("comments", comment("back", "p", "i", at=T + M), record_ms=T + 2 * M)
    views = {name: bench.cell("campaign_influencer", f"{name}/i", "1h").get("comments")
             for name in ("a", "b", "open", "z", "y", "mine")}
    # At 4999 nothing is visible yet. `a` is the smaller id of two open ones.
    equal(views, {"a": 2, "b": None, "open": None, "z": 1, "y": 3, "mine": 1})


def test_profile_tombstone_and_followers():
    bench = Bench()
    bench.feed("posts", post("p", "i", at=T, followers=20000))
    bench.feed("comments", comment("c", "p", "i", at=T))
    equal(bench.shown("influencer", "i", "1m")["tier"], "micro")
    bench.feed("profiles", profile("i", at=T, followers=2000000, handle="h"))
    equal(bench.shown("influencer", "i", "1m")["tier"], "mega")
    equal(bench.cell("influencer", "i", "1m", at=[0, 1, 1, 0], as_of=T)["followers"], 20000)
    topic = bench.world.partition("social.profiles", 0)
    topic.feed(1, T + S, b"i", None)
    equal("handle" in bench.shown("influencer", "i", "1m"), False)
    equal(bench.shown("influencer", "i", "1m")["followers"], 20000)


def test_bad_records():
    bench = Bench()
    good = encode(comment("c", "p", "i", at=T))
    for value in (b"", b"\0\0\0\0", b"\1" + good[1:], b"\0\0\0\0\x63" + good[5:], good[:-1],
                  good + b"\0", encode(comment("c", "p", "", at=T)),
                  encode(comment("c", "p", "i", at=T, likes=-1)),
                  encode(comment("c", "p", "i", at=-1)),
                  encode(comment("c", "p", "i", at=T, brand_ids=["b"] * 9))):
        bench.feed("comments", comment("c", "p", "i", at=T), value=value)
    equal(list(bench.world.partition("social.comments", 0).bad.values()),
          ["short", "short", "magic", "schema_unknown", "truncated", "trailing", "id", "negative",
           "range", "range"])


def test_other_windows():
    windows = windows_of("2m/10s,1h")
    bench = Bench(windows=windows, views=views_of("influencer", windows))
    bench.feed("comments", comment("c", "p", "i", at=T))
    equal(bench.cell("influencer", "i", "2m", as_of=T + 2 * M - 1)["comments"], 1)
    equal(bench.cell("influencer", "i", "2m", as_of=T + 2 * M).get("comments"), None)


if __name__ == "__main__":
    cases.main(globals())
