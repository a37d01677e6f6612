"""Kafka, Redis and any number of Groundswell processes for a test, each in a folder of its own.

    with Stack("spine") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 8)
        first = stack.service("first", stack.config(kafka, redis))
        wait_for(first.ready, "the first one is ready")

Whatever was started is stopped at the end, by its own process. If the test fails, the ends of all
logs are printed. Nothing here sleeps to wait: wait_for() asks until a deadline.
"""
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import redis as redis_client

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("GS_BIN", str(ROOT / "build" / "release" / "groundswell"))
KAFKA = os.environ.get("GS_KAFKA", str(ROOT / "tests" / "kafka" / "kafka.sh"))
SCHEMAS = ROOT / "schemas"
ASK_EVERY_S = 0.05
LOG_TAIL = 40
QUIET_S = 3  # figures are a second old, and a change is written within flush.interval
DIRTY_FEW = 200
VIEWS = ("influencer", "post", "campaign_influencer")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


class Timeout(AssertionError):
    """A condition did not come true in time."""


def wait_for(condition, what, seconds=30):
    """The first true value of condition(); it may raise connection errors meanwhile."""
    begin, last = time.monotonic(), None
    while time.monotonic() < begin + seconds:
        try:
            last = condition()
            if last:
                print(f"  {time.monotonic() - begin:6.1f} s until {what}", flush=True)
                return last
        except (OSError, redis_client.exceptions.RedisError) as error:
            last = error
        time.sleep(ASK_EVERY_S)
    raise Timeout(f"not within {seconds} s: {what} (last: {last!r})")


class Process:
    """A child whose output goes to a file."""

    def __init__(self, name, command, log, environment=None, cwd=None):
        self.name, self.log = name, Path(log)
        self.at = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL, cwd=cwd,
                                          env={**os.environ, **(environment or {})})
        self.pid = self.child.pid

    def text(self):
        """What it has said since it was started."""
        return self.log.read_bytes()[self.at:].decode("utf-8", "replace")

    def running(self):
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, seconds=30):
        """The exit code; negative after a signal."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{self.name} (pid {self.pid}) did not end within {seconds} s") from None

    def kill(self):
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
        return self.wait()


class Redis(Process):
    def __init__(self, folder, port, arguments):
        self.folder, self.port, self.arguments = folder, port, arguments
        self.url = f"redis://127.0.0.1:{port}/0"
        super().__init__(f"redis:{port}", [
            "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--dir", str(folder), *arguments], folder / "redis.log")
        wait_for(self.listening, f"redis-server answers on port {port}")

    def listening(self):
        if not self.running():
            raise AssertionError(f"redis-server ended:\n{self.text()}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True

    def client(self, **options):
        return redis_client.Redis(port=self.port, **options)

    def move(self, port, arguments):
        """It has been told to listen on another port; arguments: for when it is started again."""
        self.port, self.url = port, f"redis://127.0.0.1:{port}/0"
        self.arguments = arguments

    def again(self):
        """A new server on the same port, which is empty, and in this object's place."""
        self.kill()
        Redis.__init__(self, self.folder, self.port, self.arguments)


class Kafka:
    def __init__(self, folder, settings):
        self.folder = folder
        self.bootstrap = self.run("start", *settings)

    def run(self, command, *arguments):
        done = subprocess.run([KAFKA, command, str(self.folder), *arguments], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise AssertionError(f"kafka.sh {command}: {done.stderr}")
        return done.stdout.strip()

    def stop(self, number="KILL"):
        self.run("stop", number)

    def again(self):
        self.run("start")


METRIC_LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")


class Metrics:
    """One reading of /metrics."""

    def __init__(self, body):
        self.lines = []
        for line in body.splitlines():
            found = METRIC_LINE.match(line)
            if found:
                labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
                self.lines.append((found[1], labels, float(found[3])))

    def rows(self, name, **labels):
        """[(labels, value)] of those that carry the given labels."""
        return [(held, value) for metric, held, value in self.lines if metric == name
                and all(held.get(label) == str(wanted) for label, wanted in labels.items())]

    def sum(self, name, **labels):
        rows = self.rows(name, **labels)
        if not rows and not labels:
            raise AssertionError(f"/metrics has no {name}")
        return sum(value for _, value in rows)

    def lag(self):
        """Records between the ends and what was read; None while an end is unknown."""
        ends = {(row["topic"], row["partition"]): value
                for row, value in self.rows("groundswell_end_offset")}
        nexts = {(row["topic"], row["partition"]): value
                 for row, value in self.rows("groundswell_next_offset")}
        if not ends or set(ends) != set(nexts) or min(ends.values()) < 0:
            return None
        return sum(max(0, ends[place] - nexts[place]) for place in ends)

    def offsets(self):
        """Sum of the next offsets."""
        return self.sum("groundswell_next_offset") if self.rows("groundswell_next_offset") else 0


class Service(Process):
    def __init__(self, name, folder, config, command):
        self.port = config["admin"]["listen"].rsplit(":", 1)[1] if config["admin"]["listen"] else 0
        self.base = f"http://127.0.0.1:{self.port}"
        path = folder / f"{name}.yaml"
        path.write_text(json.dumps(config, indent=1), encoding="utf-8")  # JSON is YAML too
        super().__init__(name, [BINARY, *command[:1], "-c", str(path), *command[1:]],
                         folder / f"{name}.log")

    def get(self, path):
        """(status, body)."""
        try:
            with urllib.request.urlopen(self.base + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self):
        if not self.running():
            raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.text()}")
        return Metrics(self.get("/metrics")[1])

    def ready(self):
        self.check()
        return self.get("/readyz")[0] == 200

    def check(self):
        if not self.running():
            raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n{self.text()}")

    def rss(self):
        """Bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def term(self, seconds=30):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)


class Stack:
    def __init__(self, name):
        self.name = name
        self.folder = Path(os.environ.get("GS_TEST_TMP") or tempfile.mkdtemp(prefix=f"gs-{name}-"))
        self.numbers = itertools.count(1)
        self.processes, self.brokers = [], []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for process in reversed(self.processes):
            process.kill()
        for broker in self.brokers:
            broker.stop()
        if kind is not None:
            self.show_logs()
        elif not os.environ.get("GS_TEST_TMP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def show_logs(self):
        for process in self.processes:
            lines = process.text().splitlines()
            print(f"---- {process.name}, exit code {process.child.returncode}, "
                  f"last {LOG_TAIL} of {len(lines)} lines of {process.log}")
            print("\n".join(line[:400] for line in lines[-LOG_TAIL:]))

    def place(self, name):
        """A new folder: several stacks may share the case's own."""
        while True:
            folder = self.folder / f"{name}-{next(self.numbers)}"
            if not folder.exists():
                folder.mkdir()
                return folder

    def kafka(self, *settings):
        broker = Kafka(self.place("kafka"), settings)
        self.brokers.append(broker)
        return broker

    def redis(self, *arguments):
        server = Redis(self.place("redis"), free_port(), arguments)
        self.processes.append(server)
        return server

    def config(self, broker, server, **more):
        """A configuration whose sections `more` adds to: kafka={...}, workers=2. Broker and Redis
        server may be given as addresses too."""
        made = {
            "kafka": {"bootstrap_servers": getattr(broker, "bootstrap", broker)},
            "schemas": {"dir": str(SCHEMAS)},
            "redis": {"url": getattr(server, "url", server)},
            "flush": {"interval": "200ms"},
            "views": [{"name": name} for name in VIEWS],
            "clean": {"rules": "on"},
            "sentiment": {"scorer": "vader+"},
            "admin": {"listen": f"127.0.0.1:{free_port()}"},
        }
        for name, value in more.items():
            made[name] = {**made.get(name, {}), **value} if isinstance(value, dict) else value
        return made

    def service(self, name, config, *arguments, command="run"):
        process = Service(name, self.folder, config, (command, *arguments))
        self.processes.append(process)
        return process

    def run(self, name, config, *arguments, command="run", seconds=120):
        """A command to its end: (exit code, output)."""
        process = self.service(name, config, *arguments, command=command)
        return process.wait(seconds), process.text()

    def generate(self, config, *arguments, name="generate", seconds=300):
        code, text = self.run(f"{name}-{next(self.numbers)}", config, *arguments,
                              command="generate", seconds=seconds)
        if code:
            raise AssertionError(f"generate ended with {code}:\n{text}")
        return text


def oracle(command, *arguments, seconds=600):
    """(exit code, output) of the oracle."""
    done = subprocess.run(
        [sys.executable, "-m", "oracle", command, *map(str, arguments)], check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")})
    return done.returncode, done.stdout


def snapshot(redis, name, *arguments, least=1):
    """Keeps the cells of this moment in a file, for a later compare("--snapshot", file)."""
    path = redis.folder / name
    code, text = oracle("snapshot", path, "--redis", redis.url, *arguments)
    if code or int(text.split()[0]) < least:
        raise AssertionError(f"snapshot of at least {least} cells: {text}")
    return path


def compare(kafka, redis, *arguments, least=1):
    """Cells in Redis against the oracle; at least so many, so that nothing passes for lack of
    cells."""
    code, text = oracle("compare", "--bootstrap", kafka.bootstrap, "--redis", redis.url,
                        "--scores", redis.folder / "scores", *arguments)
    print(text)
    if code:
        raise AssertionError(f"the oracle disagrees (exit code {code})")
    count = int(re.search(r"(\d+) cells compared", text)[1])
    if count < least:
        raise AssertionError(f"only {count} cells, expected at least {least}")
    return count


def with_tasks(services):
    """The figures of those that have tasks: none while the group is still dividing them."""
    seen = [service.metrics() for service in services]
    return [m for m in seen if m.sum("groundswell_tasks")]


def settled(services):
    """Everything read and written, by all of them together."""
    seen = with_tasks(services)
    return bool(seen) and all(m.lag() == 0 and m.sum("groundswell_dirty_cells") == 0 and
                              m.sum("groundswell_parked_inputs") == 0 for m in seen)


def wait_quiet(services, seconds=120):
    """Until everything has been read for QUIET_S, so that what it changed is written. Windows go on
    draining after that, so some cells are always dirty."""
    since = [None, None]

    def quiet():
        seen = with_tasks(services)
        place = sum(m.offsets() for m in seen)
        if not seen or place != since[1] or \
                any(m.lag() != 0 or m.sum("groundswell_parked_inputs") for m in seen):
            since[:] = time.monotonic(), place
        few = sum(m.sum("groundswell_dirty_cells") for m in seen) <= DIRTY_FEW
        return few and time.monotonic() - since[0] > QUIET_S
    wait_for(quiet, "everything is read and written", seconds)
