"""What chaos happens to: Kafka, Redis with a replica, some processes, a steady load with a ledger,
and readers. What processes counted is kept when they end."""
import json
import math
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from cases import equal  # noqa: E402
from gs import COMMENTS, INTERNAL, POSTS, PROFILES, REACTIONS, create_topics  # noqa: E402
from readers import Samples, Watch  # noqa: E402
from redis_pair import Pair  # noqa: E402
from stack import compare, oracle, wait_for, wait_quiet  # noqa: E402

PARTITIONS = 6
LIVE_AGAIN_S = 40  # after the last fault: a session timeout, a restore, and a hold of 30 s at most
FENCED_EXIT, FENCED_TEXT = 75, "another process has taken this member's place"
BROKERLESS_EXIT, BROKERLESS_TEXT = 69, "no broker answered within"
INPUTS = (PROFILES, POSTS, COMMENTS, REACTIONS)
LOAD = ("--influencers", "400", "--malformed", "0.01", "--duplicates", "0.01", "--disorder", "0.05",
        "--ahead", "0.005", "--comment-edits", "0.03", "--comment-deletions", "0.03",
        "--comment-counters", "0.02", "--comment-repeats", "0.03", "--comment-orphans", "0.02",
        "--comment-reactions", "0.1")
DISPOSITIONS = ("processed", "duplicate", "dlq", "too_late", "ignored")
KEPT = ("tasks_begun_total", "takeovers_total", "guard_outcomes_total", "cells_written_total",
        "checkpoints_total", "restore_entries_total", "holds_ended_early_total",
        "redis_connects_total", "records_total", "restore_failures_total")


class Counts:
    """Sums over processes that are no more."""

    def __init__(self):
        self.rows = {}

    def add(self, metrics):
        for name in KEPT:
            for labels, value in metrics.rows(f"groundswell_{name}"):
                place = name, tuple(sorted(labels.items()))
                self.rows[place] = self.rows.get(place, 0) + value

    def sum(self, name, **labels):
        return sum(value for (held, given), value in self.rows.items() if held == name and
                   all(dict(given).get(label) == wanted for label, wanted in labels.items()))


class Scene:
    def __init__(self, stack, seed, rate, static=(), names=("one", "two", "three")):
        self.stack, self.seed, self.rate, self.static = stack, seed, rate, static
        self.kafka, self.pair = stack.kafka(), Pair(stack)
        # With the producer's time a profile that waits while the broker is down would be stamped
        # before comments that were judged without it.
        create_topics(self.kafka.bootstrap, PARTITIONS,
                      config={"message.timestamp.type": "LogAppendTime"})
        self.gone, self.seen, self.revived = Counts(), {}, {"fenced": 0, "brokerless": 0}
        self.started, self.broker_back = {}, -math.inf
        self.services = {name: self.start(name) for name in names}
        self.loads, self.ledgers = [], []
        self.live_again("every task writes", 60)
        self.watch = Watch(self.pair, seed)
        self.samples = Samples(self.pair, stack.folder / f"samples-{time.monotonic_ns()}", seed)

    # ---------------------------------------------------------------- processes

    def config(self, name):
        kafka = {"static_membership": name} if name in self.static else {}
        config = self.stack.config(self.kafka, self.pair, workers=2, kafka=kafka,
                                   checkpoint={"interval": "1s", "cycle": "20s"})
        config["redis"]["timeout"] = "2s"
        return config

    def start(self, name):
        self.started[name] = time.monotonic()
        return self.stack.service(name, self.config(name))

    def again(self, name):
        self.services[name] = self.start(name)

    def keep_counts(self, name):
        """Up to a second old, when it is killed."""
        try:
            self.gone.add(self.services[name].metrics())
        except OSError:
            pass  # it does not listen yet

    def kill(self, name):
        """What it said; again() starts it."""
        self.running()
        self.keep_counts(name)
        service = self.services.pop(name)
        equal(service.kill(), -9, "exit code")
        return service.text()

    def term(self, name):
        self.running()
        self.keep_counts(name)
        equal(self.services.pop(name).term(), 0, "exit code after SIGTERM")

    def running(self, but=None):
        """Their metrics; of those that are only starting there are none."""
        found = []
        for name, service in list(self.services.items()):
            if name == but:
                continue
            if not service.running():
                self.revive(name)
                continue
            try:
                self.seen[name] = service.metrics()
            except OSError:
                continue
            found.append(self.seen[name])
        return found

    def revive(self, name):
        """As a supervisor would. Who has a static place and was away for a whole session may be
        fenced by its own next life: librdkafka then ends for good, and so does the process. And who
        is started while the broker is down ends after 10 s, before it has done anything."""
        service = self.services[name]
        code, text = service.child.returncode, service.text()
        fenced = name in self.static and code == FENCED_EXIT and FENCED_TEXT in text
        brokerless = code == BROKERLESS_EXIT and BROKERLESS_TEXT in text and \
            "assigned (generation" not in text and self.broker_back > self.started[name]
        if not fenced and not brokerless:
            service.check()
        self.revived["fenced" if fenced else "brokerless"] += 1
        if fenced:
            self.gone.add(self.seen[name])
        self.again(name)

    @contextmanager
    def broker_away(self):
        """In this the broker may be away, and only who was started before its end may miss it."""
        self.broker_back = math.inf
        yield
        self.broker_back = time.monotonic()

    def total(self, name, but=None, **labels):
        """Of all that ever were; but: of one that does not answer."""
        return self.gone.sum(name, **labels) + sum(
            metrics.sum(f"groundswell_{name}", **labels) for metrics in self.running(but))

    def tasks(self, name):
        if not self.services[name].running():
            self.revive(name)
        return self.services[name].metrics().sum("groundswell_tasks")

    def live_tasks(self):
        return sum(len(metrics.rows("groundswell_task_state", state="live"))
                   for metrics in self.running())

    def live_again(self, what="every task writes again", seconds=LIVE_AGAIN_S):
        begin = time.monotonic()
        wait_for(lambda: self.live_tasks() == PARTITIONS, what, seconds)
        return time.monotonic() - begin

    # ---------------------------------------------------------------- the load

    def load(self):
        number = len(self.loads)
        ledger = self.stack.folder / f"ledger-{time.monotonic_ns()}"
        config = self.stack.config(self.kafka, self.pair)
        self.loads.append(self.stack.service(
            f"load{number}", config, "--rate", str(self.rate), "--seed",
            str(self.seed + 1000 * number), "--ledger", str(ledger), *LOAD, command="generate"))
        self.ledgers.append(ledger)
        self.read_more(self.rate)

    def offsets(self):
        return sum(metrics.offsets() for metrics in self.running())

    def load_ends(self):
        load = self.loads[-1]
        if load.running():
            equal(load.term(90), 0, "exit code of generate")
        else:
            raise AssertionError(f"the load ended:\n{load.text()}")

    def read_more(self, records):
        goal = self.offsets() + records
        wait_for(lambda: self.offsets() >= goal, f"{records} more records are read", 60)

    # ---------------------------------------------------------------- the judgement

    def observe(self):
        self.watch.start()
        self.samples.start()

    def judge(self, least=1000):
        """After the faults: everything is read and written, and all of it is right."""
        self.load_ends()
        wait_quiet(list(self.services.values()), 180)
        self.watch.stop()
        self.samples.stop()
        before = self.dispositions()
        self.load()
        self.read_more(2 * self.rate)
        self.load_ends()
        wait_quiet(list(self.services.values()), 180)
        self.sums_add_up(before)
        words = [word for path in self.samples.files for word in ("--snapshot", str(path))]
        cells = compare(self.kafka, self.pair, "--end", *words, least=least)
        self.readers_saw_order()
        equal(self.total("forward_pending"), 0, "dead letters that nobody has acknowledged")
        self.ledger_agrees()
        print(f"  {cells} cells right, {self.samples.cells} of them at {len(self.samples.files)} "
              f"moments of the run; {self.watch.looks} looks, {self.watch.moved} times a cell had "
              "moved on")

    def readers_saw_order(self):
        assert self.watch.moved > 1000, f"only {self.watch.moved} cells have been seen to move on"
        equal(self.total("holds_ended_early_total"), 0, "holds ended early")
        for key, before, now in self.watch.back[:10]:
            print(f"  went back: {key} from {before} to {now}")
        equal(len(self.watch.back), 0, "times that a reader saw a cell go back")

    def dispositions(self):
        """(topic, partition) -> what became of its records, and where its owner stands."""
        found = {}
        for metrics in self.running():
            for labels, value in metrics.rows("groundswell_next_offset"):
                place = labels["topic"], int(labels["partition"])
                counts = [int(metrics.sum("groundswell_records_total", topic=place[0],
                                          partition=place[1], disposition=name))
                          for name in DISPOSITIONS]
                assert place not in found, f"{place} has two owners"
                found[place] = sum(counts), int(value)
        equal(len(found), PARTITIONS * len(INPUTS), "partitions that are read")
        return found

    def sums_add_up(self, before):
        """Each record is one of these, in every partition; nobody has died in between."""
        for place, (count, offset) in self.dispositions().items():
            equal(count - before[place][0], offset - before[place][1], f"records of {place}")

    def ledger_agrees(self):
        """Every record that was to be produced is in its topic once, every bad one in the DLQ."""
        code, text = oracle("account", "--json", "--bootstrap", self.kafka.bootstrap, "--dlq",
                            INTERNAL[1], "--scores", self.pair.folder / "scores")
        rows = re.search(r"^\{.*\}$", text, re.M)
        assert code == 0 and rows, f"faults of the account: {text}"
        found = {(row["topic"], int(row["partition"])): row["records"]
                 for row in json.loads(rows[0])["partitions"]}
        wanted = {}
        for ledger in self.ledgers:
            for line in ledger.read_text(encoding="ascii").splitlines()[1:]:
                _, topic, partition, *_ = line.split()
                place = topic, int(partition)
                wanted[place] = wanted.get(place, 0) + 1
        for place, count in found.items():
            equal(count, wanted.get(place, 0), f"records of {place}, and lines of the ledgers")
        print(f"  {sum(found.values())} records, as the ledgers say")
