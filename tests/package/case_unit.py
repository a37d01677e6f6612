#!/usr/bin/env python3
# timeout: 120
"""Goal: the systemd unit is correct, gives the service no more than it needs, and enough.
Method: systemd-analyze, without a running systemd; the calls of the kernel that the service really
makes, as strace counts them, against the unit's filter; the credentials as the drop-in hands them
over. What the service says to systemd is in tests/integration/case_notify.py."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import cases
from gs import MockCluster
from stack import BINARY, Process, Service, Stack, wait_for

ROOT = Path(os.environ["GS_ROOT"])
TMP = Path(os.environ["GS_TEST_TMP"])
UNITS = ROOT / "deploy" / "systemd"
EXPOSURE_MAX = 2.0


def said(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, timeout=60, **options)
    return done.returncode, done.stdout + done.stderr


def unit_here():
    """The unit with the program of this tree, and without the user that the package makes."""
    folder = TMP / "unit"
    folder.mkdir(exist_ok=True)
    text = (UNITS / "groundswell.service").read_text()
    assert "ExecStart=/usr/bin/groundswell " in text
    (folder / "groundswell.service").write_text(text.replace("/usr/bin/groundswell", BINARY))
    drop_in = folder / "groundswell.service.d"
    drop_in.mkdir(exist_ok=True)
    shutil.copy(UNITS / "credentials.conf", drop_in)
    return folder / "groundswell.service"


def settings():
    return re.findall(r"^(\w+)=(.*)", (UNITS / "groundswell.service").read_text(), re.M)


def test_verify():
    code, text = said("systemd-analyze", "verify", "--man=no", unit_here())
    cases.equal((code, text), (0, ""), "systemd-analyze verify")


def test_exposure():
    code, text = said("systemd-analyze", "security", "--offline=true", unit_here())
    cases.equal(code, 0, text)
    level = float(re.search(r"exposure level for \S+: ([\d.]+)", text)[1])
    print(f"  exposure {level}")
    assert level <= EXPOSURE_MAX, text


def calls_of(name):
    """The names of a set of systemd's, with those of the sets in it."""
    code, text = said("systemd-analyze", "syscall-filter", name)
    cases.equal(code, 0, text)
    names = [line.strip() for line in text.splitlines()[1:] if line.strip()
             and not line.strip().startswith("#")]
    return set().union(*(calls_of(entry) if entry[0] == "@" else {entry} for entry in names))


def test_the_filter_lets_the_service_work():
    allowed = set()
    for value in (value for name, value in settings() if name == "SystemCallFilter"):
        named = set().union(*(calls_of(entry) for entry in value.lstrip("~").split()))
        allowed = allowed - named if value[0] == "~" else allowed | named
    cluster = MockCluster()
    with Stack("unit") as stack:
        config = stack.config(cluster, stack.redis())
        run = Traced(stack, config)
        wait_for(run.ready, "it is ready")
        stack.generate(config, "--events", "2000")
        wait_for(lambda: run.metrics().sum("groundswell_cells_written_total") > 0, "cells")
        run.term_service()
        cases.equal(run.wait(), 0, "exit code")
        used = set(re.findall(r"\d+ +(?:\d+ +)?(\w+)$", run.counts.read_text(), re.M)) - {"total"}
    assert len(used) > 30 and {"epoll_wait", "epoll_pwait"} & used, used
    # The program itself is started by systemd, before the filter is there.
    cases.equal(sorted(used - allowed - {"execve"}), [], "calls that the unit forbids")


class Traced(Service):
    """The service under strace, whose child it is."""

    def __init__(self, stack, config):
        self.counts = stack.folder / "counts"
        self.port = config["admin"]["listen"].rsplit(":", 1)[1]
        self.base = f"http://127.0.0.1:{self.port}"
        path = stack.folder / "traced.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        Process.__init__(self, "traced", ["strace", "-f", "-c", "-o", str(self.counts), BINARY,
                                          "run", "-c", str(path)], stack.folder / "traced.log")
        stack.processes.append(self)

    def term_service(self):
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(children[0]), 15)


def test_credentials():
    """The variables of the drop-in name keys that there are, and the values arrive."""
    text = (UNITS / "credentials.conf").read_text()
    loaded = re.findall(r"^LoadCredential=([\w-]+):/etc/groundswell/credentials/\1$", text, re.M)
    variables = dict(re.findall(r"^Environment=(\w+)=%d/([\w-]+)$", text, re.M))
    cases.equal(sorted(variables.values()), sorted(loaded), "each is handed over")
    environment = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS": "b:1"}
    for name, file in variables.items():
        (TMP / file).write_text(f"redis://:hush-{file}@r:1/0\n" if "url" in file else "hush\n")
        environment[name] = str(TMP / file)
    code, text = said(BINARY, "config", "print", env=environment)
    cases.equal(code, 0, text)
    assert "environment GROUNDSWELL_REDIS__URL_FILE" in text and "@r:1/0" in text, text
    assert 'sasl.password: "***"' in text and "hush" not in text, text


def test_exit_codes():
    """Those after which nobody but a person can help do not start it again; the manual agrees."""
    found = dict(settings())
    manual = said(BINARY, "manual")[1]
    codes = found["RestartPreventExitStatus"].split()
    assert f"after {', '.join(codes[:-1])} and {codes[-1]} somebody" in manual.replace("\n", " ")
    default = said(BINARY, "config", "explain", "drain.limit")[1]
    assert int(found["TimeoutStopSec"].rstrip("s")) > 2 * int(re.search(r"default: (\d+)s",
                                                                         default)[1])


cases.main(globals())
