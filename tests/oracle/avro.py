"""Record bytes -> fields, or the reason why the record is bad.

For each writer's schema a Python function is generated: it reads our fields by name, skips what we
do not know, and checks what the events promise. It is as strict as the specification: general Avro
readers accept lengths below zero and values that end early, and a record is bad or not in one way
only. The self test holds it against fastavro.

A reader returns a tuple: the kind, then the fields of FIELDS[kind]. Strings are bytes.
"""
import json
import os
import struct

RECORD_BYTES_MAX = 4 << 20
ID_BYTES_MAX = 200
COUNT_MAX = 10**15
MICROS_MAX = 10**17
TIME_MS_MAX = 253402300799999
BRANDS_MAX = 8
CAMPAIGNS_MAX = 256

METRICS = ("likes", "dislikes", "comments", "shares", "saves", "views", "reach", "impressions",
           "clicks")

# name -> (sort of value, required). A tuple in place of the sort is a record of such fields.
COMMON = {"event_id": ("id", True), "event_time": ("time", True), "platform": ("text", True),
          "post_id": ("id", True), "influencer_id": ("id", True), "brand_ids": ("brands", False),
          "campaign_id": ("id", False)}
ACTOR = {"followers": ("count", False), "following": ("count", False), "posts": ("count", False),
         "created_at": ("time", False)}
CAMPAIGN = {"campaign_id": ("id", True), "brand_id": ("id", False),
            "cost_micros": ("micros", False), "from": ("time", False), "to": ("time", False),
            "goal": ("enum", False)}
RECORDS = {
    "InfluencerProfile": {
        "influencer_id": ("id", True), "updated_at": ("time", True), "handle": ("text", False),
        "platform": ("text", False), "followers": ("count", False), "following": ("count", False),
        "campaigns": ("campaigns", False)},
    "PostEvent": {
        **COMMON, "action": ("enum", True), "text": ("text", False), "lang": ("text", False),
        "cost_micros": ("micros", False), "followers": ("count", False),
        "created_at": ("time", False), "temporality": ("enum", False),
        "metrics": ({name: ("count", False) for name in METRICS}, False)},
    "CommentEvent": {
        **COMMON, "action": ("enum", True), "comment_id": ("id", True), "actor_id": ("id", True),
        "parent_id": ("id", False), "text": ("text", False), "lang": ("text", False),
        "likes": ("count", False), "replies": ("count", False), "shares": ("count", False),
        "sentiment": ("score", False), "actor": (ACTOR, False)},
    "ReactionEvent": {
        **COMMON, "kind": ("enum", True), "op": ("enum", True), "comment_id": ("id", False),
        "actor_id": ("id", False), "count": ("count", False), "value_micros": ("micros", False)},
}
SYMBOLS = {
    "PostEvent.action": ("PUBLISHED", "EDITED", "METRICS", "DELETED"),
    "CommentEvent.action": ("CREATED", "EDITED", "METRICS", "DELETED"),
    "ReactionEvent.kind": ("LIKE", "DISLIKE", "SHARE", "QUOTE", "SAVE", "CLICK", "VIEW",
                           "CONVERSION"),
    "ReactionEvent.op": ("ADD", "REMOVE"),
    "PostEvent.temporality": ("CUMULATIVE", "DELTA"),
    "InfluencerProfile.campaigns.goal": ("AWARENESS", "ENGAGEMENT", "SALES", "IMAGE"),
}
# What a reader returns, after the kind. campaigns: a list of (campaign_id, from, to).
FIELDS = {
    "InfluencerProfile": ("influencer_id", "updated_at", "handle", "platform", "followers",
                          "campaigns"),
    "PostEvent": ("event_id", "event_time", "influencer_id", "post_id", "campaign_id", "action",
                  "text", "followers", "created_at", "temporality", "metrics"),
    "CommentEvent": ("event_id", "event_time", "influencer_id", "post_id", "campaign_id", "action",
                     "comment_id", "actor_id", "text", "lang", "sentiment", "likes", "replies",
                     "shares"),
    "ReactionEvent": ("event_id", "event_time", "influencer_id", "post_id", "campaign_id", "kind",
                      "op", "comment_id", "count", "value_micros"),
}
ACCEPTS = {"id": ("string", "bytes"), "text": ("string", "bytes"), "count": ("int", "long"),
           "micros": ("int", "long"), "time": ("int", "long"), "enum": ("enum",),
           "score": ("int", "long", "float", "double"), "brands": ("array",),
           "campaigns": ("array",)}
LIMITS = {"count": COUNT_MAX, "micros": MICROS_MAX, "time": TIME_MS_MAX}


class Bad(Exception):
    """A record that nobody can use; its text is the code."""


class Unusable(Exception):
    """A writer's schema that does not give us what we need."""


def varint(data, at):
    """An unsigned number of at most 64 bits, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        if shift == 63 and byte > 1:
            raise Bad("varint")
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def length(data, at):
    """Where the bytes begin and end whose length stands at `at`."""
    raw, at = varint(data, at)
    if raw & 1:
        raise Bad("length")
    end = at + (raw >> 1)
    if end > len(data):
        raise Bad("truncated")
    return at, end


def blocks(data, at):
    """The head of a block of an array or map: (items, first byte, end if the writer gave it)."""
    raw, at = varint(data, at)
    count = (raw >> 1) + (raw & 1)
    return (count, *length(data, at)) if raw & 1 else (count, at, None)


class Schema:
    """A parsed schema: types as dicts or primitive names, references resolved by name."""

    def __init__(self, text):
        self.names = {}
        self.root = self.named(json.loads(text), "")

    def named(self, node, namespace):
        """Registers the names below node and puts full names in place of relative ones."""
        if isinstance(node, list):
            return [self.named(branch, namespace) for branch in node]
        if isinstance(node, str):
            full = f"{namespace}.{node}" if namespace and "." not in node else node
            return full if full in self.names else node
        kind = node["type"]
        if isinstance(kind, (dict, list)):
            return self.named(kind, namespace)
        if kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            return {"type": kind, "of": self.named(node[inner], namespace)}
        if kind not in ("record", "error", "enum", "fixed"):
            return {**node, "type": self.named(kind, namespace)}
        name, space = node["name"], node.get("namespace", namespace)
        if "." in name:
            space, name = name.rsplit(".", 1)
        made = {**node, "type": "record" if kind == "error" else kind, "unqualified": name}
        self.names[f"{space}.{name}" if space else name] = made
        if "fields" in made:
            made["fields"] = [{**field, "type": self.named(field["type"], space)}
                              for field in node["fields"]]
        return made

    def resolve(self, node):
        """(kind, node): the node is a dict, or a list of branches for a union."""
        while True:
            if isinstance(node, list):
                return "union", node
            if isinstance(node, str):
                if node not in self.names:
                    return node, {"type": node}
                node = self.names[node]
            elif isinstance(node["type"], str) and node["type"] not in self.names:
                return node["type"], node
            else:
                node = node["type"]

    def skip(self, data, at, node):
        """Where a value ends that nobody reads."""
        kind, node = self.resolve(node)
        if kind == "null":
            return at
        if kind in ("int", "long", "enum"):
            return varint(data, at)[1]
        if kind in ("string", "bytes"):
            return length(data, at)[1]
        if kind == "union":
            raw, at = varint(data, at)
            if raw & 1 or raw >> 1 >= len(node):
                raise Bad("union")
            return self.skip(data, at, node[raw >> 1])
        if kind == "record":
            for field in node["fields"]:
                at = self.skip(data, at, field["type"])
            return at
        if kind in ("array", "map"):
            return self.skip_items(data, at, kind, node["of"])
        at += {"boolean": 1, "float": 4, "double": 8}.get(kind) or node["size"]
        if at > len(data):
            raise Bad("truncated")
        return at

    def skip_items(self, data, at, kind, of):
        while True:
            count, at, end = blocks(data, at)
            if count == 0:
                return at
            if end is not None:
                at = end
                continue
            for _ in range(count):
                first = at
                if kind == "map":
                    at = length(data, at)[1]
                at = self.skip(data, at, of)
                if at == first:  # items without bytes, however many
                    break


class Writer:
    """Writes the Python of one reader."""

    def __init__(self, schema):
        self.schema = schema
        self.lines = []
        self.skipped = []  # nodes that the generic skip passes over
        self.symbols = []  # one tuple per enum
        self.numbers = 0

    def put(self, depth, text):
        self.lines.append("    " * depth + text)

    def fresh(self):
        self.numbers += 1
        return f"x{self.numbers}"

    def put_varint(self, depth, name):
        self.put(depth, f"{name} = data[at]; at += 1")
        self.put(depth, f"if {name} > 127: {name}, at = varint(data, at - 1)")

    def put_string(self, depth, name):
        self.put_varint(depth, "n")
        self.put(depth, "if n & 1: raise Bad('length')")
        self.put(depth, "end = at + (n >> 1)")
        self.put(depth, "if end > size: raise Bad('truncated')")
        self.put(depth, f"{name} = data[at:end]; at = end")

    def put_integer(self, depth, name, sort, node):
        self.put_varint(depth, name)
        self.put(depth, f"{name} = ({name} >> 1) ^ -({name} & 1)")
        logical = node.get("logicalType")
        if sort == "time" and logical == "timestamp-micros":
            self.put(depth, f"{name} //= 1000")
        low = "range" if sort == "time" else "negative"
        self.put(depth, f"if {name} < 0: raise Bad('{low}')")
        self.put(depth, f"if {name} > {LIMITS[sort]}: raise Bad('range')")

    def put_score(self, depth, name, kind):
        if kind in ("int", "long"):
            self.put_varint(depth, name)
            self.put(depth, f"{name} = float(({name} >> 1) ^ -({name} & 1))")
        else:
            size, form = (8, "read_double") if kind == "double" else (4, "read_float")
            self.put(depth, f"if at + {size} > size: raise Bad('truncated')")
            self.put(depth, f"{name} = {form}(data, at)[0]; at += {size}")
        self.put(depth, f"if not -1.0 <= {name} <= 1.0: raise Bad('range')")

    def put_enum(self, depth, name, node, path):
        ours = SYMBOLS[path]
        self.symbols.append(tuple(s if s in ours else "UNKNOWN" for s in node["symbols"]))
        self.put_varint(depth, name)
        self.put(depth, f"if {name} & 1 or {name} >> 1 >= {len(node['symbols'])}: "
                        "raise Bad('union')")
        self.put(depth, f"{name} = symbols[{len(self.symbols) - 1}][{name} >> 1]")

    def put_array(self, depth, name, sort, node, path):
        left, seen = self.fresh(), self.fresh()
        most = BRANDS_MAX if sort == "brands" else CAMPAIGNS_MAX
        self.put(depth, f"{name} = []; {seen} = 0")
        self.put(depth, "while True:")
        self.put(depth + 1, f"{left}, at, _ = blocks(data, at)")
        self.put(depth + 1, f"if {left} == 0: break")
        self.put(depth + 1, f"{seen} += {left}")
        self.put(depth + 1, f"if {seen} > {most}: raise Bad('range')")
        self.put(depth + 1, f"for _ in range({left}):")
        if sort == "brands":
            self.put_value(depth + 2, self.fresh(), ("id", True), node["of"], path)
            return
        names = self.put_value(depth + 2, self.fresh(), (CAMPAIGN, True), node["of"], path)
        self.put(depth + 2, f"{name}.append(({names['campaign_id']}, {names['from']}, "
                            f"{names['to']}))")

    def put_plain(self, depth, name, sort, node, path):
        """A value that is no union; for a record, the names of its fields."""
        kind, node = self.schema.resolve(node)
        if isinstance(sort, dict):
            return self.put_record(depth, sort, node, path)
        if sort in ("id", "text"):
            self.put_string(depth, name)
            if sort == "id":
                self.put(depth, f"if not 1 <= len({name}) <= {ID_BYTES_MAX}: raise Bad('id')")
        elif sort == "enum":
            self.put_enum(depth, name, node, path)
        elif sort == "score":
            self.put_score(depth, name, kind)
        elif sort in ("brands", "campaigns"):
            self.put_array(depth, name, sort, node, path)
        else:
            self.put_integer(depth, name, sort, node)
        return {}

    def accepts(self, sort, node):
        kind, node = self.schema.resolve(node)
        if isinstance(sort, dict):
            return kind == "record"
        logical = node.get("logicalType", "") if kind in ("int", "long") else ""
        if sort == "time" and logical not in ("timestamp-millis", "timestamp-micros"):
            if logical == "date" or logical.startswith(("time", "local-timestamp")):
                return False
        return kind in ACCEPTS[sort]

    def preset(self, depth, name, sort):
        """What a field is while it is null: our names, so that a later block can assign them."""
        if not isinstance(sort, dict):
            self.put(depth, f"{name} = None")
            return {}
        names = {field: self.fresh() for field in sort}
        self.put(depth, " = ".join(names.values()) + " = None")
        return names

    def put_value(self, depth, name, field, node, path):
        sort, required = field
        kind, resolved = self.schema.resolve(node)
        if kind != "union":
            if kind == "null" and not required:
                return self.preset(depth, name, sort)
            if not self.accepts(sort, node):
                raise Unusable(f"{path} is {kind}")
            return self.put_plain(depth, name, sort, node, path)
        usable = [self.accepts(sort, branch) for branch in resolved]
        nulls = [self.schema.resolve(branch)[0] == "null" for branch in resolved]
        if not any(usable) and (required or not all(nulls)):
            raise Unusable(f"{path} has no branch that can be read")
        names = self.preset(depth, name, sort)
        branch = self.fresh()
        self.put_varint(depth, branch)
        word = "if"
        for index, (fits, null) in enumerate(zip(usable, nulls)):
            self.put(depth, f"{word} {branch} == {2 * index}:")
            word = "elif"
            if null:
                self.put(depth + 1, "raise Bad('null')" if required else "pass")
            elif not fits:
                self.put(depth + 1, "raise Bad('union')")
            else:
                inner = self.put_plain(depth + 1, name, sort, resolved[index], path)
                for field_name, value in inner.items():
                    self.put(depth + 1, f"{names[field_name]} = {value}")
        self.put(depth, "else: raise Bad('union')")
        return names

    def match(self, fields, record, writer):
        """Our name for a writer's field, or None."""
        if writer["name"] in fields:
            return writer["name"]
        there = {field["name"] for field in record["fields"]}
        return next((alias for alias in writer.get("aliases", ())
                     if alias in fields and alias not in there), None)

    def put_skip(self, depth, node):
        kind, resolved = self.schema.resolve(node)
        if kind == "null":
            return
        if kind in ("int", "long", "enum"):
            self.put_varint(depth, "n")
        elif kind in ("string", "bytes"):
            self.put_string(depth, "n")
        else:
            self.skipped.append(node)
            self.put(depth, f"at = skip(data, at, skipped[{len(self.skipped) - 1}])")

    def put_record(self, depth, fields, record, path):
        names = {}
        for writer in record["fields"]:
            ours = self.match(fields, record, writer)
            if ours is None:
                self.put_skip(depth, writer["type"])
                continue
            if ours in names:
                raise Unusable(f"{path}.{ours} is there twice")
            name = names[ours] = self.fresh()
            inner = self.put_value(depth, name, fields[ours], writer["type"], f"{path}.{ours}")
            if isinstance(fields[ours][0], dict):
                names[ours] = inner
        for field, (sort, required) in fields.items():
            if field in names:
                continue
            if required:
                raise Unusable(f"{path}.{field} is missing")
            name = names[field] = self.fresh()
            inner = self.preset(depth, name, sort)
            if isinstance(sort, dict):
                names[field] = inner
        return names

    def reader(self, kind):
        self.put(0, "def read(data, at):")
        self.put(1, "size = len(data)")
        names = self.put_record(1, RECORDS[kind], self.schema.resolve(self.schema.root)[1], kind)
        self.put(1, "if at != size: raise Bad('trailing')")
        out = [repr(kind)]
        for field in FIELDS[kind]:
            name = names[field]
            out.append(name if isinstance(name, str)
                       else "(" + ", ".join(name[metric] for metric in METRICS) + ")")
        self.put(1, f"return ({', '.join(out)})")
        space = {"varint": varint, "blocks": blocks, "Bad": Bad, "skip": self.schema.skip,
                 "skipped": self.skipped, "symbols": self.symbols,
                 "read_double": struct.Struct("<d").unpack_from,
                 "read_float": struct.Struct("<f").unpack_from}
        exec("\n".join(self.lines), space)  # pylint: disable=exec-used
        return space["read"]


def compile_reader(text):
    """(reader, None), or (None, code of all records of this schema)."""
    try:
        schema = Schema(text)
        kind, root = schema.resolve(schema.root)
    except (ValueError, KeyError, TypeError):
        return None, "schema_invalid"
    if kind != "record" or root["unqualified"] not in RECORDS:
        return None, "schema_kind"
    try:
        return Writer(schema).reader(root["unqualified"]), None
    except Unusable:
        return None, "schema_invalid"


class Readers:
    """The readers of a folder with <id>[-name].avsc files."""

    def __init__(self, folder):
        self.readers = {}
        for name in os.listdir(folder):
            number = name.removesuffix(".avsc").split("-")[0]
            if name.endswith(".avsc") and number.isdigit():
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    made = compile_reader(file.read())
                self.readers[int(number).to_bytes(4, "big")] = made

    def read(self, value):
        """The fields of a record's value. Raises Bad."""
        if value is None:
            raise Bad("null")
        if len(value) > RECORD_BYTES_MAX:
            raise Bad("too_large")
        if len(value) < 5:
            raise Bad("short")
        if value[0] != 0:
            raise Bad("magic")
        try:
            reader, code = self.readers[value[1:5]]
        except KeyError:
            raise Bad("schema_unknown") from None
        if code:
            raise Bad(code)
        try:
            return reader(value, 5)
        except IndexError:
            raise Bad("truncated") from None
