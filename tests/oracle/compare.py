"""Cells in Redis against the oracle, each at its own _at and _as_of_ms.

With the ends demanded, the oracle also goes the other way: every entity that has something in a
window at the logs' ends must have its cell, and no cell may lack anything that the logs hold.
"""
import json
import re

import redis

from .cells import SHOWN, decode_id, differences, key_of

BATCH = 500


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
    """{key: (view, id, window, fields)} of all live cells; numbers with a point stay texts."""
    client = redis.Redis.from_url(url)
    form = re.compile(re.escape(prefix) + r":v1:\{([^:}]+):([^}]*)\}:([^:]+)")
    cells, batch = {}, []

    def take():
        for (key, parts), text in zip(batch, client.mget([key for key, _ in batch])):
            if text is not None:
                cells[key] = (*parts, json.loads(text, parse_float=str))
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
    meta = {key.decode(): value.decode() for key, value in client.hgetall(f"{prefix}:v1:meta").items()}
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
    clock = task.clock(at)
    if not isinstance(cell.get("_as_of_ms"), int) or clock is None or cell["_as_of_ms"] < clock:
        return [("_as_of_ms", cell.get("_as_of_ms"), f"at least {clock}")]
    if not isinstance(cell.get("_updated_ms"), int):
        return [("_updated_ms", cell.get("_updated_ms"), "milliseconds")]
    return []


def compare_cell(world, report, key, view, name, window, cell):
    if view not in world.views or window not in world.views[view].windows:
        return [("(key)", key, "a configured view and window")]
    entity = decode_id(name)
    if len(entity) != len(world.views[view].key) or \
            not key.endswith(key_of("", view, entity, window)):
        return [("(key)", key, key_of("", view, entity, window))]
    faults = bookkeeping_faults(world, cell)
    if faults:
        return faults
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


def lacking(task, view, entity, window, cell):
    """Counters of a cell that are not those of all records in the window that the cell shows: then
    it was not written since. The window itself may be older: nothing has left it that counts."""
    ends = task.ends()
    if cell["_at"] == ends:
        return []
    begin, _ = window.bounds(cell["_as_of_ms"])
    totals = task.totals(view, entity, ends, begin, 1 << 62)
    return [(f"{name} at the ends", cell.get(name, 0), totals.get(name, 0)) for name in SHOWN
            if cell.get(name, 0) != totals.get(name, 0)]


def end_faults(world, task, view, entity, window, as_of, held, strict):
    """What is wrong with one cell at the ends; held: as read_cells has it, or None."""
    ends = task.ends()
    if view.name == "post" and task.is_deleted(entity[0], ends):
        return [("(cell at the ends)", "there", "none: the post is deleted")] if held else []
    totals = task.totals(view, entity, ends, *window.bounds(as_of))
    has_content = any(totals.get(counter) for counter in SHOWN)
    if held is None:
        return [("(cell)", "missing", f"content at as_of {as_of}")] if has_content else []
    cell = held[3]
    if cell.get("_task") != task.number or bookkeeping_faults(world, cell):
        return []  # reported where it is compared
    faults = lacking(task, view, entity, window, cell)
    if strict and has_content and cell["_at"] != ends:
        faults.append(("_at", cell["_at"], ends))
    return faults


def compare_ends(world, cells, report, prefix, strict=False):
    """What must be there once everything was read. strict: every cell that is not empty must have
    been written at the very ends (the service writes a cell again only if it changed)."""
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
                                               as_of, cells.get(key), strict))
