"""How long after an event was due its effect can be read in Redis.

Goal: the latency that a reader sees, under load. Method: an open loop. `groundswell generate` puts
a steady load on the topics; beside it, every few ms, a marked comment of one of our own influencers
is produced at its due time, whatever happened to those before it. Its `1m` cell is polled until it
contains the comment's offset (`_at`); latency = then - due time.
"""
import argparse
import json
import signal
import statistics
import subprocess
import threading
import time
from collections import deque

from confluent_kafka import Producer

import lab

COMMENTS = 2  # where the comments topic stands in `_at`
POLL_S = 0.002
DRAIN_S = 15


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run.sh latency", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=20_000, help="events per second of the load")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--probes", type=int, default=20, help="marked events per second")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--flush", default="1s")
    parser.add_argument("--partitions", type=int, default=8)
    return parser.parse_args()


class Probe:
    """One marked comment."""

    def __init__(self, number, due):
        self.due, self.offset, self.seen = due, None, None
        self.influencer = f"probe-{number % 997}"
        self.key = f"gs:v1:{{influencer:{self.influencer}}}:1m"


def produce(bootstrap, probes, per_second, seconds, start):
    """Each at its due time; the offset comes with the broker's acknowledgement."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random",
                         "linger.ms": 0})

    def acknowledged(probe):
        def on_delivery(error, message):
            if error:
                raise SystemExit(f"bench: a marked event was not delivered: {error}")
            probe.offset = message.offset()
        return on_delivery

    for number in range(per_second * seconds):
        probe = Probe(number, start + number / per_second)
        while (left := probe.due - time.time()) > 0:
            producer.poll(min(left, 0.002))
        made = lab.gs.comment(f"probe-comment-{number}", "probe-post", probe.influencer,
                              at=int(probe.due * 1000), text="What a lovely surprise!")
        producer.produce(lab.gs.COMMENTS, lab.gs.encode(made), lab.gs.key_of(made),
                         timestamp=lab.gs.time_of(made), on_delivery=acknowledged(probe))
        probes.append(probe)
        producer.poll(0)
    producer.flush(30)


def contains(cell, probe):
    return cell is not None and json.loads(cell)["_at"][COMMENTS] > probe.offset


def look(server, waiting):
    """One look at the cells of all probes that are under way; those still not seen."""
    asked = [probe for probe in waiting if probe.offset is not None]
    cells = server.mget([probe.key for probe in asked]) if asked else []
    now = time.time()
    for probe, cell in zip(asked, cells):
        if contains(cell, probe):
            probe.seen = now
    return [probe for probe in waiting if probe.seen is None]


def poll(server, probes, producing):
    waiting, taken, lag = [], 0, deque()
    deadline = None
    while True:
        new = probes[taken:]
        taken += len(new)
        waiting = look(server, waiting + new)
        if time.time() - (lag[-1][0] if lag else 0) > 5:
            lag.append((time.time(), heartbeat_lag(server)))
        if not producing.is_alive():
            deadline = deadline or time.time() + DRAIN_S
            if (not waiting and taken == len(probes)) or time.time() > deadline:
                return waiting, [value for _, value in lag]
        time.sleep(POLL_S)


def heartbeat_lag(server):
    """Records behind the ends of the logs, as the process says of itself."""
    return sum(int(server.hget(key, "lag") or 0) for key in server.keys("gs:v1:instance:*"))


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(here, options):
    log = open(here.folder + "/service.log", "wb")  # malformed records are reported in it
    service = subprocess.Popen(here.command("run", **{"workers": options.workers,
                                                      "flush.interval": options.flush}),
                               stderr=log)
    load = None
    try:
        lab.wait_for(lambda: here.redis.keys("gs:v1:instance:*"), 60, "no heartbeat of the service")
        load = subprocess.Popen(
            here.command("generate", "--rate", str(options.rate), "--json", "--events",
                         str(options.rate * (options.seconds + 10)), "--influencers", "10000"),
            stdout=subprocess.PIPE, text=True)
        lab.wait_for(lambda: here.redis.dbsize() > 2000, 60, "no cells of the load")
        probes = []
        producing = threading.Thread(target=produce, args=(
            here.bootstrap, probes, options.probes, options.seconds, time.time() + 5))
        producing.start()
        lost, lag = poll(here.redis, probes, producing)
        made = json.loads(load.communicate(timeout=60)[0])
        return probes, lost, lag, made
    finally:
        for process in (load, service):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
        log.close()


def main():
    options = arguments()
    with lab.lab(options.partitions) as here:
        probes, lost, lag, made = measure(here, options)
        around = lab.circumstances(here.redis)
    if lost:
        raise SystemExit(f"bench: {len(lost)} of {len(probes)} marked events were never readable")
    flush_ms = int(options.flush.rstrip("s")) * 1000
    waits = [(probe.seen - probe.due) * 1000 for probe in probes]
    found = {"p50_ms": statistics.median(waits), "p99_ms": quantile(waits, 0.99),
             "max_ms": max(waits)}
    bound_ms = flush_ms + 50
    print(f"{'probes':>7} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9} {'bound ms':>9} "
          f"{'most lag':>9}")
    print(f"{len(waits):>7} {found['p50_ms']:>9.1f} {found['p99_ms']:>9.1f} "
          f"{found['max_ms']:>9.1f} {bound_ms:>9} {max(lag):>9}")
    print(json.dumps({"bench": "latency", **{n: round(v, 2) for n, v in found.items()},
                      "bound_ms": bound_ms, "within_bound": found["p99_ms"] <= bound_ms,
                      "probes": len(waits), "rate": options.rate, "lag": lag,
                      "load_delivered": made["delivered"], "settings": vars(options), **around}))


if __name__ == "__main__":
    main()
