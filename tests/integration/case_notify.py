#!/usr/bin/env python3
# timeout: 180
"""Goal: the service manager is told what is true: that the service is ready when it has its tasks,
that it lives while its loops turn and no longer, and that it stops.
Method: `run` as systemd starts it, with a socket of the test's own in systemd's place, librdkafka's
mock cluster and a redis-server. One thread of the process is stopped by a debugger's means."""
import ctypes
import itertools
import os
import signal
import socket
import time
from pathlib import Path

import cases
from gs import MockCluster
from stack import Stack, wait_for

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WATCHDOG_S = 1.5
STALL_S = 10  # what /livez allows
NAMES = itertools.count(1)


class Manager:
    """systemd's end of the socket."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1) if address[0] == "@" else address)
        self.socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": address,
                            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}
        self.heard = []  # [(when, name, value)]

    def listen(self):
        while True:
            try:
                lines = self.socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self.heard
            self.heard += [(time.monotonic(), *line.split("=", 1)) for line in lines]

    def values(self, name, since=0.0):
        return [value for when, heard, value in self.listen() if heard == name and when >= since]

    def last(self, name):
        return max((when for when, heard, _ in self.listen() if heard == name), default=0)


def started(stack, manager, broker, **more):
    config = stack.config(broker, stack.redis(), **more)
    os.environ.update(manager.environment)
    try:
        return stack.service(f"run-{next(NAMES)}", config)
    finally:
        for name in manager.environment:
            del os.environ[name]


def new_path(stack):
    return str(stack.place("manager") / "socket")


def ended(run, manager):
    """The exit code; the manager listens, so that its socket has room."""
    wait_for(lambda: manager.listen() is not None and not run.running(), "it has ended")
    return run.wait()


def check_life(stack, address):
    mock, manager = MockCluster(), Manager(address)
    run = started(stack, manager, mock)
    wait_for(lambda: manager.values("READY"), "READY=1")
    assert run.ready(), "ready, and /readyz says so too"
    status = manager.values("STATUS")
    assert status[0].startswith("Asking Kafka"), status
    cases.equal(manager.values("STOPPING"), [], "not yet")
    assert manager.values("EXTEND_TIMEOUT_USEC"), "it said that it was on its way"
    wait_for(lambda: len(manager.values("WATCHDOG")) >= 4, "four beats")
    beats = [when for when, name, _ in manager.heard if name == "WATCHDOG"]
    assert max(b - a for a, b in zip(beats, beats[1:])) < WATCHDOG_S, beats
    wait_for(lambda: " tasks, 0 records behind" in manager.values("STATUS")[-1], "a status")
    begin = time.monotonic()
    run.signal(signal.SIGTERM)
    cases.equal(ended(run, manager), 0, "exit code")
    cases.equal(manager.values("STOPPING"), ["1"], "once")
    cases.equal(manager.values("READY"), ["1"], "once")
    assert manager.values("STATUS", begin)[-1].startswith("Writing what is pending"), manager.heard
    assert manager.last("WATCHDOG") <= manager.last("STOPPING"), manager.heard


def test_socket_with_a_path():
    with Stack("notify") as stack:
        check_life(stack, new_path(stack))


def test_abstract_socket():
    with Stack("notify") as stack:
        check_life(stack, f"@groundswell-test-{os.getpid()}")


def test_a_start_that_fails():
    """It says why, and was never ready."""
    with Stack("notify") as stack:
        manager = Manager(new_path(stack))
        run = started(stack, manager, "127.0.0.1:1", admin={"listen": ""})
        cases.equal(ended(run, manager), 69, "exit code")
        cases.equal(manager.values("READY"), [], "never")
        cases.equal(manager.values("STOPPING"), ["1"], "once")
        last = manager.values("STATUS")[-1]
        assert last.startswith("Ending: ") and "127.0.0.1:1" in last, last


def test_a_manager_that_cannot_be_reached():
    """The service works all the same, and says so once."""
    with Stack("notify") as stack:
        mock, manager = MockCluster(), Manager(new_path(stack))
        for address, words in ((str(stack.folder / "gone"), "cannot be told: No such file"),
                               ("relative", "relative is no socket's path")):
            manager.environment["NOTIFY_SOCKET"] = address
            run = started(stack, manager, mock)
            wait_for(run.ready, "it is ready")
            cases.equal(run.text().count(words), 1, run.text())
            cases.equal(run.term(), 0, "exit code")


def threads_of(pid):
    """Those that carry the program's name, less the first one: the workers, and helpers of libuv
    that have nothing to do."""
    names = {int(task.name): (task / "comm").read_text().strip()
             for task in Path(f"/proc/{pid}/task").iterdir()}
    return [tid for tid, name in names.items() if name == names[pid] and tid != pid]


def ask_kernel(tids, *requests):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    for tid in tids:
        for request in requests:
            if libc.ptrace(request, tid, None, None) != 0:
                raise OSError(ctypes.get_errno(), f"ptrace: {os.strerror(ctypes.get_errno())}")


def test_a_worker_that_stands_still():
    """Beats end when /livez says that it is not alive, and come again when it goes on."""
    with Stack("notify") as stack:
        mock, manager = MockCluster(), Manager(new_path(stack))
        run = started(stack, manager, mock, workers=2)
        wait_for(lambda: manager.values("WATCHDOG"), "a beat")
        cases.equal(run.get("/livez")[0], 200, "/livez")
        workers = threads_of(run.pid)
        ask_kernel(workers, PTRACE_SEIZE, PTRACE_INTERRUPT)
        begin = time.monotonic()
        wait_for(lambda: run.get("/livez")[0] == 503, "/livez says that it is not alive")
        wait_for(lambda: manager.values("STATUS")[-1].startswith("Not alive: the loop of worker"),
                 "the status says the same")
        assert manager.last("WATCHDOG") < begin + STALL_S + WATCHDOG_S
        silent = time.monotonic()
        wait_for(lambda: len(manager.values("STATUS", silent)) >= 2, "it says for how long")
        cases.equal(manager.values("WATCHDOG", silent), [], "beats")
        ask_kernel(workers, PTRACE_DETACH)
        wait_for(lambda: manager.values("WATCHDOG", silent), "a beat, because it goes on")
        run.signal(signal.SIGTERM)
        cases.equal(ended(run, manager), 0, "exit code")


cases.main(globals())
