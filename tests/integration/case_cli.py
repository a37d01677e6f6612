#!/usr/bin/env python3
# timeout: 120
"""Goal: who types something wrong is told what, where and what to do, within seconds, by words on
stderr and an exit code that scripts can rely on; results go to stdout and fit 80 columns.
Method: the program as a user starts it, without any server; nothing answers on the ports that it is
told."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import jsonschema

BIN = os.environ["GS_BIN"]
TMP = Path(os.environ["GS_TEST_TMP"])
SCHEMAS = Path(os.environ["GS_ROOT"]) / "schemas"
COMMANDS = ("run", "demo", "validate", "config", "topics", "generate", "top", "inspect", "score",
            "metrics", "completion", "manual", "version", "help")
USAGE, DATA, UNAVAILABLE, CONFIG = 64, 65, 69, 78
BROKER = "kafka.bootstrap_servers=127.0.0.1:1"
FAILED = []


def gs(*words, env=None, timeout=30):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("GROUNDSWELL_")}
    return subprocess.run([BIN, *map(str, words)], env=clean | (env or {}), timeout=timeout,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def check(holds, what, run=None):
    if holds:
        return
    FAILED.append(what)
    print(f"FAIL {what}")
    if run:
        print(f"     {run.args[1:]} -> {run.returncode}\n     out: {run.stdout[-600:]!r}\n"
              f"     err: {run.stderr[-600:]!r}")


def expect(code, words, *arguments, env=None):
    """Exit code, and words of stderr, which for an error is all there is."""
    run = gs(*arguments, env=env)
    where = " ".join(map(str, arguments))
    check(run.returncode == code, f"{where}: exit code {code}", run)
    for word in (words,) if isinstance(words, str) else words:
        check(word in run.stderr, f"{where}: stderr says {word!r}", run)
    check(not run.stdout, f"{where}: nothing on stdout", run)
    return run


def file(name, text):
    path = TMP / name
    path.write_text(text, encoding="utf-8")
    return path


def fits(run, what):
    long = [line for line in run.stdout.splitlines() if len(line) > 80]
    check(run.stdout and not long, f"{what} fits 80 columns: {long}", run)


def help_texts():
    overview = gs("help")
    check(overview.returncode == 0 and not overview.stderr, "help ends well", overview)
    fits(overview, "help")
    for name in COMMANDS:
        check(f"\n  {name} " in overview.stdout, f"the overview lists {name}", overview)
        text = gs("help", name)
        check(text.returncode == 0 and f"Usage: groundswell {name}" in text.stdout, f"help {name}",
              text)
        fits(text, f"help {name}")
        for words in ((name, "--help"), (name, "-h"), (name, "--nonsense", "--help")):
            check(gs(*words).stdout == text.stdout, f"{words} is help {name}")
    check(gs("--help").stdout == overview.stdout, "--help is help")
    version = gs("--version")
    check(version.stdout.startswith("groundswell ") and version.returncode == 0, "--version",
          version)


def wrong_words():
    expect(USAGE, ("Usage: groundswell COMMAND", "demo"))
    expect(USAGE, "there is no command 'rnu'", "rnu")
    expect(USAGE, "there is no command 'nothing'", "help", "nothing")
    expect(USAGE, ("unknown option --until-ends", "groundswell help run"), "run", "--until-ends")
    expect(USAGE, "a value is missing after --config", "run", "--config")
    expect(USAGE, "no value belongs to --json=yes", "run", "--json=yes")
    expect(USAGE, "nothing more belongs after extra", "run", "extra")
    for words in (("workers",), ("workers", "3")):
        expect(USAGE, "--set workers: write it as --set KEY=VALUE", "run", "--set", *words)
    expect(USAGE, "--partitions must be a whole number from 1 to", "topics", "--set", BROKER,
           "--partitions", "0")
    expect(USAGE, "config explain KEY", "config", "show")
    expect(USAGE, "`inspect --task P`", "inspect", "--task", "0", "influencer", "4711")
    for option in (("--json",), ("--redis", "redis://127.0.0.1:1"), ("--prefix", "p")):
        expect(USAGE, f"{option[0]} does not go with --task", "inspect", "--task", "0", *option)
    expect(USAGE, "did you mean 'redis.url'?", "config", "explain", "redis.urll")


def wrong_configurations():
    expect(CONFIG, ("kafka.bootstrap_servers is not set", "-c", "--set",
                    "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS"), "run")
    expect(CONFIG, "cannot be opened: No such file", "run", "-c", TMP / "nowhere.yaml")
    for name, text, words in (
            ("typo", "redis: {urll: x}\n", "typo.yaml:1: unknown key 'redis.urll'; did you mean"),
            ("range", "\nworkers: 500\n", "range.yaml:2: workers is 500, but must be from 1 to 64"),
            ("twice", "workers: 1\nworkers: 2\n", "'workers' stands twice; first in line 1"),
            ("unit", "flush: {interval: 5}\n", "not a duration such as 500ms"),
            ("future", "views: [{name: brand}]\n", "view 'brand' is not built"),
            ("windows", "windows: [1h, 1m]\n", "list them from short to long"),
            ("reason", "clean: {actions: {urll: off}}\n", "did you mean 'clean.actions.url'?"),
            ("weight", "clean: {weights: {url: 300}}\n", "weight.yaml:1: clean.weights.url is 300"),
            ("yaml", "a: [\n", "not valid YAML")):
        expect(CONFIG, words, "validate", "-c", file(f"{name}.yaml", text), "-s", BROKER)
    expect(CONFIG, "environment GROUNDSWELL_WORKER: unknown key", "validate", "-s", BROKER,
           env={"GROUNDSWELL_WORKER": "2"})
    expect(CONFIG, "--set: log.level is 'loud'", "validate", "-s", BROKER, "-s", "log.level=loud")
    for command in ("run", "validate"):
        expect(CONFIG, "neither dir nor registry is set", command, "-s", BROKER)
        expect(CONFIG, "schemas.dir: /nowhere: No such file", command, "-s", BROKER, "-s",
               "schemas.dir=/nowhere")
    settings = ("-s", BROKER, "-s", f"schemas.dir={SCHEMAS}", "-s")
    words = file("words.txt", "free phones\n[free]\n")  # neither a list nor a lexicon
    expect(CONFIG, "clean.lists.promo: /nowhere: No such file", "validate", *settings,
           "clean.lists.promo=/nowhere")
    expect(DATA, f"line 2 of the list of promo ({words}): '[free]' has no word", "validate",
           *settings, f"clean.lists.promo={words}")
    expect(DATA, "line 1", "validate", *settings, f"sentiment.lexicons.en={words}")
    failed = gs("validate", "--json")
    answer = json.loads(failed.stdout)
    check(failed.returncode == CONFIG and answer["exit_code"] == CONFIG and not answer["ok"]
          and "bootstrap_servers" in answer["error"], "validate --json tells the error", failed)


def right_configurations():
    schemas = f"schemas.dir={SCHEMAS}"
    valid = gs("validate", "-s", BROKER, "-s", schemas)
    check(valid.returncode == 0 and valid.stdout == "configuration: valid\n", "validate", valid)
    valid = gs("validate", "-s", BROKER, "-s", schemas, "--json")
    check(json.loads(valid.stdout)["ok"] is True, "validate --json", valid)
    secret = file("secret", "redis://user:hush@127.0.0.1:6379/0\n")
    shown = gs("config", "print", "-s", BROKER, env={"GROUNDSWELL_REDIS__URL_FILE": str(secret)})
    check('url: "redis://***@127.0.0.1:6379/0"  # environment GROUNDSWELL_REDIS__URL_FILE'
          in shown.stdout and "hush" not in shown.stdout, "config print hides secrets", shown)
    again = gs("config", "print", "-c", file("again.yaml", shown.stdout.replace("***@", "")))
    check(again.returncode == 0, "what config print writes can be read", again)
    explained = gs("config", "explain", "kafka")
    check("kafka.group\n" in explained.stdout, "config explain of a section", explained)
    fits(explained, "config explain")


def schema_of_the_file():
    schema = json.loads(gs("config", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate({
        "kafka": {"bootstrap_servers": "b:9092", "properties": {"linger.ms": 5}},
        "topics": {"posts": "p"}, "schemas": {"dir": "schemas"}, "workers": 2,
        "flush": {"interval": "1s"}, "windows": ["1m", "10m/1m"], "dlq": {"max_ratio": "5%"},
        "views": [{"name": "influencer"}, {"name": "post", "windows": ["1h"]}],
        "profiles": {"delay": 0}, "log": {"level": "debug"},
        "clean": {"rules": "on", "actions": {"url": "off"}, "weights": {"promo": 256},
                  "lists": {"promo": "p.txt"}, "allowed_domains": ["brand.com"],
                  "char_flood": {"run": 9}, "phone": {"digits": 9}, "copies": {"window": "5m"},
                  "burst": {"on_post": 4}}})
    for wrong in ({"worker": 1}, {"workers": 0}, {"workers": "2"}, {"log": {"level": "loud"}},
                  {"flush": {"interval": 5}}, {"windows": []}, {"windows": ["1"]},
                  {"views": [{"windows": ["1m"]}]}, {"views": [{"name": "brand"}]},
                  {"redis": {"urll": "x"}}, {"dlq": {"max_ratio": 5}},
                  {"clean": {"actions": {"urll": "off"}}}, {"clean": {"actions": {"url": "no"}}},
                  {"clean": {"weights": {"url": 257}}}, {"clean": {"copies": {"authors": 1}}}):
        check(not validator.is_valid(wrong), f"the schema refuses {wrong}")


def metrics_are_listed():
    listed = gs("metrics")
    check(listed.returncode == 0 and not listed.stderr and
          listed.stdout == (SCHEMAS / "METRICS.md").read_text(encoding="utf-8"),
          "metrics prints schemas/METRICS.md", listed)
    expect(USAGE, "nothing more belongs after extra", "metrics", "extra")


def topics_are_printed():
    plan = gs("topics", "-s", BROKER, "--partitions", "12")
    check(plan.returncode == 0, "topics", plan)
    fits(plan, "topics")
    for words in ("social.profiles                       12  cleanup.policy=compact",
                  "min.compaction.lag.ms=86400000", "message.timestamp.type=LogAppendTime",
                  "groundswell.tasks ", "groundswell.dlq ", "groundswell.late ", "--apply",
                  "groundswell.checkpoints               12  cleanup.policy=delete",
                  "retention.ms=14400000", "segment.ms=1800000"):
        check(words in plan.stdout, f"topics prints {words!r}", plan)
    one = gs("topics", "-c", file("one.yaml", "topics: {posts: all, comments: all}\n"), "-s",
             BROKER)
    check(one.stdout.count("\nall ") == 1 and "social." not in one.stdout,
          "one topic for all stands once, unread inputs do not", one)


def no_broker():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # not listening: connections are refused
        broker = f"127.0.0.1:{closed.getsockname()[1]}"
        settings = ("-s", f"kafka.bootstrap_servers={broker}", "-s", f"schemas.dir={SCHEMAS}", "-s",
                    "admin.listen=", "-s", "redis.url=redis://127.0.0.1:1/0")
        for words in (("validate", "--connect"), ("run",), ("run", "--until-end", "--json"),
                      ("topics", "--apply")):
            begin = time.monotonic()
            run = gs(*words, *settings, timeout=60)
            findings = run.stdout if words[0] == "validate" else run.stderr
            check(run.returncode == UNAVAILABLE and broker in findings,
                  f"{words} without a broker: {UNAVAILABLE}, and which", run)
            told = (run.stdout + run.stderr).count("no broker answered")
            check(told == 1, f"{words} says once that there is no broker, not {told} times", run)
            check(time.monotonic() - begin < 20, f"{words} gives up within 20 s")
            check("{" not in run.stdout, f"{words}: no summary of nothing", run)


def quickstart():
    """It refuses wrong options before it installs anything, and takes those of the demo. Here it
    stands alone, so what would be installed first is missing."""
    script = TMP / "deploy" / "quickstart.sh"
    script.parent.mkdir()
    shutil.copy(Path(os.environ["GS_ROOT"]) / "deploy" / "quickstart.sh", script)

    def start(*words):
        return subprocess.run([script, *words], timeout=30, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)

    for words, what in ((("--bogus",), "unknown option --bogus"), (("more",), "option more"),
                        (("--seconds",), "--seconds needs"), (("--rate=x",), "--rate needs"),
                        (("--seconds", "5", "--seed", "1"), "unknown option --seed")):
        run = start(*words)
        check(run.returncode == USAGE and what in run.stderr and not run.stdout,
              f"quickstart {words} is refused: {what}", run)
    options = re.findall(r"^ +--(\w+) N", gs("help", "demo").stdout, re.M)
    check(len(options) == 3, f"options of the demo: {options}")
    for words in ((), *((f"--{name}", "7") for name in options), *((f"--{name}=7",)
                                                                    for name in options)):
        run = start(*words)
        check(run.returncode == 127 and "looking for libraries" in run.stdout,
              f"quickstart {words} is not refused", run)
    check("--seconds N" in start("--help").stdout, "quickstart --help")


def main():
    parts = (help_texts, wrong_words, wrong_configurations, right_configurations,
             schema_of_the_file, metrics_are_listed, topics_are_printed, quickstart, no_broker)
    for part in parts:
        begin = time.monotonic()
        part()
        print(f"{part.__name__}: {time.monotonic() - begin:.1f} s")
    print(f"{len(FAILED)} failed")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
