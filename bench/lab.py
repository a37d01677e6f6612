"""What a measurement needs around it: a private Kafka and Redis on loopback, the program's
configuration, and what machine this is. Everything is stopped at the end."""
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/lib"))
import gs  # noqa: E402  (tests/lib/gs.py: topics, events, producing)

BIN = os.environ.get("GS_BIN", str(ROOT / "build/release/groundswell"))
KAFKA_SH = str(ROOT / "tests/kafka/kafka.sh")
START_LIMIT_S = 20


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


@contextmanager
def kafka(folder, niceness=0, **settings):
    """The bootstrap address of a fresh broker."""
    arguments = [f"{name.replace('_', '.')}={value}" for name, value in settings.items()]
    done = subprocess.run(["nice", "-n", str(niceness), KAFKA_SH, "start", folder, *arguments],
                          check=True, text=True, stdout=subprocess.PIPE)
    try:
        yield done.stdout.strip().splitlines()[-1]
    finally:
        subprocess.run([KAFKA_SH, "stop", folder], check=False)


@contextmanager
def redis_server(folder):
    """The port of a fresh server without persistence."""
    port = free_port()
    with open(Path(folder) / "redis.log", "wb") as log:
        process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", folder], stdout=log, stderr=log)
    try:
        wait_for(lambda: is_up(port), START_LIMIT_S, "redis-server does not answer")
        yield port
    finally:
        process.terminate()
        process.wait()


def is_up(port):
    try:
        return redis.Redis(port=port).ping()
    except redis.exceptions.RedisError:
        return False


def wait_for(condition, limit_s, what):
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what} within {limit_s} s")
        time.sleep(0.01)


class Lab:
    """Kafka with the topics, Redis, and the program between them."""

    def __init__(self, folder, bootstrap, redis_port):
        self.folder, self.bootstrap, self.redis_port = folder, bootstrap, redis_port
        self.redis = redis.Redis(port=redis_port)

    def settings(self, **more):
        values = {"kafka.bootstrap_servers": self.bootstrap,
                  "schemas.dir": str(ROOT / "schemas"),
                  "redis.url": f"redis://127.0.0.1:{self.redis_port}/0",
                  "admin.listen": "", "log.level": "warn"} | more
        return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]

    def command(self, name, *words, binary=BIN, **more):
        return [binary, name, *self.settings(**more), *words]

    def run_json(self, name, *words, binary=BIN, **more):
        """Runs a command to its end; its JSON. Its log is shown only if it fails."""
        done = subprocess.run(self.command(name, *words, "--json", binary=binary, **more),
                              text=True, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{done.stderr[-2000:]}\nbench: `groundswell {name}` ended with "
                             f"{done.returncode}")
        return json.loads(done.stdout)


@contextmanager
def lab(partitions, **broker):
    """Topics have CreateTime: the generator's record times are kept, and a drain of an hour's
    events is an hour of event time."""
    folder = tempfile.mkdtemp(prefix="groundswell-bench-")
    try:
        with kafka(folder + "/kafka", **broker) as bootstrap, redis_server(folder) as port:
            gs.create_topics(bootstrap, partitions,
                             config={"message.timestamp.type": "CreateTime"})
            yield Lab(folder, bootstrap, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def kafka_version():
    text = (ROOT / "tests/kafka/pom.xml").read_text(encoding="utf-8")
    return text.split("<kafka.version>")[1].split("<")[0]


def circumstances(server):
    """Date, machine and versions, for the JSON."""
    version = subprocess.run([BIN, "version"], text=True, stdout=subprocess.PIPE, check=True)
    return {"date": datetime.now(timezone.utc).strftime("%Y-%m-%d"), "cores": os.cpu_count(),
            "cpu": cpu_name(), "kernel": platform.release(),
            "load_1m": round(os.getloadavg()[0], 2),
            "versions": {"groundswell": version.stdout.split()[-1], "kafka": kafka_version(),
                         "redis": server.info("server")["redis_version"]}}
