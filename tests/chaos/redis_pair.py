"""A primary and its replica, and the ways in which such a pair loses what it had acknowledged.

The service knows one address, the primary's. All methods return how many tasks' last writes were
lost: of how many guards Redis afterwards held another token than before.
"""
from pathlib import Path

from stack import wait_for

MORE_WRITES_S = 60
SETTINGS = ("--repl-diskless-sync-delay", "0")


def tokens(server):
    """Guard -> token: every batch leaves a new one."""
    client = server.client()
    return {key: client.hget(key, "token") for key in client.keys("gs:v1:guard:*")}


def lost(before, after):
    return sum(1 for key, token in before.items() if after.get(key) != token)


class Pair:
    def __init__(self, stack):
        self.stack = stack
        self.primary = stack.redis(*SETTINGS)
        self.replica = None
        self.follow()

    @property
    def url(self):
        return self.primary.url

    @property
    def folder(self):
        return self.primary.folder

    def client(self, **options):
        return self.primary.client(**options)

    def follow(self):
        """A new replica, up to date."""
        if self.replica:
            self.replica.kill()
        self.replica = self.stack.redis(*SETTINGS, "--replicaof", "127.0.0.1",
                                        str(self.primary.port))
        wait_for(self.in_step, "the replica is in step", 60)

    def in_step(self):
        return self.replica.client().info("replication").get("master_link_status") == "up"

    def cut_off(self, keep_on):
        """From here on the replica gets nothing, while the primary goes on, as long as keep_on()
        takes. What promote() and demote() want."""
        self.replica.client().replicaof("NO", "ONE")
        held = tokens(self.replica)
        wait_for(lambda: lost(tokens(self.primary), held), "the primary has written more",
                 MORE_WRITES_S)
        keep_on()
        return held

    def promote(self, held, moment):
        """The primary dies; the replica takes its place, at its address. moment: a context in which
        no reader looks."""
        with moment:
            count = lost(tokens(self.primary), held)
            address = self.primary.port
            self.primary.kill()
            self.primary = self.replica
            self.primary.client().config_set("port", address)
            self.primary.move(address, SETTINGS)
        self.replica = None
        self.follow()
        return count

    def demote(self, held, moment):
        """The primary takes over what the replica has, and is primary again: to its clients this
        happens on the connection that they have."""
        with moment:
            count = lost(tokens(self.primary), held)
            client = self.primary.client()
            client.replicaof("127.0.0.1", self.replica.port)
            wait_for(lambda: client.info("replication").get("master_link_status") == "up",
                     "the primary has taken over the older state", 60)
            client.replicaof("NO", "ONE")
        self.follow()
        return count

    def restart(self, moment):
        """Killed and started without anything."""
        with moment:
            before = tokens(self.primary)
            (Path(self.primary.folder) / "dump.rdb").unlink(missing_ok=True)
            self.primary.again()
            count = lost(before, tokens(self.primary))
        return count

    def restart_from_backup(self, keep_on, moment):
        """Killed and started with what was saved some time before."""
        self.client().save()
        held = tokens(self.primary)
        wait_for(lambda: lost(tokens(self.primary), held), "more is written", MORE_WRITES_S)
        keep_on()
        with moment:
            before = tokens(self.primary)
            self.primary.again()
            count = lost(before, tokens(self.primary))
        return count

    def flush(self, moment):
        with moment:
            before = tokens(self.primary)
            self.client().flushall()
        return len(before)
