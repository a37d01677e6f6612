#!/usr/bin/env python3
# timeout: 120
"""Goal: in bash, zsh and fish the TAB key completes commands, options, keys, values and files:
those that the program has.
Method: real shells. bash and zsh run on a pseudo terminal; keys are typed as a person would, and a
program of the same name tells with which words it was started. fish tells what it would offer."""
import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import cases

BIN = os.environ["GS_BIN"]
TMP = Path(os.environ["GS_TEST_TMP"])
DEADLINE_S = 20
STAND_IN = f"""#!/bin/sh
case $1 in
completion) exec {BIN} "$@" ;;
esac
printf '<%s>' "$@" >{TMP}/words.new
mv {TMP}/words.new {TMP}/words
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(groundswell completion bash)"),
    "zsh": (["zsh", "-f", "-i"], "unsetopt PROMPT_SP; autoload -Uz compinit; "
            f"compinit -u -d {TMP}/dump; source <(groundswell completion zsh)"),
}


def until(condition, what):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_S} s until {what}"
        time.sleep(0.01)


class Terminal:
    """A shell at a terminal, in a folder with some files."""

    def __init__(self, name):
        command, source = SHELLS[name]
        self.said = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(TMP / "folder")
            os.environ.update(PATH=f"{TMP}/bin:{os.environ['PATH']}", TERM="dumb", PS1="$ ",
                              HOME=str(TMP), INPUTRC="/dev/null")
            os.execvp(command[0], command)
        self.type(f"{source}; echo it-is\"\"-read\n")
        until(lambda: b"it-is-read" in self.read(), f"{name} has read the script")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            self.said += os.read(self.fd, 65536)
        return self.said

    def words(self, keys):
        """What the program is started with when these keys, and Enter, are typed."""
        (TMP / "words").unlink(missing_ok=True)
        self.type(keys)
        time.sleep(0.02)
        self.type("\n")
        until(lambda: self.read() and (TMP / "words").exists(), f"{keys!r} starts it: {self.said}")
        return re.findall("<([^>]*)>", (TMP / "words").read_text())

    def close(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def prepare():
    (TMP / "bin").mkdir(exist_ok=True)
    (TMP / "bin" / "groundswell").write_text(STAND_IN)
    (TMP / "bin" / "groundswell").chmod(0o755)
    (TMP / "folder").mkdir(exist_ok=True)
    (TMP / "folder" / "my brand.yaml").touch()
    (TMP / "folder" / "other.yaml").touch()


def check_shell(name):
    prepare()
    terminal = Terminal(name)
    try:
        for keys, words in (
                ("val\t", ["validate"]),
                ("run --unt\t", ["run", "--until-end"]),
                ("run --unt\t--js\t", ["run", "--until-end", "--json"]),
                ("run -c oth\t--takeo\t", ["run", "-c", "other.yaml", "--takeover"]),
                ("run --config=oth\t", ["run", "--config=other.yaml"]),
                ("run -c my\t", ["run", "-c", "my brand.yaml"]),
                ("run --set worke\t3", ["run", "--set", "workers=3"]),
                ("run -s log.form\tj\t-s flush.int\t2s",
                 ["run", "-s", "log.format=json", "-s", "flush.interval=2s"]),
                ("run --set=log.form\tj\t", ["run", "--set=log.format=json"]),
                ("run -s kafka.prop\tlinger.ms=5", ["run", "-s", "kafka.properties.linger.ms=5"]),
                ("top --redis redis://localhost:1 --vi\tcamp\t",
                 ["top", "--redis", "redis://localhost:1", "--view", "campaign_influencer"]),
                ("config exp\tkafka.gro\t", ["config", "explain", "kafka.group"]),
                ("score --scorer vad\t", ["score", "--scorer", "vader+"]),
                ("help insp\t", ["help", "inspect"]),
                ("inspect inf\tx", ["inspect", "influencer", "x"])):
            cases.equal(terminal.words(f"groundswell {keys}"), words, f"{name}: {keys!r}")
    finally:
        terminal.close()


def test_bash():
    check_shell("bash")


def test_zsh():
    check_shell("zsh")


def test_fish():
    prepare()

    def offered(line):
        done = subprocess.run(
            ["fish", "--no-config", "-c",
             "groundswell completion fish | source; complete -C $argv[1]", f"groundswell {line}"],
            cwd=TMP / "folder", capture_output=True, text=True, check=True, timeout=DEADLINE_S,
            env={**os.environ, "PATH": f"{TMP}/bin:{os.environ['PATH']}", "HOME": str(TMP)})
        assert not done.stderr, done.stderr
        return [word.split("\t")[0] for word in done.stdout.splitlines()]

    for line, words in (("val", ["validate"]), ("run --unt", ["--until-end"]),
                        ("run -c oth", ["other.yaml"]),
                        ("run --config=oth", ["--config=other.yaml"]),
                        ("run -s log.format=j", ["log.format=json"]),
                        ("config explain kafka.gro", ["kafka.group"]),
                        ("top --view ", ["campaign_influencer", "influencer", "post"])):
        cases.equal(sorted(offered(line)), words, f"fish: {line!r}")
    assert {"run", "score", "help"} <= set(offered(""))


def test_everything_is_offered():
    """What `help` and `config explain` tell of is what there is."""
    def said(*words):
        return subprocess.run([BIN, *words], capture_output=True, text=True, check=True).stdout

    def offered(*words):
        return [line.split("\t")[0] for line in
                said("completion", "next", "--", *words).splitlines()]

    commands = re.findall(r"^  (\w+) ", said("help"), re.M)
    assert len(commands) > 10
    cases.equal(offered(""), commands, "commands")
    for command in commands:
        options = re.findall(r"^  (?:-\w,|   ) (--[\w-]+)", said("help", command), re.M)
        cases.equal(offered(command, "--"), options, f"options of {command}")
    schema = re.findall(r'^ *,?"(\w+)":\{"(?:type":"(?!object)|type":\[|enum)',
                        said("config", "schema"), re.M)
    keys = offered("config", "explain", "")
    assert len(keys) > 60 and {key.rsplit(".")[-1] for key in keys} >= set(schema), keys
    settable = [key for key in keys if key not in ("windows", "views")]
    cases.equal([word.rstrip("=.") for word in offered("run", "--set", "")], settable, "--set")


cases.main(globals())
