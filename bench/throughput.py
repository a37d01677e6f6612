"""How fast a full topic is drained, against reading it and throwing it away.

Goal: the price of everything the service does, as ratios that hold on a noisy machine. Method: one
topic, one broker; in each round every mode drains it once, in an order that rotates, with a fresh
group, an empty Redis and a fresh process; medians over the rounds.
"""
import argparse
import json
import statistics

import lab

# A stream in full flow: one new post for 120 comments, one changed profile for 1200.
MIX = "comments=0.6,snapshots=0.15,published=0.005,reactions=0.23,profiles=0.0005"
MODES = {"run_1": (1, False), "run_2": (2, False), "discard_1": (1, True), "discard_2": (2, True)}
OTHER = "other_1"  # as run_1, with the program of --against
OWN_KEYS = ("workers", "kafka.group", "redis.prefix")  # each drain has its own


def setting(text):
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    if key in OWN_KEYS:
        raise argparse.ArgumentTypeError(f"{key} is what each drain has of its own")
    return key, value


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run.sh throughput", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=8_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--influencers", type=int, default=10_000)
    parser.add_argument("--density", type=int, default=100_000,
                        help="events per second of event time (default 100000): how much time "
                             "passes, and so how many panes, while the events are read")
    parser.add_argument("--mix", default=MIX, help=f"of generate (default {MIX})")
    parser.add_argument("--against", metavar="PROGRAM",
                        help="another build of groundswell that drains with one worker, too")
    parser.add_argument("--set", metavar="KEY=VALUE", type=setting, action="append", default=[],
                        help="a key of the configuration of every drain, such as clean.rules=off; "
                             "may be repeated")
    return parser.parse_args()


def drain(here, mode, number, program, settings):
    workers, discard = MODES[mode]
    here.redis.flushall()
    words = ["--until-end"] + (["--discard"] if discard else [])
    more = {"workers": workers, "kafka.group": f"bench-{number}-{mode}",
            "redis.prefix": f"b{number}"}
    found = here.run_json("run", *words, binary=program, **settings, **more)
    if not discard:
        found["with"] = judged_by(here.redis, more["redis.prefix"])
    return found


def judged_by(server, prefix):
    """What the service says of itself in Redis; a build that does not know the rules has none."""
    config = json.loads(server.hget(f"{prefix}:v1:meta", "config"))
    return {"rules": config.get("clean", {}).get("rules", "off"), "scorer": config["scorer"]}


def per_event(mode, run, records):
    """Figures per record of the topics. The service may read a record twice (a partition that had
    to wait is read again), which must not count as work done; every drain must have met all."""
    met = run["records"] if MODES[mode][1] else sum(run["dispositions"].values())
    if met != records:
        raise SystemExit(f"bench: {mode} met {met} of {records} records")
    return {"events_per_second": records / run["seconds"],
            "cpu_ns_per_event": run["cpu_seconds"] * 1e9 / records,
            "read_again": run["records"] - records,
            **{name: run[name] for name in ("seconds", "peak_rss_bytes", "cells_written")}}


def medians(runs):
    return {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}


def print_table(found):
    print(f"{'mode':<10} {'events/s':>12} {'CPU ns/event':>13} {'seconds':>9} {'RSS MB':>8} "
          f"{'cells':>10}")
    for mode, values in found.items():
        print(f"{mode:<10} {values['events_per_second']:>12,.0f} "
              f"{values['cpu_ns_per_event']:>13,.0f} {values['seconds']:>9.2f} "
              f"{values['peak_rss_bytes'] / 1e6:>8.0f} {values['cells_written']:>10,.0f}")


def ratios_of(found):
    one, two, discard = found["run_1"], found["run_2"], found["discard_1"]
    ratios = {
        "wall_ratio": one["events_per_second"] / discard["events_per_second"],
        "wall_ratio_2": two["events_per_second"] / found["discard_2"]["events_per_second"],
        "cpu_ratio": one["cpu_ns_per_event"] / discard["cpu_ns_per_event"]}
    if OTHER in found:
        other = found[OTHER]
        ratios["other_wall_ratio"] = one["events_per_second"] / other["events_per_second"]
        ratios["other_cpu_ratio"] = one["cpu_ns_per_event"] / other["cpu_ns_per_event"]
    return ratios


def print_ratios(ratios):
    print(f"of discard, one worker: {ratios['wall_ratio']:.2f} of its events/s, "
          f"{ratios['cpu_ratio']:.2f} times its CPU; two workers: "
          f"{ratios['wall_ratio_2']:.2f} of its events/s")
    if "other_wall_ratio" in ratios:
        print(f"of the other program, one worker: {ratios['other_wall_ratio']:.2f} of its "
              f"events/s, {ratios['other_cpu_ratio']:.2f} times its CPU")


def main():
    options = arguments()
    if options.against:
        MODES[OTHER] = MODES["run_1"]
    results = {mode: [] for mode in MODES}
    with lab.lab(options.partitions) as here:
        span_ms = options.events * 1000 // options.density
        made = here.run_json("generate", "--events", str(options.events), "--span", f"{span_ms}ms",
                             "--influencers", str(options.influencers), "--mix", options.mix)
        order = list(MODES)
        for number in range(options.rounds):
            for mode in order:
                program = options.against if mode == OTHER else lab.BIN
                results[mode].append(drain(here, mode, number, program, dict(options.set)))
            order = order[1:] + order[:1]
        around = lab.circumstances(here.redis)
    found = {mode: medians([per_event(mode, run, made["delivered"]) for run in runs])
             for mode, runs in results.items()}
    ratios = ratios_of(found)
    ran_with = {mode: runs[0]["with"] for mode, runs in results.items() if "with" in runs[0]}
    print_table(found)
    for mode, values in ran_with.items():
        print(f"{mode}: rules {values['rules']}, scorer {values['scorer']}")
    print_ratios(ratios)
    print(json.dumps({"bench": "throughput", **{n: round(v, 4) for n, v in ratios.items()},
                      "modes": found, "records": made["delivered"],
                      "value_bytes": made["bytes"], "rounds": options.rounds,
                      "settings": {**vars(options), "set": dict(options.set), "with": ran_with},
                      **around}))


if __name__ == "__main__":
    main()
