#!/usr/bin/env python3
# timeout: 1800
"""Goal: what Prometheus checks of /metrics it finds nothing against.

Method: the demo, under load and with checkpoints, serves its page; promtool reads it (built once,
which takes minutes; see tests/lib/promtool.sh). The page has every metric that `groundswell
metrics` lists, and no other.
"""
import os
import re
import urllib.request
from pathlib import Path

import cases
from prometheus import listed, promtool
from stack import BINARY, Metrics, Process, free_port, wait_for

OPENMETRICS = "application/openmetrics-text"
FILLED = ("records_total", "cells_written_total", "comments_dropped_total", "checkpoints_total",
          "write_seconds_count", "checkpoint_seconds_count")


def page(port, accept="text/plain"):
    """(content type, body)."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def filled(port):
    """The page, once everything that has to come is on it."""
    body = page(port)[1]
    metrics = Metrics(body)
    there = all(sum(value for _, value in metrics.rows(f"groundswell_{name}")) for name in FILLED)
    return body if there else None


def test_live_page():
    port = free_port()
    folder = Path(os.environ["GS_TEST_TMP"])
    demo = Process("demo", [BINARY, "demo", "--listen", f"127.0.0.1:{port}"], folder / "demo.log",
                   {"TMPDIR": str(folder)})
    try:
        body = wait_for(lambda: filled(port), "the page has all of it", 60)
        kind, other = page(port, OPENMETRICS)
    finally:
        demo.signal(15)
        demo.wait()
    cases.equal(promtool("check", "metrics", given=body), (0, ""), "what promtool says")
    wrong = promtool("check", "metrics", given=body.replace("_total", "_all"))
    assert wrong[0], "promtool looks at it"
    cases.equal(dict(re.findall(r"^# TYPE (\w+) (\w+)$", body, re.M)), listed(), "metrics")
    assert kind.startswith(OPENMETRICS), kind
    assert other.endswith("\n# EOF\n") and "# UNIT groundswell_lag_seconds seconds\n" in other


cases.main(globals())
