"""Cells in Redis against the oracle, each at its own _at and _as_of_ms.

With the ends demanded, the oracle also goes the other way: every entity that has something in a
window at the logs' ends must have its cell, and no cell may lack anything that the logs hold.
"""
import json
import re

import redis

from .cells import DROPPED, SHOWN, Number, cell_of, decode_id, differences, key_of

BATCH = 500
EXPIRY_WINDOWS, EXPIRY_LEAST_MS = 3, 600000
# Of a cell that was not written since: where it stands.
PLACE = ("_updated_ms", "_at", "_as_of_ms", "_from_ms", "_to_ms")


class Report:
    def __init__(self):
        self.cells = 0
        self.empty = 0
        self.at_ends = 0
        self.by_window = {}
        self.found = []  # (key, [(field, found, expected)])

    def add(self, key, faults):
        if faults:
            self.found.append((key, faults))

    def merge(self, other):
        self.cells += other.cells
        self.empty += other.empty
        self.at_ends += other.at_ends
        self.found += other.found
        for place, count in other.by_window.items():
            self.by_window[place] = self.by_window.get(place, 0) + count

    def text(self, most=20):
        lines = [f"{self.cells} cells compared ({self.empty} empty, {self.at_ends} at the logs' "
                 f"ends), {len(self.found)} differ"]
        for (view, window), count in sorted(self.by_window.items()):
            lines.append(f"  {view} {window}: {count}")
        fields = {}
        for _, faults in self.found:
            for name, _, _ in faults:
                fields[name] = fields.get(name, 0) + 1
        for name, count in sorted(fields.items(), key=lambda item: -item[1]):
            lines.append(f"  differs in {name}: {count}")
        for key, faults in self.found[:most]:
            lines.append(key)
            lines += [f"    {name}: {found!r}, expected {expected!r}"
                      for name, found, expected in faults]
        if len(self.found) > most:
            lines.append(f"... and {len(self.found) - most} more")
        return "\n".join(lines)


def read_cells(url, prefix):
    """{key: (view, id, window, fields)} of all live cells. Numbers with a point stay as written;
    what is left of the key's life in ms is the field `_ttl` here."""
    client = redis.Redis.from_url(url)
    form = re.compile(re.escape(prefix) + r":v1:\{([^:}]+):([^}]*)\}:([^:]+)")
    cells, batch = {}, []

    def take():
        pipe = client.pipeline(transaction=True)
        pipe.mget([key for key, _ in batch])
        for key, _ in batch:
            pipe.pttl(key)
        texts, *lives = pipe.execute()
        for (key, parts), text, life in zip(batch, texts, lives):
            if text is not None:
                fields = json.loads(text, parse_float=Number)
                cells[key] = (*parts, fields | {"_ttl": life})
        batch.clear()

    for raw in client.scan_iter(match=f"{prefix}:v1:{{*", count=5000):
        key = raw.decode()
        found = form.fullmatch(key)
        if found and key not in cells:
            batch.append((key, found.groups()))
        if len(batch) == BATCH:
            take()
    if batch:
        take()
    client.close()
    return cells


def read_meta(url, prefix):
    client = redis.Redis.from_url(url)
    meta = {key.decode(): value.decode()
            for key, value in client.hgetall(f"{prefix}:v1:meta").items()}
    client.close()
    return meta


def bookkeeping_faults(world, cell):
    """What makes a cell impossible to recompute."""
    task, at = world.tasks.get(cell.get("_task")), cell.get("_at")
    if task is None:
        return [("_task", cell.get("_task"), f"one of {sorted(world.tasks)}")]
    if not isinstance(at, list) or len(at) != len(task.inputs):
        return [("_at", at, f"{len(task.inputs)} offsets")]
    if any(offset > end for offset, end in zip(at, task.ends())):
        return [("_at", at, f"at most {task.ends()}")]
    if not isinstance(cell.get("_updated_ms"), int):
        return [("_updated_ms", cell.get("_updated_ms"), "milliseconds")]
    clock, as_of = task.clock(at), cell.get("_as_of_ms")
    if not isinstance(as_of, int) or clock is None or as_of < clock:
        return [("_as_of_ms", as_of, f"at least {clock}")]
    newest = max(task.clock(task.ends()), cell["_updated_ms"])  # an idle clock stays behind
    if as_of > newest:
        return [("_as_of_ms", as_of, f"at most {newest}")]
    return []


def expiry_faults(cell, window):
    most = max(EXPIRY_WINDOWS * window.window_ms, EXPIRY_LEAST_MS)
    if "_ttl" in cell and not 0 <= cell["_ttl"] <= most:
        return [("(expiry)", cell["_ttl"], f"at most {most}")]
    return []


def compare_cell(world, report, key, view, name, window, cell):
    if view not in world.views or window not in world.views[view].windows:
        return [("(key)", key, "a configured view and window")]
    entity = decode_id(name)
    if len(entity) != len(world.views[view].key) or \
            not key.endswith(key_of("", view, entity, window)):
        return [("(key)", key, key_of("", view, entity, window))]
    faults = bookkeeping_faults(world, cell) + expiry_faults(cell, world.windows[window])
    if faults:
        return faults
    cell = {field: value for field, value in cell.items() if field != "_ttl"}
    place = view, window
    report.by_window[place] = report.by_window.get(place, 0) + 1
    report.empty += not any(counter in cell for counter in SHOWN)
    report.at_ends += cell["_at"] == world.tasks[cell["_task"]].ends()
    return differences(cell, world.cell(view, entity, window, cell["_task"], cell["_at"],
                                        cell["_as_of_ms"]))


def compare(world, cells):
    """Every cell at its own offsets and clock."""
    report = Report()
    for key, (view, name, window, cell) in cells.items():
        report.cells += 1
        report.add(key, compare_cell(world, report, key, view, name, window, cell))
    return report


def lacking(task, view, entity, window, as_of, cell):
    """Fields of a cell that lacks something of what the logs hold. A cell is written again only if
    it changed. So it may show an older window that nothing has left, with all that came since in
    it; or what came since has left the window at as_of too, so that it would not look different."""
    ends = task.ends()
    if cell["_at"] == ends:
        return []
    for expected in (cell_of(task, view, entity, window, ends, as_of),
                     cell_of(task, view, entity, window, ends, cell["_as_of_ms"], onwards=True)):
        is_empty = not any(counter in expected for counter in SHOWN)
        faults = [(f"{name} at the ends", found, wanted)
                  for name, found, wanted in differences(cell, expected, (*PLACE, "_ttl"))
                  if name in SHOWN or name == "drop" or not is_empty]
        if not faults:
            break
    return faults


def undrained(task, view, entity, window, as_of, cell):
    """Counters of a cell that still hold what has left the window at as_of."""
    totals = task.totals(view, entity, task.ends(), *window.bounds(as_of))
    faults = [(f"{name} at as_of {as_of}", cell.get(name, 0), totals.get(name, 0))
              for name in SHOWN if cell.get(name, 0) != totals.get(name, 0)]
    held = cell.get("drop", {})
    return faults + [(f"drop.{reason} at as_of {as_of}", held.get(reason, 0), totals.get(name, 0))
                     for name, reason in DROPPED.items()
                     if held.get(reason, 0) != totals.get(name, 0)]


def end_faults(world, task, view, entity, window, as_of, held, demands):
    """What is wrong with one cell at the ends; held: as read_cells has it, or None."""
    ends = task.ends()
    if "post_id" in view.key and task.is_deleted(entity[view.key.index("post_id")], ends):
        return [("(cell at the ends)", "there", "none: the post is deleted")] if held else []
    totals = task.totals(view, entity, ends, *window.bounds(as_of))
    has_content = any(totals.get(counter) for counter in SHOWN)
    if held is None:
        return [("(cell)", "missing", f"content at as_of {as_of}")] if has_content else []
    cell = held[3]
    if cell.get("_task") != task.number or bookkeeping_faults(world, cell):
        return []  # reported where it is compared
    faults = lacking(task, view, entity, window, as_of, cell)
    if "drained" in demands:
        faults += undrained(task, view, entity, window, as_of, cell)
    if "at" in demands and has_content and cell["_at"] != ends:
        faults.append(("_at", cell["_at"], ends))
    return faults


def compare_ends(world, cells, report, prefix, demands=()):
    """What must be there once everything was read. "at" in demands: every cell that is not empty
    was written at the very ends (the service writes a cell again only if it changed). "drained":
    no cell holds what had left its window at the largest as_of of the task's cells."""
    newest = {}
    for _, _, _, cell in cells.values():
        number = cell.get("_task")
        newest[number] = max(newest.get(number, 0), cell.get("_as_of_ms", 0))
    for number, task in world.tasks.items():
        ends = task.ends()
        as_of = max(newest.get(number, 0), task.clock(ends) or 0)
        for view in world.settings.views:
            for entity in task.keys(view):
                for name in view.windows:
                    key = key_of(prefix, view.name, entity, name)
                    report.add(key, end_faults(world, task, view, entity, world.windows[name],
                                               as_of, cells.get(key), demands))
