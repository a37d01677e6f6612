#!/usr/bin/env python3
# timeout: 900
"""Goal: a process that dies at any moment costs no more than reading what came since its last
checkpoints, and never a wrong cell; whatever happens to the log of checkpoints costs time only.
Method: a real Kafka, a real Redis. A process is killed at random moments under load and started
again; Redis is emptied each time, so that cells can only come from what was restored. The oracle
judges moments of the run and the end, and that every bad record has come to the DLQ. Then a log
that is missing, made anew, cut off, or full of damaged records, and inputs that have lost records.
"""
import os
import random
import re
import sys
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, OFFSET_BEGINNING, TopicPartition
from confluent_kafka.admin import AdminClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import COMMENTS, INTERNAL, POSTS, PROFILES, REACTIONS  # noqa: E402
from gs import comment, create_topics, post, producing, profile  # noqa: E402
from stack import Stack, compare, oracle, snapshot, wait_for, wait_quiet  # noqa: E402

SEED = int(os.environ.get("GS_SEED", "1"))
CHECKPOINTS, DLQ = INTERNAL[3], INTERNAL[1]
INPUTS = (PROFILES, POSTS, COMMENTS, REACTIONS)
PARTITIONS = 4
RATE = 6000
KILLS = 6
print(f"GS_SEED={SEED}")


class Scene:
    """A process that is started again and again."""

    def __init__(self, stack, interval="300ms", topics=(*INPUTS, *INTERNAL), partitions=PARTITIONS):
        self.stack = stack
        self.kafka, self.redis = stack.kafka(), stack.redis()
        self.partitions = partitions
        create_topics(self.kafka.bootstrap, partitions, topics,
                      config={"message.timestamp.type": "LogAppendTime"})
        self.checkpoint = {"interval": interval, "cycle": "10s"}
        self.process = None

    def start(self, **more):
        config = self.stack.config(self.kafka, self.redis, kafka={"static_membership": "one"},
                                   checkpoint={**self.checkpoint, **more})
        self.process = self.stack.service("service", config)
        return self.process

    def running(self, **more):
        self.start(**more)
        wait_for(lambda: self.begun() == self.partitions, "all tasks have begun", 60)
        return self.process

    def figure(self, name, **labels):
        return self.process.metrics().sum(f"groundswell_{name}", **labels)

    def begun(self):
        return self.figure("tasks_begun_total")

    def kill(self):
        equal(self.process.kill(), -9, "exit code")
        self.redis.client().flushall()

    def more_checkpoints(self, count=1):
        """Until every task has one that was begun after this moment."""
        before = self.figure("checkpoints_total")
        wanted = before + 2 * count * self.partitions

        def newer():
            ages = self.process.metrics().rows("groundswell_checkpoint_age_seconds")
            return self.figure("checkpoints_total") >= wanted and all(age < 2 for _, age in ages)
        wait_for(newer, "every task has a newer checkpoint", 30)

    def quiet(self):
        wait_quiet([self.process])


class Load(threading.Thread):
    def __init__(self, scene, seconds):
        super().__init__(daemon=True)
        self.scene, self.events, self.error = scene, seconds * RATE, None
        self.start()

    def run(self):
        try:
            self.scene.stack.generate(
                self.scene.stack.config(self.scene.kafka, self.scene.redis), "--events",
                str(self.events), "--rate", str(RATE), "--seed", str(SEED), "--influencers", "500",
                "--malformed", "0.01", "--duplicates", "0.01", "--comment-edits", "0.03",
                "--comment-deletions", "0.03", "--comment-repeats", "0.03")
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error

    def done(self):
        self.join(300)
        if self.error:
            raise self.error


def test_killed_at_random():
    chance = random.Random(SEED)
    with Stack("checkpoint") as stack:
        scene = Scene(stack)
        scene.running()
        load = Load(scene, 50)
        kept, read = [], 0
        wait_for(lambda: scene.process.metrics().offsets() > 3 * RATE, "it reads", 60)
        scene.more_checkpoints()
        for number in range(KILLS):
            time.sleep(chance.uniform(0, 4))  # when it dies is left to chance, not waited for
            read += scene.figure("records_total")
            scene.kill()
            scene.running()
            text = scene.process.text()
            equal(text.count("goes on from cut"), PARTITIONS, f"tasks restored at kill {number}")
            equal(scene.figure("tasks_begun_total", **{"from": "nothing"}), 0, "begun anew")
            if number % 2:
                wait_for(lambda: scene.figure("cells_written_total") > 2000, "it writes", 60)
                kept.append(snapshot(scene.redis, f"cells{number}", least=500))
        load.done()
        scene.quiet()
        read += scene.figure("records_total")
        words = [word for path in kept for word in ("--snapshot", path)]
        compare(scene.kafka, scene.redis, "--end", *words, least=2000)
        code, text = oracle("account", "--bootstrap", scene.kafka.bootstrap, "--dlq", DLQ,
                            "--scores", scene.redis.folder / "scores")
        print(text)
        equal(code, 0, "faults of the account: no bad record was lost on its way to the DLQ")
        again = max(0, read / load.events - 1)  # figures are up to a second old at a kill
        print(f"  {again:.1%} of {load.events} records read again after {KILLS} kills")
        assert again < 0.5, again
        assert scene.figure("checkpoint_cycles_total") > 0
        equal(scene.process.term(), 0, "exit code after SIGTERM")

        scene.redis.client().flushall()  # what was stopped in order reads nothing again
        scene.running()
        scene.quiet()
        equal(scene.figure("records_total"), 0, "records read again")
        compare(scene.kafka, scene.redis, "--end", least=2000)


def some(produce, count, first=0):
    """Comments of ten influencers, each by somebody else."""
    now = int(time.time() * 1000)
    for number in range(first, first + count):
        who = f"i{number % 10}"
        produce(COMMENTS, comment(f"c{number}", f"p{who}", who, at=now, actor_id=f"a{number}",
                                  text="I love this"))


def introduce(produce):
    now = int(time.time() * 1000)
    for number in range(10):
        produce(PROFILES, profile(f"i{number}", at=now, followers=1000))
        produce(POSTS, post(f"pi{number}", f"i{number}", at=now, action="PUBLISHED"))


def records(scene, topic):
    consumer = Consumer({"bootstrap.servers": scene.kafka.bootstrap, "group.id": "look",
                         "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING)
                     for number in range(scene.partitions)])
    found, ended = [], 0
    while ended < scene.partitions:
        message = consumer.poll(10)
        assert message is not None, f"the end of {topic} was not reached"
        if message.error():
            ended += 1
        else:
            found.append(message)
    consumer.close()
    return found


def test_log_is_damaged():
    """Damaged and foreign records are passed over; where the front is cut off there is nothing."""
    with Stack("checkpoint") as stack:
        scene = Scene(stack)
        scene.running()
        with producing(scene.kafka.bootstrap) as produce:
            introduce(produce)
            some(produce, 1000)
        scene.quiet()
        scene.more_checkpoints()
        scene.kill()
        held = records(scene, CHECKPOINTS)
        with producing(scene.kafka.bootstrap) as produce:
            for message in held[-20:]:
                flipped = bytearray(message.value())
                flipped[len(flipped) // 2] ^= 1
                produce(CHECKPOINTS, bytes(flipped), partition=message.partition())
            for number in range(PARTITIONS):
                produce(CHECKPOINTS, b"something else", partition=number)
                produce(CHECKPOINTS, None, partition=number)
            some(produce, 100, 1000)
        scene.running()
        equal(scene.figure("tasks_begun_total", **{"from": "checkpoint"}), PARTITIONS, "restored")
        equal(scene.figure("restore_passed_over_total", reason="damaged"), 20 + PARTITIONS,
              "damaged")
        equal(scene.figure("restore_passed_over_total", reason="other_format"), PARTITIONS,
              "records of others")
        scene.quiet()
        assert scene.figure("records_total") < 1000 / 2
        compare(scene.kafka, scene.redis, "--end", least=20)
        scene.more_checkpoints()
        scene.kill()

        # Some barriers are left, but not all that they stand on; more than one cycle follows.
        ends = {}
        for message in records(scene, CHECKPOINTS):
            ends[message.partition()] = message.offset()
        admin = AdminClient({"bootstrap.servers": scene.kafka.bootstrap})
        cut = [TopicPartition(CHECKPOINTS, number, last - 3) for number, last in ends.items()]
        for done in admin.delete_records(cut).values():
            done.result(timeout=30)
        scene.running()
        equal(scene.figure("tasks_begun_total", **{"from": "nothing"}), PARTITIONS, "begun anew")
        assert scene.figure("restore_passed_over_total", reason="incomplete") > 0
        scene.quiet()
        compare(scene.kafka, scene.redis, "--end", least=20)
        scene.more_checkpoints()
        scene.kill()
        scene.running()
        equal(scene.figure("tasks_begun_total", **{"from": "checkpoint"}), PARTITIONS, "restored")
        scene.quiet()
        compare(scene.kafka, scene.redis, "--end", least=20)


def test_log_is_made_anew():
    """While a process writes to it: the next checkpoints hold everything."""
    with Stack("checkpoint") as stack:
        scene = Scene(stack, partitions=1)
        scene.running()
        with producing(scene.kafka.bootstrap) as produce:
            introduce(produce)
            some(produce, 1000)
        scene.quiet()
        scene.more_checkpoints(3)
        admin = AdminClient({"bootstrap.servers": scene.kafka.bootstrap})
        for done in admin.delete_topics([CHECKPOINTS]).values():
            done.result(timeout=30)
        wait_for(lambda: CHECKPOINTS not in admin.list_topics(timeout=10).topics, "it is gone")
        create_topics(scene.kafka.bootstrap, 1, [CHECKPOINTS])
        wait_for(lambda: "the next one holds everything" in scene.process.text(), "it is seen", 90)
        scene.more_checkpoints()
        scene.kill()
        scene.running()
        equal(scene.figure("tasks_begun_total", **{"from": "checkpoint"}), 1, "restored")
        scene.quiet()
        compare(scene.kafka, scene.redis, "--end", least=20)


def test_log_is_missing():
    with Stack("checkpoint") as stack:
        scene = Scene(stack, topics=(*INPUTS, *INTERNAL[:3]), partitions=1)
        process = scene.start()
        equal(process.wait(30), 78, "exit code")
        assert f"missing topics: {CHECKPOINTS}" in process.text(), process.text()
        assert "groundswell topics --apply" in process.text(), process.text()


def test_input_lost_records():
    """Deleted behind the checkpoint, and never read: the partition stops, or goes on if told to."""
    with Stack("checkpoint") as stack:
        scene = Scene(stack, partitions=1)
        scene.running()
        with producing(scene.kafka.bootstrap) as produce:
            introduce(produce)
            some(produce, 100)
        scene.quiet()
        scene.more_checkpoints()
        scene.kill()
        with producing(scene.kafka.bootstrap) as produce:
            some(produce, 100, 100)
        admin = AdminClient({"bootstrap.servers": scene.kafka.bootstrap})
        for done in admin.delete_records([TopicPartition(COMMENTS, 0, 150)]).values():
            done.result(timeout=30)
        scene.running()
        equal(scene.figure("parked_inputs"), 1, "inputs that stand still")
        assert "checkpoint.on_gap: continue" in scene.process.text()
        scene.kill()
        scene.running(on_gap="continue")
        scene.quiet()
        equal(scene.figure("input_gaps_total"), 1, "gaps")
        equal(scene.figure("records_total", topic=COMMENTS, disposition="processed"), 50, "read")
        scene.more_checkpoints()
        scene.kill()
        scene.running()
        equal(scene.figure("input_gaps_total"), 0, "gaps once more")


def seconds_from(begin):
    """The seconds of two minutes, as people read them."""
    return {time.strftime("%m-%d %H:%M:%S", time.gmtime(begin + more)) for more in range(-1, 120)}


def test_a_task_is_inspected():
    with Stack("checkpoint") as stack:
        scene = Scene(stack, partitions=2)
        config = stack.config(scene.kafka, scene.redis)
        code, text = stack.run("inspect", config, "--task", "1", command="inspect")
        equal(code, 0, "exit code")
        assert "checkpoint  none" in text and "owner -" in text, text
        scene.running()
        with producing(scene.kafka.bootstrap) as produce:
            begin = time.time()
            introduce(produce)
            some(produce, 100)
        scene.quiet()
        equal(scene.process.term(), 0, "exit code after SIGTERM")
        ends = {topic: 0 for topic in INPUTS}
        for number in range(2):
            code, text = stack.run("inspect", config, "--task", str(number), command="inspect")
            equal(code, 0, "exit code")
            print(text)
            assert "checkpoint  cut " in text and "owner -" not in text, text
            equal([line for line in text.splitlines() if len(line) > 80], [], "lines that wrap")
            stamps = re.findall(r"\bas[ _]of (.*) UTC$", text, re.M)  # of checkpoint and guard
            assert len(stamps) == 2 and set(stamps) <= seconds_from(begin), text
            for line in text.splitlines()[-len(INPUTS):]:
                topic, _, at, end = line.split()
                equal(at, end, f"checkpoint and end of {topic}")
                ends[topic] += int(end)
        equal(ends, {PROFILES: 10, POSTS: 10, COMMENTS: 100, REACTIONS: 0}, "records")
        code, _ = stack.run("inspect", config, "--task", "2", command="inspect")
        equal(code, 64, "exit code for a task that there is not")


def cut_off(scene, topic):
    """The broker dies and has lost the second half of the topic's only partition. Another leader
    would come with another epoch; here a stop in good order makes one."""
    scene.kafka.stop("KILL")
    log = scene.kafka.folder / "data" / f"{topic}-0" / f"{0:020}.log"
    os.truncate(log, log.stat().st_size // 2)
    scene.kafka.again()
    scene.kafka.stop("TERM")
    scene.kafka.again()


def test_input_was_cut_off():
    """And has grown again, so that the checkpoint's offset is there, but counts other records."""
    with Stack("checkpoint") as stack:
        scene = Scene(stack, partitions=1)
        scene.running()
        with producing(scene.kafka.bootstrap) as produce:
            introduce(produce)
        for batch in range(20):
            with producing(scene.kafka.bootstrap) as produce:
                some(produce, 5, 5 * batch)
        scene.quiet()
        scene.more_checkpoints()
        scene.kill()
        cut_off(scene, COMMENTS)
        with producing(scene.kafka.bootstrap) as produce:
            some(produce, 100, 1000)
        scene.start()
        wait_for(lambda: scene.figure("tasks_started_over_total") == 1, "it starts over", 30)
        scene.quiet()
        compare(scene.kafka, scene.redis, "--end", least=20)
        equal(scene.figure("parked_inputs"), 0, "inputs that stand still")
        scene.more_checkpoints()
        scene.kill()
        scene.running()
        scene.quiet()
        equal(scene.figure("tasks_started_over_total"), 0, "times that it starts over once more")
        equal(scene.figure("tasks_begun_total", **{"from": "checkpoint"}), 1, "restored")
        compare(scene.kafka, scene.redis, "--end", least=20)


cases.main(globals())
