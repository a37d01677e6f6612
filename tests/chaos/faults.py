"""The faults: each is a function of a scene and a source of chance, and returns how often it bit,
by what others show of it: tasks that were begun again, writes that were refused or lost.
"""
import signal
import time

from scene import PARTITIONS
from stack import wait_for

SESSION_S = 10
NOTICE_S = 40
FIGURES_S = 1.2  # metrics are at most a second old


def some_owner(scene, chance, kept_s=0):
    """A process that has tasks, and how many, once each task has one owner; and has had it for so
    long, if need be."""
    held, since = [], 0

    def owners():
        nonlocal held, since
        counts = [(name, scene.tasks(name)) for name in list(scene.services)]
        if sum(count for _, count in counts) != PARTITIONS:
            counts = []
        if counts != held:
            held, since = counts, time.monotonic()
        kept = time.monotonic() - since >= kept_s
        return [(name, count) for name, count in counts if count and kept]
    return chance.choice(wait_for(owners, "each task has one owner", NOTICE_S))


def keep_on(chance, most_s=1.5):
    """Goes on as before, for a while that is left to chance."""
    return lambda: time.sleep(chance.uniform(0, most_s))


def grows(scene, name, before, what, **labels):
    """By how much a counter has grown, once it has."""
    return wait_for(lambda: max(0, scene.total(name, **labels) - before), what, NOTICE_S)


def gone_on(scene):
    """Tasks that have begun from what was known, in a log or in memory that was kept."""
    name = "tasks_begun_total"
    return scene.total(name) - scene.total(name, **{"from": "nothing"})


def wait_gone_on(scene, before):
    wait_for(lambda: gone_on(scene) > before, "its tasks go on", NOTICE_S)


def kill(scene, chance):
    """kill -9, and a restart at some time."""
    name, tasks = some_owner(scene, chance)
    scene.kill(name)
    before = gone_on(scene)
    keep_on(chance)()
    scene.again(name)
    wait_gone_on(scene, before)
    return tasks


# The group says so, the proof of ownership, or the guard: that alone, if the process slept through
# a rebalance, since its client then joins anew and is told at once which tasks to give back.
NOTICES = ("lost: taken", "belongs to another", "has another owner")


def notices(service, said):
    """It has understood that its tasks are somebody else's; said: how much it had said before."""
    def has_said():
        text = service.text()[said:]
        return any(words in text for words in NOTICES)
    wait_for(has_said, "the sleeper notices", NOTICE_S)


def stop_and_go_on(scene, chance):
    """SIGSTOP until the others have its tasks, then SIGCONT: it wakes up in the belief that nothing
    has happened."""
    name, tasks = some_owner(scene, chance, FIGURES_S)  # who has none notices nothing
    service = scene.services[name]
    said = len(service.text())
    others = [other for other in scene.services if other != name]
    service.signal(signal.SIGSTOP)
    try:
        wait_for(lambda: sum(scene.tasks(other) for other in others) == PARTITIONS,
                 "the others have its tasks", SESSION_S + NOTICE_S)
        keep_on(chance)()
    finally:
        service.signal(signal.SIGCONT)
    notices(service, said)
    return tasks


def term(scene, chance):
    """SIGTERM, and a restart."""
    name, tasks = some_owner(scene, chance)
    scene.term(name)
    before = gone_on(scene)
    keep_on(chance)()
    scene.again(name)
    wait_gone_on(scene, before)
    return tasks


def broker_dies(scene, chance):
    """By SIGKILL or in good order, and is started again."""
    before = [(service, len(service.text())) for service in scene.services.values()]
    with scene.broker_away():
        scene.kafka.stop(chance.choice(("KILL", "TERM")))
        keep_on(chance)()
        scene.kafka.again()
    scene.read_more(scene.rate)
    return sum(1 for service, said in before if "librdkafka" in service.text()[said:])


def flush_all(scene, _chance):
    """Redis is emptied, on the connections that there are."""
    before = scene.total("guard_outcomes_total", outcome="empty")
    scene.pair.flush(scene.watch.redis_loses())
    return grows(scene, "guard_outcomes_total", before, "the empty Redis is noticed",
                 outcome="empty")


def taken_over(scene, before):
    """Tasks that took over their guards, once all of them have."""
    return wait_for(lambda: scene.total("takeovers_total") - before >= PARTITIONS,
                    "every task has taken over", NOTICE_S)


def redis_restarts(scene, _chance):
    """kill -9, and it comes back with nothing."""
    before = scene.total("takeovers_total")
    count = scene.pair.restart(scene.watch.redis_loses())
    taken_over(scene, before)
    scene.pair.follow()
    return count


def redis_goes_back(scene, chance):
    """kill -9, and it comes back with what it had some time before."""
    before = scene.total("takeovers_total")
    count = scene.pair.restart_from_backup(keep_on(chance), scene.watch.redis_loses())
    taken_over(scene, before)
    scene.pair.follow()
    return count


def fail_over(scene, chance):
    """The primary dies, and a replica that lacks its last writes takes its place."""
    before = scene.total("takeovers_total")
    count = scene.pair.promote(scene.pair.cut_off(keep_on(chance)), scene.watch.redis_loses())
    taken_over(scene, before)
    return count


def demote(scene, chance):
    """The same on the connections that there are: the primary takes over the replica's state."""
    before = scene.total("takeovers_total")
    count = scene.pair.demote(scene.pair.cut_off(keep_on(chance)), scene.watch.redis_loses())
    taken_over(scene, before)
    return count


def zombie(scene, chance):
    """A process sleeps, the others take its tasks, Redis then goes back to when the sleeper still
    owned them, and it wakes up."""
    name, _ = some_owner(scene, chance, FIGURES_S)
    service = scene.services[name]
    said = len(service.text())
    others = [other for other in scene.services if other != name]
    held = scene.pair.cut_off(keep_on(chance))
    service.signal(signal.SIGSTOP)
    try:
        wait_for(lambda: sum(scene.tasks(other) for other in others) == PARTITIONS,
                 "the others have its tasks", SESSION_S + NOTICE_S)
        before = scene.total("takeovers_total", but=name)
        count = scene.pair.promote(held, scene.watch.redis_loses())
        if chance.random() < 0.5:
            wait_for(lambda: scene.total("takeovers_total", but=name) - before >= PARTITIONS,
                     "the others have taken over", NOTICE_S)
    finally:
        service.signal(signal.SIGCONT)
    notices(service, said)
    return count


ALL = (kill, stop_and_go_on, term, broker_dies, flush_all, redis_restarts, redis_goes_back,
       fail_over, demote, zombie)
