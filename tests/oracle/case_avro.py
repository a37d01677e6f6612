#!/usr/bin/env python3
"""Goal: the oracle's decoder must agree with another one, and be as strict as it says.
Method: random events, written by fastavro with our schemas and with evolved ones, read by both;
then every truncation and many flipped bytes of them, which must be bad or read as fastavro reads
them.
GS_SEED chooses the run.
"""
import io
import json
import os
import random
import sys
from pathlib import Path

from fastavro import parse_schema, schemaless_reader, schemaless_writer

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("", "lib")]

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import KINDS, SCHEMAS  # noqa: E402
from oracle import avro  # noqa: E402

SEED = int(os.environ.get("GS_SEED", random.randrange(1 << 32)))
print(f"GS_SEED={SEED}")
DRAW = random.Random(SEED)
RECORDS, FLIPS = 300, 40
UNKNOWN = {"x_map": {"a": 1, "b": -70000}, "x_fixed": b"sixsix", "x_list": ["q", ""],
           "x_flag": True}
TEXTS = ("", "hello", "naïve 👍🏽", "x" * 300)


def value_of(schema, name):
    """A value that the event's rules allow."""
    if isinstance(schema, list):
        branch = DRAW.choice(schema)
        return None if branch == "null" else value_of(branch, name)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        return {field["name"]: value_of(field["type"], field["name"]) for field in schema["fields"]}
    if kind == "array":
        return [value_of(schema["items"], "id") for _ in range(DRAW.randrange(4))]
    if kind == "enum":
        return DRAW.choice(schema["symbols"])
    if kind == "string":
        return DRAW.choice(TEXTS[1:3] if name.endswith("id") else TEXTS)
    if kind in ("int", "long"):
        return DRAW.choice((0, 1, 63, 64, 8191, 8192, 1764000000000 if kind == "long" else 70000))
    if kind == "double":
        return DRAW.choice((-1.0, 0.0, 0.25, 1.0))
    return {"boolean": DRAW.random() < 0.5}[kind]


def raw_schema(kind):
    path = next(SCHEMAS.glob(f"*-{kind}.avsc"))
    return json.loads(path.read_text(encoding="utf-8"))


def evolved(kind):
    """Fields in another order, with fields between them that we do not know."""
    schema = raw_schema(kind)
    DRAW.shuffle(schema["fields"])
    unknown = [{"name": "x_map", "type": {"type": "map", "values": "long"}},
               {"name": "x_fixed", "type": {"type": "fixed", "name": "Six", "size": 6}},
               {"name": "x_list", "type": ["null", {"type": "array", "items": "string"}]},
               {"name": "x_flag", "type": "boolean"}]
    for field in unknown:
        schema["fields"].insert(DRAW.randrange(len(schema["fields"]) + 1), field)
    return schema


def fill(schema):
    record = {}
    for field in schema["fields"]:
        name = field["name"]
        record[name] = UNKNOWN[name] if name in UNKNOWN else value_of(field["type"], name)
    return record


def milliseconds(value):
    return round(value.timestamp() * 1000) if hasattr(value, "timestamp") else value


def as_bytes(value):
    return value.encode() if isinstance(value, str) else value


def flat(kind, record):
    """What our reader returns of it."""
    out = [kind]
    for name in avro.FIELDS[kind]:
        value = record[name]
        if name == "campaigns":
            value = None if value is None else [
                (as_bytes(c["campaign_id"]), milliseconds(c["from"]), milliseconds(c["to"]))
                for c in value]
        elif name == "metrics":
            value = tuple((value or {}).get(metric) for metric in avro.METRICS)
        elif f"{kind}.{name}" not in avro.SYMBOLS:
            value = as_bytes(value)
        out.append(milliseconds(value))
    return tuple(out)


def encoded(schema, record):
    out = io.BytesIO()
    schemaless_writer(out, schema, record)
    return out.getvalue()


def each(evolve):
    for kind in KINDS:
        schema = evolved(kind) if evolve else raw_schema(kind)
        reader, code = avro.compile_reader(json.dumps(schema))
        equal(code, None, kind)
        yield kind, schema, reader


def agree(evolve):
    for kind, raw, reader in each(evolve):
        schema = parse_schema(raw)
        for _ in range(RECORDS):
            record = fill(schema)
            equal(reader(encoded(schema, record), 0), flat(kind, record), kind)


def test_same_schemas():
    agree(False)


def test_evolved_schemas():
    for _ in range(5):
        agree(True)


def read(reader, data):
    try:
        return reader(data, 0)
    except (avro.Bad, IndexError):
        return None


def test_truncations_are_bad():
    for kind, raw, reader in each(False):
        schema = parse_schema(raw)
        data = encoded(schema, fill(schema))
        for size in range(len(data)):
            equal(read(reader, data[:size]), None, f"{kind} {data!r} to {size}")


def test_flipped_bytes():
    accepted = rejected = 0
    for kind, raw, reader in each(False):  # what is skipped may be jumped over unread
        schema, other = parse_schema(raw), parse_schema(plain(raw))
        for _ in range(RECORDS // 10):
            data = bytearray(encoded(schema, fill(schema)))
            for _ in range(FLIPS):
                at = DRAW.randrange(len(data))
                old, data[at] = data[at], DRAW.randrange(256)
                found = read(reader, bytes(data))
                if found is None:
                    rejected += 1
                else:
                    accepted += 1
                    equal(found, other_reading(kind, other, bytes(data)), f"{kind} {bytes(data)!r}")
                data[at] = old
    assert accepted > 100 and rejected > 100, (accepted, rejected)


def plain(node):
    """The schema with the same bytes, but without texts and times, which could be no such ones."""
    if isinstance(node, list):
        return [plain(branch) for branch in node]
    if isinstance(node, dict):
        return {name: plain(value) if name in ("type", "items", "fields") else value
                for name, value in node.items() if name != "logicalType"}
    return "bytes" if node == "string" else node


def other_reading(kind, schema, data):
    stream = io.BytesIO(data)
    record = schemaless_reader(stream, schema, handle_unicode_errors="replace")
    equal(stream.read(), b"", "left over")
    return flat(kind, record)


def test_schemas_that_cannot_be_used():
    post = raw_schema("PostEvent")
    for change, code in (({"name": "Other"}, "schema_kind"),
                         ({"fields": post["fields"][1:]}, "schema_invalid")):
        equal(avro.compile_reader(json.dumps(post | change))[1], code, str(change)[:60])
    equal(avro.compile_reader("{")[1], "schema_invalid")


cases.main(globals())
