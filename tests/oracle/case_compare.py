#!/usr/bin/env python3
"""Goal: the comparison must find every sort of wrong cell, else a green run means nothing.
Method: cells of a small dump are put into a real Redis, first as they should be, then with one
fault each; the command must say so. The same with what the service counted and sent on.
"""
import json
import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("", "lib")]

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import comment, encode, key_of, post, profile, time_of  # noqa: E402
from oracle import cells, source  # noqa: E402
from oracle.__main__ import parse, settings_of  # noqa: E402
from oracle.world import World  # noqa: E402
from stack import SCHEMAS, Stack, oracle  # noqa: E402

T = 1764000000000
SETTINGS = settings_of(parse(["account"]))  # what a command goes by unless it is told
LOG = [
    ("social.profiles", 0, profile("i0", at=T - 60000, handle="@ana", followers=1000)),
    ("social.profiles", 1, profile("i1", at=T - 60000, handle="123")),
    ("social.posts", 0, post("p0", "i0", at=T, action="PUBLISHED", metrics={"likes": 3})),
    ("social.comments", 0, comment("c0", "p0", "i0", at=T + 10, text="I love it")),
    ("social.comments", 0, comment("c1", "p0", "i0", at=T + 20, text="bad", campaign_id="k")),
    ("social.comments", 1, comment("c2", "p1", "i1", at=T + 30, text="fine, thanks")),
    ("social.comments", 1, comment("c3", "p1", "i1", at=T + 70000, text="great")),
    ("social.comments", 1, b"\0garbage"),
]


def write_log(path):
    offsets = {}
    records = []
    for topic, number, made in LOG:
        offset = offsets.get((topic, number), 0)
        offsets[topic, number] = offset + 1
        value = made if isinstance(made, bytes) else encode(made)
        key, stamp = (b"i1", T) if isinstance(made, bytes) else (key_of(made), time_of(made))
        records.append((topic, number, offset, stamp, key, value))
    source.write_dump(path, SETTINGS.inputs, records)


def right_cells(path):
    """{key: JSON} of all cells with something in them, at the ends."""
    world = World(SETTINGS, SCHEMAS)
    source.fill(world, lambda topics, starts: source.read_dump(path, topics, starts))
    made = {}
    for number, task in world.tasks.items():
        ends, clock = task.ends(), task.clock(task.ends())
        for view in world.settings.views:
            for key in task.keys(view):
                for window in view.windows:
                    cell = world.cell(view.name, key, window, number, ends, clock)
                    if any(cell.get(name) for name in cells.SHOWN):
                        made[cells.key_of("gs", view.name, key, window)] = as_json(cell)
    return made


def as_json(cell):
    """As the service writes it: ratios without quotes."""
    text = json.dumps({**cell, "_updated_ms": T + 80000})
    return re.sub(r'"(\w+)": "(-?[\d.e+-]+)"', r'"\1": \2', text).replace(
        '"handle": 123', '"handle": "123"')


class Shop:
    """A Redis with the cells, and the command to judge them."""

    def __init__(self, stack):
        self.dump = stack.folder / "log"
        write_log(self.dump)
        self.server = stack.redis()
        self.redis = self.server.client(decode_responses=True)
        self.cells = right_cells(self.dump)

    def fill(self, **changed):
        self.redis.flushall()
        for key, text in {**self.cells, **changed}.items():
            if text is not None:
                self.redis.set(key, text, px=600000)

    def judge(self, *arguments):
        return oracle("compare", "--dump", self.dump, "--redis", self.server.url, *arguments)

    def change(self, key, **fields):
        """The cell's JSON with fields changed, or without those that are None here."""
        cell = json.loads(self.cells[key]) | fields
        return json.dumps({name: value for name, value in cell.items() if value is not None})

    def refuses(self, word, key, text, *arguments):
        self.fill(**{key: text})
        code, said = self.judge(*arguments)
        assert code == 1 and key in said and word in said, (word, code, said)


CELL = "gs:v1:{influencer:i0}:1m"


def test_right_cells_pass():
    with Stack("compare") as stack:
        shop = Shop(stack)
        shop.fill()
        for arguments in ((), ("--end",), ("--end", "--strict-at", "--drained")):
            code, said = shop.judge(*arguments)
            equal(code, 0, said)
            assert f"{len(shop.cells)} cells compared (0 empty, {len(shop.cells)} at" in said, said
        assert len(shop.cells) > 15, len(shop.cells)


def test_wrong_cells_are_found():
    with Stack("compare") as stack:
        shop = Shop(stack)
        for field, value in (("likes", 4), ("likes", None), ("likes", 3.0), ("shares", 0),
                             ("bhi", 0.51), ("bhi", "0.5"), ("handle", None), ("followers", 999),
                             ("_late", 1), ("_from_ms", T), ("_v", 2), ("unheard_of", 1),
                             ("nss", None), ("_at", [1, 1, 1, 0]), ("_at", [1, 1, 2]),
                             ("_at", [1, 1, 3, 0]), ("_task", 7), ("_as_of_ms", T + 19),
                             ("_as_of_ms", T + 10**7), ("_updated_ms", None)):
            word = "pos" if value == [1, 1, 1, 0] else "_at" if field == "_at" else field
            shop.refuses(word, CELL, shop.change(CELL, **{field: value}))
        shop.refuses("handle", "gs:v1:{influencer:i1}:1m",
                     shop.change("gs:v1:{influencer:i1}:1m", handle=123))
        shop.refuses("configured", "gs:v1:{influencer:i0}:7m", shop.cells[CELL])
        shop.refuses("(key)", "gs:v1:{influencer:%69%30}:1m", shop.cells[CELL])


def test_expiry_is_checked():
    with Stack("compare") as stack:
        shop = Shop(stack)
        shop.fill()
        shop.redis.persist(CELL)
        code, said = shop.judge()
        assert code == 1 and "(expiry)" in said, said
        shop.redis.pexpire(CELL, 700000)
        assert "(expiry)" in shop.judge()[1]


def test_ends():
    with Stack("compare") as stack:
        shop = Shop(stack)
        shop.refuses("missing", CELL, None, "--end")
        old = json.loads(shop.cells[CELL])
        for name in ("neg", "vis_neg", "er_clean", "er_followers"):
            old.pop(name)
        old |= {"_at": [1, 1, 1, 0], "_as_of_ms": T + 10, "comments": 1, "clean": 1,
                "engagement": 4, "er_clean": 0.004, "er_followers": 0.004, "nss": 1,
                "polarity": 1, "bhi": 1, "bhi_lo": 0.206549, "bhi_hi": 1, "mean_sentiment": 0.6369,
                "sd_sentiment": 0, "pvr": 1, "vg": 0, "vns": 1}
        shop.fill(**{CELL: json.dumps(old)})
        equal(shop.judge()[0], 0, "right at its own offsets")
        shop.refuses("at the ends", CELL, json.dumps(old), "--end")
        key = "gs:v1:{influencer:i1}:1m"  # c2 has left it, and nobody wrote that
        drained = json.loads(shop.cells["gs:v1:{influencer:i1}:5m"])
        assert drained["comments"] == 2 and json.loads(shop.cells[key])["comments"] == 1
        world = World(SETTINGS, SCHEMAS)
        source.fill(world, lambda topics, starts: source.read_dump(shop.dump, topics, starts))
        stale = as_json(world.cell("influencer", (b"i1",), "1m", 1, [1, 0, 1, 0], T + 30))
        shop.refuses("comments", key, stale, "--end", "--drained")


def test_account():
    with Stack("compare") as stack:
        shop = Shop(stack)
        code, said = oracle("account", "--dump", shop.dump, "--json")
        rows = json.loads(said.splitlines()[-1])["partitions"]
        equal((code, len(rows)), (0, 8))
        lines = [f'groundswell_records_total{{topic="{row["topic"]}",partition="{row["partition"]}"'
                 f',disposition="{name}"}} {row[name]}' for row in rows
                 for name in ("processed", "duplicate", "dlq", "too_late", "ignored")]
        path = stack.folder / "metrics"
        path.write_text("\n".join(lines), encoding="utf-8")
        equal(oracle("account", "--dump", shop.dump, "--metrics", path)[0], 0)
        path.write_text("\n".join(lines).replace('dlq"} 1', 'dlq"} 2'), encoding="utf-8")
        code, said = oracle("account", "--dump", shop.dump, "--metrics", path)
        assert code == 1 and "disposition=dlq} is 2, expected 1" in said, said


cases.main(globals())
