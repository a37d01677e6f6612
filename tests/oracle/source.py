"""Reads the input topics, from Kafka or from a dump of them.

A dump is a line of JSON (the topics), then per record: topic number, partition, offset, timestamp,
length of the key and of the value (-1: null), key, value. Written by `python -m oracle dump`.
"""
import json
import struct
import time

from confluent_kafka import (OFFSET_BEGINNING, Consumer, KafkaError, KafkaException,
                             TopicPartition)

HEAD = struct.Struct("<BiqqiI")
NULL = 0xFFFFFFFF
STALL_S = 60
BATCH = 10000


class Stalled(Exception):
    """A topic's end was not reached."""


def consumer(bootstrap, properties=()):
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "oracle",
                     "enable.auto.commit": False, "enable.partition.eof": True,
                     "auto.offset.reset": "earliest", "isolation.level": "read_committed",
                     "fetch.wait.max.ms": 50, **dict(properties)})


def partitions_of(kafka, topic):
    found = kafka.list_topics(topic, timeout=30).topics[topic]
    if found.error:
        raise Stalled(f"{topic}: {found.error}")
    return sorted(found.partitions)


def ends_of(kafka, place):
    """(first offset, end). A broker that has just come back, or that its controller has not heard
    of for a moment, leads nothing yet. What is raised can be handed from process to process."""
    begin = time.monotonic()
    while True:
        try:
            return kafka.get_watermark_offsets(place, timeout=30)
        except KafkaException as error:
            if time.monotonic() - begin > STALL_S:
                raise Stalled(f"{place.topic} [{place.partition}]: {error}") from None
            time.sleep(0.2)


def everything(_):
    return True


def read_topics(kafka, topics, starts, chosen=everything):
    """Yields (topic, partition, offset, timestamp, key, value) up to the ends as of now. starts:
    topic -> first offset of each partition; chosen: which partitions."""
    wanted, ends = [], {}
    for topic in topics:
        for number in filter(chosen, partitions_of(kafka, topic)):
            place = TopicPartition(topic, number)
            low, high = ends_of(kafka, place)
            first = starts[topic][number] if topic in starts else OFFSET_BEGINNING
            if high > max(low, first):
                ends[topic, number] = high
                wanted.append(TopicPartition(topic, number, first))
    kafka.assign(wanted)
    heard = time.monotonic()
    while ends:
        messages = kafka.consume(BATCH, timeout=0.2)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() - heard > STALL_S:
            raise Stalled(f"nothing read for {STALL_S} s, missing the ends of {sorted(ends)}")
        for message in messages:
            place = message.topic(), message.partition()
            if place not in ends:
                continue
            error, offset = message.error(), message.offset()
            if error:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise Stalled(f"{place}: {error}")
            elif offset < ends[place]:
                yield (*place, offset, message.timestamp()[1], message.key(), message.value())
            if offset + (not error) >= ends[place]:
                del ends[place]
    kafka.unassign()


def write_dump(path, topics, records):
    with open(path, "wb") as file:
        file.write(json.dumps({"topics": list(topics)}).encode() + b"\n")
        number_of = {topic: number for number, topic in enumerate(topics)}
        for topic, partition, offset, stamp, key, value in records:
            file.write(HEAD.pack(number_of[topic], partition, offset, stamp,
                                 -1 if key is None else len(key),
                                 NULL if value is None else len(value)))
            file.write((key or b"") + (value or b""))


def read_dump(path, topics, starts, chosen=everything):
    with open(path, "rb") as file:
        names = json.loads(file.readline())["topics"]
        while head := file.read(HEAD.size):
            number, partition, offset, stamp, key_len, value_len = HEAD.unpack(head)
            key = file.read(key_len) if key_len >= 0 else None
            value = file.read(value_len) if value_len != NULL else None
            topic = names[number]
            if topic in topics and chosen(partition) and \
                    (topic not in starts or offset >= starts[topic][partition]):
                yield topic, partition, offset, stamp, key, value


def fill(world, read, starts=None):
    """Feeds the world with records: the profiles, then the events. read(topics, starts)."""
    settings = world.settings
    profiles = [settings.profiles_topic] if settings.profiles_topic else []
    events = [topic for topic in settings.inputs if topic not in profiles]
    for topics in (profiles, events):
        feeders = {}
        for topic, number, offset, stamp, key, value in read(topics, starts or {}):
            feed = feeders.get((topic, number))
            if feed is None:
                feed = feeders[topic, number] = world.partition(topic, number).feed
            feed(offset, stamp, key, value)
    return world
