#!/usr/bin/env python3
# timeout: 120
"""Goal: the manual pages tell of every command, option and key, read well at 80 columns, and are
correct for the readers of manual pages that there are.
Method: man of groff with all warnings, and mandoc's checks; then the text is searched for what the
program's own help tells of."""
import os
import re
import subprocess
from pathlib import Path

import cases

BIN = os.environ["GS_BIN"]
TMP = Path(os.environ["GS_TEST_TMP"])
PAGES = ("groundswell.1", "groundswell.yaml.5")
# It depends on what is installed on this machine.
ELSEWHERE = re.compile(r"referenced manual not found|outdated mandoc\.db")


def said(*words, code=0, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, timeout=60, **options)
    cases.equal(done.returncode, code, f"{words}: exit code ({done.stderr})")
    return done


def page(name):
    path = TMP / name
    path.write_text(said(BIN, "manual", name).stdout)
    return path


def text(name):
    environment = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    done = said("man", "--warnings", "-E", "UTF-8", "-l", page(name), env=environment)
    assert not done.stderr, done.stderr
    return done.stdout


def test_pages_are_correct():
    for name in PAGES:
        checked = subprocess.run(["mandoc", "-Tlint", page(name)], capture_output=True, text=True,
                                 check=False, timeout=60)
        wrong = [line for line in (checked.stdout + checked.stderr).splitlines()
                 if not ELSEWHERE.search(line)]
        cases.equal(wrong, [], name)


def test_80_columns():
    for name in PAGES:
        lines = text(name).splitlines()
        assert len(lines) > 200, f"{name} has {len(lines)} lines"
        cases.equal([line for line in lines if len(line) > 80], [], name)


def test_everything_is_told():
    shown = text("groundswell.1")
    commands = re.findall(r"^  (\w+) ", said(BIN, "help").stdout, re.M)
    assert len(commands) > 10
    for command in commands:
        usage = said(BIN, "help", command).stdout
        form = re.search("^Usage: (.*)", usage)[1]
        assert form in re.sub(r"\s+", " ", shown), f"the synopsis of {command}: {form}"
        part = re.search(rf"^   {re.escape(form)}\n(.*?)^(?:   \S|\S)", shown, re.M | re.S)
        for option in re.findall(r"--[\w-]+(?: \S+)?", "\n".join(re.findall(
                r"^  (?:-\w, |    )(--\S+(?: [A-Z]\S*)?)", usage, re.M))):
            assert option in part[1], f"{command} {option}"
    for code in (0, 1, 64, 65, 69, 70, 71, 75, 77, 78):
        assert re.search(rf"^     {code} +[A-Z]", shown, re.M), f"exit code {code}"
    shown = text("groundswell.yaml.5")
    keys = said(BIN, "completion", "next", "--", "config", "explain", "").stdout.splitlines()
    cases.equal(re.findall(r"^     ([a-z][\w.]*)(?:$|  )", shown.split("ENVIRONMENT")[0], re.M),
                [key.split("\t")[0] for key in keys], "keys in their order")


def test_words():
    cases.equal(said(BIN, "manual").stdout, page("groundswell.1").read_text(), "without a name")
    for words in (("completion.bash",), ("groundswell.2",), ("",), PAGES):
        assert "groundswell.yaml.5" in said(BIN, "manual", *words, code=64).stderr


cases.main(globals())
