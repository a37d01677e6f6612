#!/usr/bin/env python3
# timeout: 60
"""Goal: `top` and `inspect` read where the configuration says, whichever way it is given, and what
they show or say leads on.
Method: a redis-server with cells written by hand, under a prefix of its own; no Kafka."""
import json
import os
import subprocess
import time

import cases
from cases import equal
from stack import BINARY, Stack

PREFIX = "brand"
NOW_MS = int(time.time() * 1000)


def gs(*words, env=None):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("GROUNDSWELL_")}
    return subprocess.run([BINARY, *map(str, words)], env=clean | (env or {}), timeout=30,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def cell_of(handle, comments):
    return json.dumps({"_v": 1, "_from_ms": NOW_MS - 300000, "_to_ms": NOW_MS, "_as_of_ms": NOW_MS,
                       "_updated_ms": NOW_MS, "_at": [1], "_task": 0, "handle": handle,
                       "comments": comments, "clean": comments, "unk": comments})


def filled(stack):
    """A server with one cell."""
    redis = stack.redis()
    redis.client().set(f"{PREFIX}:v1:{{influencer:i1}}:5m", cell_of("@ana", 600))
    return redis


def test_the_configuration_says_where():
    with Stack("readers") as stack:
        redis = filled(stack)
        path = stack.folder / "readers.yaml"  # no brokers: they are not needed
        path.write_text(f"redis: {{url: '{redis.url}', prefix: {PREFIX}}}\n", encoding="utf-8")
        closed = stack.folder / "closed.yaml"
        closed.write_text("redis: {url: 'redis://127.0.0.1:1/0', prefix: other}\n",
                          encoding="utf-8")
        variables = {"GROUNDSWELL_REDIS__URL": redis.url, "GROUNDSWELL_REDIS__PREFIX": PREFIX}
        settings = ("-s", f"redis.url={redis.url}", "-s", f"redis.prefix={PREFIX}")
        options = ("--redis", redis.url, "--prefix", PREFIX)
        for where, env in ((("-c", path), None), (settings, None), ((), variables),
                           (("-c", closed), variables), (("-c", closed, *settings), None),
                           (("-c", closed, *options), None), (options, None)):
            shown = gs("inspect", *where, "influencer", "i1", env=env)
            equal(shown.returncode, 0, f"inspect {where} {env}: {shown.stderr}")
            assert "comments                     600" in shown.stdout, shown.stdout
            shown = gs("top", *where, "--once", env=env)
            equal(shown.returncode, 0, f"top {where} {env}: {shown.stderr}")
            assert "@ana" in shown.stdout, shown.stdout
        for words in (("inspect", "influencer", "i1"), ("top", "--once")):
            failed = gs(*words, "-c", closed)
            equal(failed.returncode, 69, f"{words}: exit code without a server")
            assert "127.0.0.1:1/0" in failed.stderr, failed.stderr
            equal(gs(*words, "-s", "redis.urll=x").returncode, 78, f"{words}: a wrong key")


def test_the_way_from_a_handle_to_the_id():
    with Stack("readers") as stack:
        where = ("--redis", filled(stack).url, "--prefix", PREFIX)
        failed = gs("inspect", "influencer", "@ana", *where)
        equal(failed.returncode, 1, "exit code for an entity that there is not")
        advice = failed.stderr.split("`groundswell ")[1].split("`")[0]
        found = json.loads(gs(*advice.split(), *where).stdout)
        equal([cell["id"] for cell in found["top"] if cell["handle"] == "@ana"], ["i1"], "ids")


def test_a_rate_says_over_what():
    """One look measures nothing, so its rate is that of the whole window."""
    with Stack("readers") as stack:
        shown = gs("top", "--redis", filled(stack).url, "--prefix", PREFIX, "--once")
        assert "\n2.0 comments/s over 5m\n" in shown.stdout, shown.stdout


cases.main(globals())
