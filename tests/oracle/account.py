"""What became of every record, per partition, against what the service counted and sent on."""
import re
import urllib.request

from .source import read_topics

DISPOSITIONS = ("processed", "duplicate", "dlq", "too_late", "ignored")
METRIC = "groundswell_records_total"
COMMENTS = ("orphan_retractions", "orphan_counters", "comments_refused", "late_verdicts")


def table(world):
    """[{topic, partition, records, processed, ...}], in the order of the inputs."""
    rows = []
    for topic in world.settings.inputs:
        for number in sorted(world.tasks):
            part = world.partition(topic, number)
            rows.append({"topic": topic, "partition": number,
                         "records": sum(part.counts.values()), **part.counts,
                         **getattr(part, "comment_counts", dict)()})
    return rows


def sums(rows):
    """topic -> disposition -> count."""
    totals = {}
    for row in rows:
        held = totals.setdefault(row["topic"], dict.fromkeys(("records", *DISPOSITIONS), 0))
        for name in held:
            held[name] += row[name]
    return totals


def text(rows):
    names = ("records", *DISPOSITIONS)
    wide = max((len(row["topic"]) for row in rows), default=5)
    lines = [f"{'topic':{wide}} {'part':>5} " + " ".join(f"{name:>10}" for name in names)]
    totals = [{"topic": topic, "partition": "all", **held} for topic, held in sums(rows).items()]
    lines += [f"{row['topic']:{wide}} {row['partition']:>5} " +
              " ".join(f"{row[name]:>10}" for name in names) for row in rows + totals]
    return "\n".join(lines)


def sent_on(kafka, topic):
    """[(topic, partition, offset)] that the keys of the DLQ or the late topic name."""
    named = []
    for _, _, _, _, key, _ in read_topics(kafka, [topic], {}):
        source, partition, offset = key.decode().rsplit(":", 2)
        named.append((source, int(partition), int(offset)))
    return named


def expected(world, which):
    """The records that belong into the DLQ ('bad') or the late topic ('too_late')."""
    return {(topic, number, offset)
            for topic in world.settings.inputs for number in world.tasks
            for offset in getattr(world.partition(topic, number), which)}


def check_sent_on(kafka, topic, wanted):
    """Faults of the DLQ or late topic, as lines; a record may stand there more than once."""
    named = sent_on(kafka, topic)
    lines = [f"{topic}: {len(named)} records, {len(set(named))} different, {len(wanted)} expected"]
    faults = [f"{topic}: {what} {len(places)}, first {sorted(places)[:5]}"
              for what, places in (("missing", wanted - set(named)),
                                   ("unexpected", set(named) - wanted)) if places]
    return lines, faults


def read_metrics(places):
    """Sums of METRIC over the given URLs or files: (topic, partition, disposition) -> count; and of
    the counters of comments, with their name in place of the disposition."""
    totals = {}
    line_form = re.compile(r"groundswell_(\w+)_total\{([^}]*)\} (\S+)")
    for place in places:
        if "://" in place:
            with urllib.request.urlopen(place, timeout=10) as answer:
                body = answer.read().decode()
        else:
            with open(place, encoding="utf-8") as file:
                body = file.read()
        for name, labels, value in line_form.findall(body):
            if name != "records" and name not in COMMENTS:
                continue
            label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            key = label.get("topic"), label.get("partition"), label.get("disposition", name)
            totals[key] = totals.get(key, 0) + int(float(value))
    return totals


def check_metrics(rows, places):
    """Only what was counted since the present owners started to read: each read from the start."""
    found, faults = read_metrics(places), []
    if not found:
        return [f"no {METRIC} in {', '.join(places)}"]
    for row in rows:
        for name in DISPOSITIONS:
            count = found.get((row["topic"], str(row["partition"]), name), 0)
            if count != row[name]:
                faults.append(f"{METRIC}{{topic={row['topic']},partition={row['partition']},"
                              f"disposition={name}}} is {count}, expected {row[name]}")
        for name in COMMENTS:
            count = found.get((row["topic"], str(row["partition"]), name), 0)
            if count != row.get(name, 0):
                faults.append(f"{name} of {row['topic']} {row['partition']} is {count}, expected "
                              f"{row.get(name, 0)}")
    return faults
