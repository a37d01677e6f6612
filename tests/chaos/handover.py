"""How long nothing new is written when a process is stopped in good order under load."""
import threading
import time

from readers import Thread
from scene import PARTITIONS
from stack import wait_for

LOOK_EVERY_S = 0.01
AFTER_S = 60  # in which every task must have written again


class Writes(Thread):
    """When each task wrote, by Redis's clock."""

    def __init__(self, pair):
        super().__init__(LOOK_EVERY_S)
        self.client, self.lock = pair.client(), threading.Lock()
        self.written = {task: [] for task in range(PARTITIONS)}

    def step(self):
        pipe = self.client.pipeline(transaction=False)
        for task in self.written:
            pipe.hget(f"gs:v1:guard:{task}", "written")
        with self.lock:
            for times, text in zip(self.written.values(), pipe.execute()):
                if text and (not times or int(text) > times[-1]):
                    times.append(int(text))

    def since(self, moment_ms):
        """Task -> when it wrote, from the last time before the moment on."""
        with self.lock:
            return {task: [at for at in times if at < moment_ms][-1:] +
                          [at for at in times if at >= moment_ms]
                    for task, times in self.written.items()}


def longest_gaps(scene, writes, name):
    """Stops the process; task -> the longest time in ms without a write, of those that it had."""
    own = {int(labels["task"]) for labels, _ in
           scene.services[name].metrics().rows("groundswell_task_state")}
    begin_ms = time.time() * 1000
    scene.term(name)
    end_ms = time.time() * 1000

    def all_write():
        return all(times and times[-1] > end_ms + 1000 for times in writes.since(begin_ms).values())
    wait_for(all_write, "every task has written for a second", AFTER_S)
    found = {task: max(after - before for before, after in zip(times, times[1:]))
             for task, times in writes.since(begin_ms).items()}
    return {task: gap for task, gap in found.items() if task in own}, end_ms - begin_ms
