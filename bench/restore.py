"""How long a killed process needs until it is back, and what its checkpoints cost before.

Goal: seconds from the assignment of the tasks to their restored state and to their first cells, and
how long the loop stands still for a checkpoint. Method: a topic with many influencers and posts is
read; then kill -9 and a restart, some times, while a small load goes on, so that every task has
something to write; then a heavy steady load, during which the pauses are measured; then the same
once more, with what that load has left behind. Static membership: the tasks are assigned at once.
The broker and the load give way to the service (nice), since a pause by the clock is to be the
service's own.
"""
import argparse
import json
import re
import signal
import statistics
import subprocess
import time
import urllib.request
from datetime import datetime

import lab

MIX = "comments=0.6,snapshots=0.2,published=0.005,reactions=0.19"
LIMIT_S = 300
NICENESS = 10  # of the broker and the load
SETTLED_S = 3  # figures are a second old


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run.sh restore", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--influencers", type=int, default=65_000)
    parser.add_argument("--posts", type=int, default=2, help="live posts of each")
    parser.add_argument("--events", type=int, default=2_000_000, help="of the fill")
    parser.add_argument("--rate", type=int, default=100_000, help="of the steady load")
    parser.add_argument("--seconds", type=int, default=40, help="of the steady load")
    parser.add_argument("--rate-after", type=int, default=2_000, help="during the restart")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--cycle", default="30m", help="checkpoint.cycle (default 30m)")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=4)
    return parser.parse_args()


class Service:
    """The program with its metrics, and its log as lines of JSON."""

    def __init__(self, here, options, number):
        port = lab.free_port()
        self.here, self.url = here, f"http://127.0.0.1:{port}/metrics"
        self.path = f"{here.folder}/service-{number}.log"
        with open(self.path, "wb") as log:
            self.child = subprocess.Popen(here.command("run", **{
                "workers": options.workers, "admin.listen": f"127.0.0.1:{port}",
                "kafka.static_membership": "bench", "flush.interval": "200ms",
                "checkpoint.cycle": options.cycle,
                "log.level": "info", "log.format": "json"}), stderr=log)

    def figures(self):
        """Name, with its labels if there are any -> value; none while it does not listen yet."""
        if self.child.poll() is not None:
            raise SystemExit(f"bench: the service ended with {self.child.returncode}")
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        return {name: float(value) for name, value in
                (line.removeprefix("groundswell_").rsplit(" ", 1) for line in lines
                 if not line.startswith("#"))}

    def lag(self):
        found = self.figures()
        ends = {name.partition("{")[2]: value for name, value in found.items()
                if name.startswith("end_offset{")}
        next_ones = {name.partition("{")[2]: value for name, value in found.items()
                     if name.startswith("next_offset{")}
        if not ends or min(ends.values()) < 0 or next_ones.keys() - ends.keys():
            return None
        return sum(max(0, ends[name] - value) for name, value in next_ones.items())

    def read(self):
        """Records, of all inputs."""
        return sum(value for name, value in self.figures().items()
                   if name.startswith("next_offset{"))

    def said(self):
        """[(seconds since the epoch, message)]"""
        with open(self.path, encoding="utf-8") as log:
            lines = [json.loads(line) for line in log if line.endswith("}\n")]
        return [(datetime.fromisoformat(line["ts"].replace("Z", "+00:00")).timestamp(),
                 line["msg"]) for line in lines]

    def end(self, number):
        if self.child.poll() is None:
            self.child.send_signal(number)
            self.child.wait(60)


def caught_up(service):
    """Everything is read, and a checkpoint of every task was made after that."""
    lab.wait_for(lambda: service.lag() == 0, LIMIT_S, "the fill is not read")
    read = time.monotonic()

    def is_kept():
        ages = [value for name, value in service.figures().items()
                if name.startswith("checkpoint_age_seconds")]
        return ages and max(ages) + SETTLED_S < time.monotonic() - read
    lab.wait_for(is_kept, 60, "no checkpoints are made")


def load(here, options, rate, seconds, seed):
    return subprocess.Popen(
        ["nice", "-n", str(NICENESS)] +
        here.command("generate", "--rate", str(rate), "--events", str(rate * seconds), "--seed",
                     str(seed), "--influencers", str(options.influencers), "--posts",
                     str(options.posts), "--zipf", "0", "--mix", MIX, "--json"),
        stdout=subprocess.PIPE, text=True)


def buckets(figures):
    """[(upper limit in seconds, pauses up to it)]"""
    form = re.compile(r'checkpoint_pause_seconds_bucket\{le="([^"]+)"\}')
    found = [(form.fullmatch(name), value) for name, value in figures.items()]
    return [(float(match[1]), value) for match, value in found if match]


def quantile(before, after, share):
    """The limit below which so many pauses were, in ms; the longest have no limit."""
    counts = [(limit, count - old) for (limit, count), (_, old) in zip(after, before)]
    wanted = share * counts[-1][1]
    return 1000 * next(limit for limit, count in counts if count >= wanted)


def pauses(here, service, options):
    """Under the steady load."""
    before, longest, lag = service.figures(), 0, []
    running = load(here, options, options.rate, options.seconds, 2)
    while running.poll() is None:
        now = service.figures()
        longest = max(longest, now["checkpoint_pause_seconds_max"])
        lag.append(service.lag() or 0)
        time.sleep(0.2)
    made = json.loads(running.communicate()[0])
    after = service.figures()
    first, last = buckets(before), buckets(after)
    count = last[-1][1] - first[-1][1]
    return {"pauses": int(count),
            "pause_p50_ms_at_most": quantile(first, last, 0.5),
            "pause_p99_ms_at_most": quantile(first, last, 0.99),
            "pause_max_ms": round(1000 * longest, 3),
            "pause_mean_ms": round(1000 * (after["checkpoint_pause_seconds_sum"] -
                                           before["checkpoint_pause_seconds_sum"]) / count, 3),
            "checkpoint_bytes_per_second": round(
                (after["checkpoint_bytes_total"] - before["checkpoint_bytes_total"]) /
                (made["elapsed_ms"] / 1000)),
            "load_events_per_second": round(made["delivered"] / (made["elapsed_ms"] / 1000)),
            "lag_p50": statistics.median(lag)}


def written(here, partitions):
    """When each task last wrote, in seconds since the epoch."""
    return [int(here.redis.hget(f"gs:v1:guard:{task}", "written") or 0) / 1000
            for task in range(partitions)]


def state_of(service):
    figures = service.figures()
    return {name: int(figures[name]) for name in ("entities", "panes", "comments_remembered",
                                                  "state_bytes", "resident_memory_bytes")}


def kill_and_restore(here, options, service, number):
    before = service.read()
    running = load(here, options, options.rate_after, 600, 10 + number)
    try:
        lab.wait_for(lambda: service.read() > before, 60, "no load after the fill")
        service.end(signal.SIGKILL)
        killed = time.time()
        again = Service(here, options, number)
        lab.wait_for(lambda: min(written(here, options.partitions)) > killed, LIMIT_S,
                     "not every task is live again")
        live = max(written(here, options.partitions))
        lab.wait_for(lambda: again.figures().get("tasks_begun_total{from=\"checkpoint\"}") ==
                     options.partitions, 30, "not every task came from a checkpoint")
        figures = again.figures()
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=90)
    said = again.said()
    assigned = next(at for at, text in said if re.search(r"\d tasks? assigned", text))
    goes_on = [(at, text) for at, text in said if "goes on from cut" in text]
    if len(goes_on) != options.partitions:
        raise SystemExit(f"bench: {len(goes_on)} of {options.partitions} tasks said so")
    restored = max(at for at, _ in goes_on)
    seconds = restored - assigned
    return again, {
        "restored_s": seconds, "live_s": live - assigned, "dead_s": live - killed,
        "entries": figures["restore_entries_total"], "bytes": figures["restore_bytes_total"],
        "entries_per_second": figures["restore_entries_total"] / seconds,
        "bytes_per_second": figures["restore_bytes_total"] / seconds,
        "read_again": sum(int(re.search(r"(\d+) records behind", text)[1]) for _, text in goes_on)}


def measure(here, options):
    filled = subprocess.run(
        here.command("generate", "--events", str(options.events), "--span", "20m",
                     "--influencers", str(options.influencers), "--posts", str(options.posts),
                     "--zipf", "0", "--mix", MIX, "--json"), text=True, capture_output=True,
        check=True)
    service = Service(here, options, 0)
    rounds = []
    try:
        for number in range(1, options.kills + 2):
            caught_up(service)
            if number > options.kills:
                found = pauses(here, service, options)
                caught_up(service)
            state = state_of(service)
            service, one = kill_and_restore(here, options, service, number)
            rounds.append(state | one)
        service.end(signal.SIGTERM)
    finally:
        service.end(signal.SIGKILL)
    return found, rounds, json.loads(filled.stdout)["delivered"]


def print_table(found, rounds):
    print(f"{'kill':>5} {'entities':>9} {'panes':>10} {'comments':>10} {'entries':>11} "
          f"{'restored s':>11} {'live s':>7} {'entries/s':>10}")
    for number, one in enumerate(rounds, 1):
        after = " after the load" if number == len(rounds) else ""
        print(f"{number:>5} {one['entities']:>9,} {one['panes']:>10,} "
              f"{one['comments_remembered']:>10,} {one['entries']:>11,.0f} "
              f"{one['restored_s']:>11.2f} {one['live_s']:>7.2f} "
              f"{one['entries_per_second']:>10,.0f}{after}")
    print(f"checkpoints at {found['load_events_per_second']:,} events/s: {found['pauses']} pauses, "
          f"p50 <= {found['pause_p50_ms_at_most']:g} ms, p99 <= {found['pause_p99_ms_at_most']:g} "
          f"ms, mean {found['pause_mean_ms']:g} ms, max {found['pause_max_ms']:g} ms, "
          f"{found['checkpoint_bytes_per_second'] / 1e6:.1f} MB/s")


def main():
    options = arguments()
    with lab.lab(options.partitions, niceness=NICENESS) as here:
        found, rounds, records = measure(here, options)
        around = lab.circumstances(here.redis)
    print_table(found, rounds)
    filled = rounds[:-1]
    medians = {name: round(statistics.median(one[name] for one in filled), 3) for name in filled[0]}
    print(json.dumps({"bench": "restore", **medians, **found, "fill_records": records,
                      "rounds": filled, "after_load": rounds[-1], "settings": vars(options),
                      **around}))


if __name__ == "__main__":
    main()
