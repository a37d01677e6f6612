"""Those who read cells while things go wrong: one looks at the same cells again and again, to see
that time never goes back, the other keeps cells of random moments for the oracle."""
import json
import pickle
import random
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import redis as redis_client

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from oracle.compare import read_cells  # noqa: E402

WATCHED = 600  # cells
LOOK_EVERY_S = 0.1
CHOOSE_EVERY = 20  # looks
SAMPLE_CELLS = 400
SAMPLE_EVERY_S = 4


def goes_back(before, now):
    return before["_task"] == now["_task"] and (
        now["_as_of_ms"] < before["_as_of_ms"] or
        any(new < old for new, old in zip(now["_at"], before["_at"])))


class Thread(threading.Thread):
    """step() again and again; while Redis is away, or is being changed, it waits."""

    def __init__(self, pause_s):
        super().__init__(daemon=True)
        self.pause_s, self.ended, self.error = pause_s, threading.Event(), None

    def run(self):
        while not self.ended.wait(self.pause_s):
            try:
                self.step()
            except (redis_client.exceptions.RedisError, OSError):
                continue
            except BaseException as error:  # pylint: disable=broad-except
                self.error = error
                return

    def stop(self):
        self.ended.set()
        self.join(30)
        if self.error:
            raise self.error

    def step(self):
        raise NotImplementedError


class Watch(Thread):
    """Cells whose time goes back."""

    def __init__(self, pair, seed):
        super().__init__(LOOK_EVERY_S)
        self.pair, self.chance, self.lock = pair, random.Random(seed), threading.Lock()
        self.keys, self.seen, self.looks, self.moved, self.back = [], {}, 0, 0, []

    @contextmanager
    def redis_loses(self):
        """In this, and by this only, Redis may step back."""
        with self.lock:
            try:
                yield
            finally:
                self.seen.clear()

    def step(self):
        with self.lock:
            client = self.pair.client(decode_responses=True)
            if self.looks % CHOOSE_EVERY == 0:
                self.choose(client)
            self.looks += 1
            self.look(client)
            client.close()

    def choose(self, client):
        """Half of them are new each time, and half of these of windows that are written every one
        or three seconds, however many the others are."""
        found = [key for key in client.scan_iter(match="gs:v1:{*", count=2000)]
        short = [key for key in found if key.endswith((":1m", ":5m"))]
        kept = self.keys[-WATCHED // 2:]
        room = WATCHED - len(kept)
        often = self.chance.sample(short, min(len(short), room // 2))
        self.keys = kept + often + self.chance.sample(found, min(len(found), room - len(often)))

    def look(self, client):
        if not self.keys:
            return
        for key, text in zip(self.keys, client.mget(self.keys)):
            if text is None:
                continue
            cell = read_cell(text)
            before = self.seen.get(key)
            self.seen[key] = cell
            if before and goes_back(before, cell):
                self.back.append((key, before, cell))
            self.moved += before is not None and cell["_at"] != before["_at"]


def read_cell(text):
    cell = json.loads(text)
    return {name: cell[name] for name in ("_task", "_at", "_as_of_ms")}


class Samples(Thread):
    """Cells of random moments, in files that the oracle reads."""

    def __init__(self, pair, folder, seed):
        super().__init__(SAMPLE_EVERY_S)
        self.pair, self.folder, self.chance = pair, Path(folder), random.Random(seed)
        self.folder.mkdir()
        self.files, self.cells = [], 0

    def step(self):
        cells = read_cells(self.pair.url, "gs")
        chosen = self.chance.sample(sorted(cells), min(len(cells), SAMPLE_CELLS))
        path = self.folder / f"{len(self.files):05}"
        path.write_bytes(pickle.dumps({key: cells[key] for key in chosen}))
        self.files.append(path)
        self.cells += len(chosen)
