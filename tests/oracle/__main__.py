"""Command line of the oracle. Exit codes: 0 all agrees, 1 differences, 2 could not compare."""
import argparse
import json
import multiprocessing
import os
import pickle
import sys
import time
from pathlib import Path

from . import account, compare, source
from .cells import key_of
from .rules import Rules
from .settings import Settings, adopt_meta, topics_of, views_of, windows_of
from .world import World

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


def add_inputs(parser):
    group = parser.add_argument_group("what to read")
    group.add_argument("--bootstrap", help="brokers")
    group.add_argument("--dump", help="a dump instead of brokers")
    group.add_argument("--property", action="append", default=[], metavar="NAME=VALUE",
                       help="of librdkafka")
    group.add_argument("--schemas", default=str(SCHEMAS), help="folder of <id>[-name].avsc")
    group.add_argument("--starts", help='where reading began: {"topic": [offset, ...]}, or a file')
    group.add_argument("--jobs", type=int, default=os.cpu_count(),
                       help="processes, each for some of the partitions")
    group.add_argument("--scores", help="file that keeps the scores of texts for the next time")
    group = parser.add_argument_group("what the service was configured with")
    group.add_argument("--topics", help="profiles=NAME,posts=NAME,comments=NAME,reactions=NAME")
    group.add_argument("--windows", help="1m,5m,1h,24h or 10m/1m,...")
    group.add_argument("--views", help="influencer,post=1h+24h,...")
    group.add_argument("--source", choices=("snapshots", "reactions"), default="snapshots")
    group.add_argument("--profiles-delay-ms", type=int, default=5000)
    group.add_argument("--dedupe-window-ms", type=int, default=120000)
    group.add_argument("--dedupe-capacity", type=int, default=1048576)
    group.add_argument("--comments-horizon-ms", type=int, default=3600000)
    group.add_argument("--comments-max", type=int, default=2000000)
    group.add_argument("--scorer", choices=("vader+", "reference"), default="vader+")
    group.add_argument("--rules", choices=("on", "off"), default="on",
                       help="compare goes by what the service says of itself in Redis; it knows "
                            "which lists and lexicons there are, too")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="oracle", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("compare", help="every cell in Redis at its own offsets and clock")
    one.add_argument("--redis", required=True, help="URL")
    one.add_argument("--prefix", default="gs")
    one.add_argument("--snapshot", action="append", default=[], metavar="FILE",
                     help="cells of an earlier moment too, as `oracle snapshot` kept them")
    one.add_argument("--end", action="store_true", help="every cell must be there, nothing missing")
    one.add_argument("--strict-at", action="store_true", help="and written at the very ends")
    one.add_argument("--drained", action="store_true", help="and nothing that left its window")
    one.add_argument("--most", type=int, default=20, help="differing cells that are printed")
    two = commands.add_parser("account", help="what became of every record")
    two.add_argument("--json", action="store_true")
    two.add_argument("--metrics", action="append", default=[], help="URL or file; compared")
    two.add_argument("--dlq", help="topic; its keys are compared with the malformed records")
    two.add_argument("--late", help="topic; its keys are compared with the late records")
    three = commands.add_parser("cell", help="one cell, at the ends unless told")
    for name in ("view", "id", "window"):
        three.add_argument(name, help="parts joined with /" if name == "id" else None)
    three.add_argument("--task", type=int, required=True)
    three.add_argument("--at", help="JSON array")
    three.add_argument("--as-of", type=int)
    four = commands.add_parser("dump", help="keeps all records in a file")
    four.add_argument("out")
    five = commands.add_parser("snapshot", help="keeps all cells in a file")
    five.add_argument("out")
    five.add_argument("--redis", required=True, help="URL")
    five.add_argument("--prefix", default="gs")
    for command in (one, two, three, four):
        add_inputs(command)
    return parser.parse_args(arguments)


def settings_of(options):
    settings = Settings(source=options.source, profiles_delay_ms=options.profiles_delay_ms,
                        dedupe_window_ms=options.dedupe_window_ms,
                        dedupe_capacity=options.dedupe_capacity,
                        comments_horizon_ms=options.comments_horizon_ms,
                        comments_max=options.comments_max, scorer=options.scorer,
                        rules=Rules() if options.rules == "on" else None)
    if options.topics:
        settings.topics = topics_of(options.topics)
    if options.windows:
        settings.windows = windows_of(options.windows)
        settings.views = views_of("influencer,post,campaign_influencer", settings.windows)
    if options.views:
        settings.views = views_of(options.views, settings.windows)
    if options.command == "compare":
        fixed = [name for name in ("topics", "windows", "views") if getattr(options, name)]
        adopt_meta(settings, compare.read_meta(options.redis, options.prefix), fixed)
    return settings


def kafka_of(options):
    return source.consumer(options.bootstrap, [item.split("=", 1) for item in options.property])


def world_of(options, part=0, parts=1):
    """The partitions whose number is `part`, counted modulo parts."""
    scores = f"{options.scores}.{part}-{parts}" if options.scores else None
    world = World(settings_of(options), options.schemas, scores)

    def chosen(number):
        return number % parts == part
    starts = options.starts
    if starts and not starts.lstrip().startswith("{"):
        starts = Path(starts).read_text(encoding="utf-8")
    begin = time.monotonic()
    if options.dump:
        def read(topics, first):
            return source.read_dump(options.dump, topics, first, chosen)
        source.fill(world, read, json.loads(starts or "{}"))
    else:
        kafka = kafka_of(options)

        def read(topics, first):
            return source.read_topics(kafka, topics, first, chosen)
        source.fill(world, read, json.loads(starts or "{}"))
        kafka.close()
    world.scorer.keep()
    world.close()
    records = sum(row["records"] for row in account.table(world))
    print(f"{records} records of {len(world.tasks)} tasks read in {time.monotonic() - begin:.1f} s",
          file=sys.stderr)
    return world


def in_parts(function, options, *more):
    """The results of function(options, part, parts, *more) in as many processes. Nothing of
    librdkafka may have been used before: its threads do not survive a fork."""
    context = multiprocessing.get_context("fork")
    with context.Pool(options.jobs) as pool:
        return pool.starmap(function, [(options, part, options.jobs, *more)
                                       for part in range(options.jobs)])


def part_of(cell, parts):
    return cell["_task"] % parts if isinstance(cell.get("_task"), int) else 0


def compare_part(options, part, parts, cells, *snapshots):
    world = world_of(options, part, parts)

    def of_part(held):
        return {key: cell for key, cell in held.items() if part_of(cell[3], parts) == part}
    cells = of_part(cells)
    report = compare.compare(world, cells)
    for snapshot in snapshots:
        report.merge(compare.compare(world, of_part(snapshot)))
    demands = [name for name, wanted in (("at", options.strict_at), ("drained", options.drained))
               if wanted]
    if options.end or demands:
        compare.compare_ends(world, cells, report, options.prefix, demands)
    return report


def run_compare(options):
    cells = compare.read_cells(options.redis, options.prefix)
    snapshots = [pickle.loads(Path(name).read_bytes()) for name in options.snapshot]
    report = compare.Report()
    for other in in_parts(compare_part, options, cells, *snapshots):
        report.merge(other)
    print(report.text(options.most))
    return 1 if report.found else 0


def account_part(options, part, parts):
    world = world_of(options, part, parts)
    return account.table(world), {which: account.expected(world, which)
                                  for which in ("bad", "too_late")}


def run_account(options):
    rows, wanted, lines, faults = [], {"bad": set(), "too_late": set()}, [], []
    for more, places in in_parts(account_part, options):
        rows += more
        for which in wanted:
            wanted[which] |= places[which]
    rows.sort(key=lambda row: (row["topic"], row["partition"]))
    for topic, which in ((options.dlq, "bad"), (options.late, "too_late")):
        if topic:
            kafka = kafka_of(options)
            more, wrong = account.check_sent_on(kafka, topic, wanted[which])
            kafka.close()
            lines += more
            faults += wrong
    if options.metrics:
        faults += account.check_metrics(rows, options.metrics)
    if options.json:
        print(json.dumps({"partitions": rows, "faults": faults}))
    else:
        print("\n".join([account.text(rows), *lines, *faults]))
    return 1 if faults else 0


def run_cell(options):
    world = world_of(options)
    key, task = tuple(part.encode() for part in options.id.split("/")), world.task(options.task)
    at = json.loads(options.at) if options.at else task.ends()
    as_of = options.as_of if options.as_of is not None else task.clock(at)
    print(key_of("gs", options.view, key, options.window))
    print(json.dumps(world.cell(options.view, key, options.window, options.task, at, as_of),
                     indent=1, ensure_ascii=False))
    return 0


def run_snapshot(options):
    cells = compare.read_cells(options.redis, options.prefix)
    Path(options.out).write_bytes(pickle.dumps(cells))
    print(f"{len(cells)} cells kept")
    return 0


def run_dump(options):
    topics = settings_of(options).inputs
    kafka = kafka_of(options)
    source.write_dump(options.out, topics, source.read_topics(kafka, topics, {}))
    kafka.close()
    return 0


def main():
    options = parse(sys.argv[1:])
    try:
        return {"compare": run_compare, "account": run_account, "cell": run_cell,
                "dump": run_dump, "snapshot": run_snapshot}[options.command](options)
    except (source.Stalled, OSError, ValueError) as error:
        print(f"oracle: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
