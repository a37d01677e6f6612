#!/usr/bin/env python3
# timeout: 1800
"""Goal: an alert fires when it is meant to, and tells what to do; and no rule or picture asks for a
metric that there is not, which would never show.

Method: promtool checks the rules of deploy/prometheus and runs their unit tests (alerts.yaml). Each
alert has one, and a paragraph in the runbook. Every metric that rules and dashboard name is one of
those that `groundswell metrics` lists.
"""
import json
import os
import re
from pathlib import Path

import cases
from prometheus import promtool, series
from stack import ROOT

RULES = ROOT / "deploy" / "prometheus" / "groundswell.rules.yaml"
RUNBOOK = ROOT / "deploy" / "prometheus" / "RUNBOOK.md"
DASHBOARD = ROOT / "deploy" / "grafana" / "groundswell.json"
TESTS = ROOT / "tests" / "integration" / "alerts.yaml"
ALERTS = re.findall(r"^ +- alert: (\w+)$", RULES.read_text(encoding="utf-8"), re.M)


def metrics_in(text):
    return set(re.findall(r"(?<![\w:])groundswell_\w+", text))


def panels():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]


def test_rules():
    code, words = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    cases.equal(code, 0, words)
    code, words = promtool("test", "rules", TESTS)
    cases.equal(code, 0, words)


def test_each_alert_has_a_test_and_a_paragraph():
    tests, rules = TESTS.read_text(encoding="utf-8"), RULES.read_text(encoding="utf-8")
    assert len(ALERTS) > 10 and len(set(ALERTS)) == len(ALERTS), ALERTS
    for name in ALERTS:
        assert f'alertname="{name}"' in tests, f"{name} fires in no test"
    paragraphs = re.findall(r"^### (\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.M)
    cases.equal(paragraphs, ALERTS, "paragraphs of the runbook")
    links = re.findall(r"runbook: deploy/prometheus/RUNBOOK.md#(\w+)$", rules, re.M)
    cases.equal(links, [name.lower() for name in ALERTS], "links into the runbook")


def test_metrics_exist():
    there = series()
    for path in (RULES, DASHBOARD, TESTS):
        named = metrics_in(path.read_text(encoding="utf-8"))
        assert len(named) > 15, f"{path.name}: {named}"
        cases.equal(named - there, set(), f"{path.name} names what there is not")
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in there} | there
    named = metrics_in(RUNBOOK.read_text(encoding="utf-8"))
    cases.equal(named - families, set(), "the runbook names what there is not")


def test_dashboard():
    """Prometheus can read each expression; panels do not lie upon one another."""
    made, places = [], set()
    for panel in panels():
        at = panel["gridPos"]
        covered = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                   for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not covered & places, panel["title"]
        places |= covered
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "5m")
            made.append({"record": f"panel:{panel['id']}:{target['refId']}", "expr": expression})
    cases.equal(len({panel["id"] for panel in panels()}), len(panels()), "ids")
    assert len(made) > 30
    path = Path(os.environ["GS_TEST_TMP"]) / "dashboard.yaml"  # JSON is YAML too
    path.write_text(json.dumps({"groups": [{"name": "all", "rules": made}]}), encoding="utf-8")
    code, words = promtool("check", "rules", path)
    cases.equal(code, 0, words)


cases.main(globals())
