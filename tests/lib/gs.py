"""Events for tests: made from a few fields, encoded as producers do, and produced to Kafka.

    from gs import comment, post, profile, producing
    with producing(bootstrap) as produce:
        produce("social.posts", post("p1", "i1", at=1764000000000, action="PUBLISHED"))
        produce("social.comments", comment("c1", "p1", "i1", at=1764000000500, text="Great!"))

An event is a dict as its schema has it, with what was not given null; encode() and key_of() work on
it. Its record timestamp is its event_time unless produce() is told another one.
"""
import io
import itertools
import json
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from fastavro import parse_schema, schemaless_writer

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
PROFILES, POSTS, COMMENTS, REACTIONS = (f"social.{name}" for name in
                                        ("profiles", "posts", "comments", "reactions"))
INTERNAL = ("groundswell.tasks", "groundswell.dlq", "groundswell.late",
            "groundswell.checkpoints")


def load_schemas(folder=SCHEMAS):
    """Kind -> (schema id, parsed schema)."""
    loaded = {}
    for path in Path(folder).glob("*.avsc"):
        schema = parse_schema(json.loads(path.read_text(encoding="utf-8")))
        loaded[schema["name"].rsplit(".", 1)[-1]] = (int(path.name.split("-")[0]), schema)
    return loaded


KINDS = load_schemas()
NUMBERS = itertools.count(1)


def event(kind, fields):
    """A dict with every field of the kind; "kind" itself is the record's name under `_kind`."""
    return {"_kind": kind, **{field["name"]: None for field in KINDS[kind][1]["fields"]}, **fields}


def profile(influencer_id, at=0, **fields):
    return event("InfluencerProfile", {"influencer_id": influencer_id, "updated_at": at, **fields})


def numbered(at, platform, event_id):
    """event_id: unique in this process unless given."""
    return {"event_id": event_id or f"e{next(NUMBERS)}", "event_time": at, "platform": platform}


def post(post_id, influencer_id, at, action="METRICS", event_id=None, metrics=None, **fields):
    """metrics: a dict of those that are told."""
    if metrics is not None:
        metrics = {field["name"]: metrics.get(field["name"])
                   for field in metrics_schema()["fields"]}
    return event("PostEvent", numbered(at, fields.pop("platform", "instagram"), event_id) | {
        "post_id": post_id, "influencer_id": influencer_id, "action": action, "metrics": metrics,
        **fields})


def metrics_schema():
    fields = {field["name"]: field for field in KINDS["PostEvent"][1]["fields"]}
    return fields["metrics"]["type"][1]


def comment(comment_id, post_id, influencer_id, at, actor_id="someone", action="CREATED",
            event_id=None, **fields):
    return event("CommentEvent", numbered(at, fields.pop("platform", "instagram"), event_id) | {
        "comment_id": comment_id, "post_id": post_id, "influencer_id": influencer_id,
        "actor_id": actor_id, "action": action, **fields})


def reaction(kind, post_id, influencer_id, at, op="ADD", event_id=None, **fields):
    return event("ReactionEvent", numbered(at, fields.pop("platform", "instagram"), event_id) | {
        "kind": kind, "op": op, "post_id": post_id, "influencer_id": influencer_id, **fields})


def frame(schema_id, body):
    """Confluent framing."""
    return b"\0" + schema_id.to_bytes(4, "big") + body


def encode(made):
    schema_id, schema = KINDS[made["_kind"]]
    out = io.BytesIO()
    schemaless_writer(out, schema, {name: value for name, value in made.items() if name != "_kind"})
    return frame(schema_id, out.getvalue())


def key_of(made):
    return made["influencer_id"].encode()


def time_of(made):
    return made["updated_at"] if made["_kind"] == "InfluencerProfile" else made["event_time"]


def create_topics(bootstrap, partitions, topics=(PROFILES, POSTS, COMMENTS, REACTIONS, *INTERNAL),
                  config=None):
    """The inputs and the topics that the service needs, all with the same number of partitions."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    made = admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})
                                for topic in topics])
    for done in made.values():
        done.result(timeout=30)


@contextmanager
def producing(bootstrap, **properties):
    """produce(topic, event or bytes or None, key=, timestamp=, partition=); at the end everything
    has been delivered, or an exception says what was not."""
    failed = []
    kafka = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random",
                      "linger.ms": 5, "enable.idempotence": True,
                      "queue.buffering.max.messages": 500000, **properties})

    def delivered(error, _):
        if error:
            failed.append(str(error))

    def produce(topic, made, key=None, timestamp=None, partition=None):
        if isinstance(made, dict):
            key = key_of(made) if key is None else key
            timestamp = time_of(made) if timestamp is None else timestamp
            made = encode(made)
        where = {} if partition is None else {"partition": partition}
        while True:
            try:
                kafka.produce(topic, made, key, timestamp=timestamp or 0, on_delivery=delivered,
                              **where)
                return
            except BufferError:
                kafka.poll(0.1)

    yield produce
    left = kafka.flush(60)
    if left or failed:
        raise RuntimeError(f"{left} records not delivered, {len(failed)} failed: {failed[:3]}")


def read_topic(bootstrap, topic):
    """All records: [(key, value, headers)]."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "look",
                         "enable.partition.eof": True})
    numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
    records, ended = [], 0
    while ended < len(numbers):
        message = consumer.poll(10)
        assert message is not None, f"the end of {topic} was not reached"
        if message.error():
            ended += 1
        else:
            records.append((message.key(), message.value(), dict(message.headers() or [])))
    consumer.close()
    return records


class MockCluster:
    """librdkafka's broker, inside this process, for as long as it is referred to. It has the
    default topics, with 4 partitions each."""

    def __init__(self):
        self.producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock:1",
                                  "log_level": 2})
        broker = list(self.producer.list_topics(timeout=10).brokers.values())[0]
        self.bootstrap = f"{broker.host}:{broker.port}"
        for topic in (PROFILES, POSTS, COMMENTS, REACTIONS, *INTERNAL):
            self.producer.list_topics(topic, timeout=10)  # asking for it makes it
