#!/usr/bin/env python3
# timeout: 1800
"""Goal: what Prometheus checks of /metrics it finds nothing against.

Method: the demo, under load and with checkpoints, serves its page; promtool reads it (built once,
which takes minutes; see tests/lib/promtool.sh). The page has every metric that `groundswell
metrics` lists, and no other.
"""
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import cases
from stack import BINARY, Metrics, Process, ROOT, free_port, wait_for

PROMTOOL = ROOT / "tests" / "lib" / "promtool.sh"
OPENMETRICS = "application/openmetrics-text"
FILLED = ("records_total", "cells_written_total", "comments_dropped_total", "checkpoints_total",
          "write_seconds_count", "checkpoint_seconds_count")


def promtool():
    if not shutil.which("promtool") and not shutil.which("go"):
        print("promtool is not there, nor Go, from which it could be built")
        sys.exit(77)
    return subprocess.run([PROMTOOL], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


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


def listed():
    """name -> type, of the reference."""
    done = subprocess.run([BINARY, "metrics"], check=True, stdout=subprocess.PIPE, text=True)
    return dict(re.findall(r"^\| `(groundswell_\w+)` \| (\w+)", done.stdout, re.M))


def said(tool, body):
    """(exit code, findings) of promtool."""
    done = subprocess.run([tool, "check", "metrics"], input=body, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def test_live_page():
    tool, port = promtool(), free_port()
    folder = Path(os.environ["GS_TEST_TMP"])
    demo = Process("demo", [BINARY, "demo", "--listen", f"127.0.0.1:{port}"], folder / "demo.log",
                   {"TMPDIR": str(folder)})
    try:
        body = wait_for(lambda: filled(port), "the page has all of it", 60)
        kind, other = page(port, OPENMETRICS)
    finally:
        demo.signal(15)
        demo.wait()
    cases.equal(said(tool, body), (0, ""), "what promtool says")
    assert said(tool, body.replace("_total", "_all"))[0], "promtool looks at it"
    cases.equal(dict(re.findall(r"^# TYPE (\w+) (\w+)$", body, re.M)), listed(), "metrics")
    assert kind.startswith(OPENMETRICS), kind
    assert other.endswith("\n# EOF\n") and "# UNIT groundswell_lag_seconds seconds\n" in other


cases.main(globals())
