#!/usr/bin/env python3
# timeout: 600
"""Goal: what is wrong outside is said clearly (what, where, what to do), with the right exit code,
and never at the cost of records.
Method: every mistake on its own, against a real Kafka and a real Redis or what takes their place.
"""
import json
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewPartitions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import cases  # noqa: E402
from cases import equal  # noqa: E402
from gs import COMMENTS, INTERNAL, POSTS, PROFILES, REACTIONS  # noqa: E402
from gs import comment, create_topics, encode, producing, read_topic  # noqa: E402
from stack import SCHEMAS, Stack, compare, free_port, settled, wait_for  # noqa: E402

UNAVAILABLE, TEMPORARY, REFUSED, CONFIGURATION = 69, 75, 77, 78
INPUTS = (PROFILES, POSTS, COMMENTS, REACTIONS)
START_S = 60


def now_ms():
    return int(time.time() * 1000)


def fails(stack, config, code, *words):
    """The service must end with the code and name each of the words."""
    found, text = stack.run(f"fails-{next(stack.numbers)}", config, seconds=START_S)
    last = text.strip().splitlines()[-1] if text.strip() else ""
    print(f"  {found}: {last[-300:]}")
    equal(found, code, f"exit code:\n{text[-2000:]}")
    for word in words:
        assert word in text, f"{word!r} is not in:\n{text[-2000:]}"
    return text


def test_wrong_servers():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis("--repl-diskless-sync-delay", "0")
        nobody = f"127.0.0.1:{free_port()}"
        fails(stack, stack.config(nobody, redis), UNAVAILABLE, nobody, "check")

        create_topics(kafka.bootstrap, 2, [*INPUTS[:3], *INTERNAL])
        fails(stack, stack.config(kafka, redis), CONFIGURATION, REACTIONS,
              "groundswell topics --apply")
        create_topics(kafka.bootstrap, 3, [REACTIONS])
        fails(stack, stack.config(kafka, redis), CONFIGURATION, REACTIONS, "partitions")
        good = {"topics": dict(zip(("profiles", "posts", "comments"), INPUTS))}
        fails(stack, stack.config(kafka, redis, **good, schemas={"dir": "/nowhere"}), CONFIGURATION,
              "/nowhere")

        fails(stack, stack.config(kafka, f"redis://{nobody}/0", **good), UNAVAILABLE, nobody)
        closed = stack.redis("--requirepass", "secret")
        fails(stack, stack.config(kafka, closed, **good), REFUSED, str(closed.port), "password")
        wrong = f"redis://:wr0ng@127.0.0.1:{closed.port}/0"
        fails(stack, stack.config(kafka, wrong, **good), REFUSED, str(closed.port), "password")
        assert not any("wr0ng" in process.text() for process in stack.processes), "a secret"
        replica = stack.redis("--replicaof", "127.0.0.1", str(redis.port))
        wait_for(lambda: replica.client().info("replication")["master_link_status"] == "up",
                 "the replica follows")
        fails(stack, stack.config(kafka, replica, **good), UNAVAILABLE, "replica", "primary")
        with OldRedis() as old:
            fails(stack, stack.config(kafka, f"redis://127.0.0.1:{old}/0", **good), CONFIGURATION,
                  "6.2.14", "7.0")


class OldRedis:
    """Answers every command with INFO of an old version."""

    def __enter__(self):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                info = (b"# Server\r\nredis_version:6.2.14\r\n"
                        b"redis_mode:standalone\r\nrole:master\r\n")
                while line := self.rfile.readline():
                    if line.startswith(b"*"):
                        self.wfile.write(b"$%d\r\n%s\r\n" % (len(info), info))
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Registry:
    """A schema registry that can be started on a port chosen before."""

    def __init__(self, port):
        self.port = port
        self.asked = []

    def __enter__(self):
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                number = self.path.split("?")[0].rstrip("/").split("/")[-1]
                asked.append(self.path)
                found = list(SCHEMAS.glob(f"{number}-*.avsc")) if number.isdigit() else []
                body = {"schema": found[0].read_text(encoding="utf-8")} if found else \
                    {"error_code": 40403, "message": "Schema not found"}
                data = json.dumps(body).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_registry_comes_later():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 1)
        port = free_port()
        config = stack.config(kafka, redis, schemas={"registry": f"http://127.0.0.1:{port}"})
        del config["schemas"]["dir"]
        service = stack.service("service", config)
        wait_for(service.ready, "the service is ready")
        now = now_ms()
        with producing(kafka.bootstrap) as produce:
            for number in range(100):
                produce(COMMENTS, comment(f"c{number}", "p", "ana", at=now + number, text="good"))
            unknown = b"\0\0\0\x03\xe7" + encode(comment("c", "p", "ana", at=now))[5:]
            produce(COMMENTS, unknown, key=b"ana", timestamp=now + 100)
        wait_for(lambda: service.metrics().sum("groundswell_parked_inputs") == 1, "it waits")
        wait_for(lambda: service.metrics().sum("groundswell_schema_failures_total") >= 2,
                 "it asks again")
        status, body = service.get("/readyz?verbose")
        equal(status, 200)
        why = " ".join(check["why"] for check in json.loads(body)["checks"])
        assert COMMENTS in why and "schema 3" in why, why
        equal(service.metrics().offsets(), 0, "read meanwhile")
        with Registry(port) as registry:
            wait_for(lambda: settled([service]) and service.metrics().offsets() == 101,
                     "it goes on by itself")
            equal(service.metrics().sum("groundswell_records_total", topic=COMMENTS,
                                        disposition="processed"), 100)
            assert len([path for path in registry.asked if "/3" in path]) == 1, registry.asked
        (key, value, _), = read_topic(kafka.bootstrap, "groundswell.dlq")  # only what nobody knows
        equal((key, value), (f"{COMMENTS}:0:100".encode(), unknown))
        equal(json.loads(redis.client().get("gs:v1:{influencer:ana}:1m"))["comments"], 100)


def test_garbage_goes_to_the_dlq_as_it_is():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 1)
        service = stack.service("service", stack.config(kafka, redis))
        wait_for(service.ready, "the service is ready")
        now, garbage = now_ms(), os.urandom(60000)
        good = comment("c", "p", "ana", at=now, text="good")
        bad = {0: garbage, 2: None, 3: b"", 4: b"\0\0\0\0\x03", 5: encode(good) + b"x"}
        with producing(kafka.bootstrap) as produce:
            for number in range(6):
                value = bad[number] if number in bad else good
                produce(COMMENTS, value, key=b"k%d" % number, timestamp=now)
        wait_for(lambda: settled([service]) and
                 service.metrics().sum("groundswell_dlq_records_total") == 5, "five are in the DLQ")
        sent = {key.decode(): (value, headers)
                for key, value, headers in read_topic(kafka.bootstrap, "groundswell.dlq")}
        equal({key: value for key, (value, _) in sent.items()},
              {f"{COMMENTS}:0:{number}": value for number, value in bad.items()})
        for number in bad:
            headers = sent[f"{COMMENTS}:0:{number}"][1]
            equal(headers.get("groundswell.errors.key"), b"k%d" % number, "its key")
            equal(headers.get("__connect.errors.topic"), COMMENTS.encode())
            assert headers.get("groundswell.errors.code"), headers
        codes = {row["code"]: count for row, count in
                 service.metrics().rows("groundswell_bad_records_total")}
        print("  codes:", codes)
        equal(codes.get("null"), 1)
        equal(codes.get("trailing"), 1)
        equal(json.loads(redis.client().get("gs:v1:{influencer:ana}:1m"))["comments"], 1)


def test_two_deployments_with_one_prefix():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 2)
        first = stack.service("first", stack.config(kafka, redis))
        wait_for(first.ready, "the first is ready")
        for words in (f" on 127.0.0.1:{first.port}\"", ": 1 worker, 2 tasks in all",
                      "2 tasks assigned"):
            assert words in first.text(), first.text()
        now = now_ms()
        with producing(kafka.bootstrap) as produce:
            for number in range(20):
                produce(COMMENTS, comment(f"c{number}", f"p{number}", f"i{number}", at=now,
                                          text="good"))
        wait_for(lambda: settled([first]) and first.metrics().offsets() == 20, "cells are written")
        other = stack.config(kafka, redis, kafka={"group": "another"})
        text = fails(stack, other, REFUSED, "prefix 'gs'", "another", "--takeover",
                     "not written (it was refused in Redis)")
        assert "the time was up" not in text, text
        equal(first.metrics().sum("groundswell_guard_outcomes_total"), 0, "refused writes")
        compare(kafka, redis, "--end", least=20)
        equal(first.term(), 0)


def test_sigterm_writes_what_is_pending():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 2)
        service = stack.service("service", stack.config(kafka, redis, flush={"interval": "60s"}))
        wait_for(service.ready, "the service is ready")
        now = now_ms()
        with producing(kafka.bootstrap) as produce:
            for number in range(200):
                produce(COMMENTS, comment(f"c{number}", f"p{number}", f"i{number}", at=now,
                                          text="good"))
        wait_for(lambda: service.metrics().lag() == 0 and service.metrics().offsets() == 200,
                 "all are read")
        assert service.metrics().sum("groundswell_dirty_cells") > 500
        begin = time.monotonic()
        equal(service.term(25), 0, "exit code")
        assert time.monotonic() - begin < 10, "took too long for so little"
        compare(kafka, redis, "--end", least=800)


def test_topics_change_while_it_runs():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 2)
        service = stack.service("service", stack.config(kafka, redis))
        wait_for(service.ready, "the service is ready")
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.delete_topics(["groundswell.late"])["groundswell.late"].result()
        wait_for(lambda: "missing topics: groundswell.late" in service.text(), "it misses one", 60)
        service.check()
        create_topics(kafka.bootstrap, 2, ["groundswell.late"])
        admin.create_partitions([NewPartitions(COMMENTS, 3)])[COMMENTS].result()
        equal(service.wait(60), CONFIGURATION, "exit code")
        assert f"topic {COMMENTS} has grown to more than 2 partitions" in service.text()


def test_a_topic_is_made_anew_while_it_runs():
    with Stack("bad") as stack:
        kafka, redis = stack.kafka(), stack.redis()
        create_topics(kafka.bootstrap, 2)
        config = stack.config(kafka, redis)
        service = stack.service("service", config)
        wait_for(service.ready, "the service is ready")
        produce_comments(kafka, 20)
        wait_for(lambda: settled([service]) and service.metrics().offsets() == 20, "all are read")
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.delete_topics([COMMENTS])[COMMENTS].result()
        wait_for(lambda: COMMENTS not in admin.list_topics(timeout=10).topics, "it is gone")
        create_topics(kafka.bootstrap, 2, [COMMENTS])
        produce_comments(kafka, 200)  # more than the old one held: offsets look right
        equal(service.wait(60), TEMPORARY, "exit code")
        assert f"topic {COMMENTS} was deleted and made anew" in service.text()
        again = stack.service("again", config)
        wait_for(lambda: settled([again]) and again.metrics().offsets() == 200, "it starts anew")
        compare(kafka, redis, "--end", least=800)


def produce_comments(kafka, count):
    now = now_ms()
    with producing(kafka.bootstrap) as produce:
        for number in range(count):
            produce(COMMENTS, comment(f"c{number}", f"p{number}", f"i{number}", at=now,
                                      text="good"))


cases.main(globals())
