"""One partition of one event input: what becomes of every record, and what it contributes.

Everything here depends on this partition's records alone, in their order, and on the profiles;
never on as_of or on the other inputs. So it is computed once, and a cell at any offsets is a matter
of leaving out what comes later.
"""
from bisect import bisect_left

from .avro import METRICS, Bad
from .comments import Comment, Comments, Tone, within
from .counters import CODES, Entities
from .judge import Judge
from .posts import COUNTER_OF, SOURCES, Post

CLAMPED, RISKY = CODES["clamped"], CODES["risky_posts"]
CONVERSIONS, VALUE = CODES["conversions"], CODES["value_micros"]
REACTIONS = {"LIKE": CODES["likes"], "DISLIKE": CODES["dislikes"], "SHARE": CODES["shares"],
             "QUOTE": CODES["shares"], "SAVE": CODES["saves"], "CLICK": CODES["clicks"],
             "VIEW": CODES["views"], "CONVERSION": CONVERSIONS}


class Duplicates:
    """Ids of the current and the previous generation of the input's clock."""

    def __init__(self, settings):
        self.window_ms = settings.dedupe_window_ms
        self.capacity = settings.dedupe_capacity
        self.generation = None
        self.newer, self.older = set(), set()

    def seen(self, event_id, clock):
        generation = clock // self.window_ms
        if generation != self.generation:
            one_on = self.generation is not None and generation == self.generation + 1
            self.older = self.newer if one_on else set()
            self.newer = set()
            self.generation = generation
        found = event_id in self.newer or event_id in self.older
        if event_id not in self.newer:
            if len(self.newer) >= self.capacity:
                self.older, self.newer = self.newer, set()
            self.newer.add(event_id)
        return found


class History:
    """A value that records change: what it was below any offset."""
    __slots__ = ("offsets", "values")

    def __init__(self):
        self.offsets, self.values = [], []

    def put(self, offset, value):
        self.offsets.append(offset)
        self.values.append(value)

    def below(self, at):
        index = bisect_left(self.offsets, at) - 1
        return self.values[index] if index >= 0 else None


class EventPartition:
    def __init__(self, settings, readers, profiles, scorer):
        self.read = readers.read
        self.profiles = profiles  # ProfilesPartition, or None if none are read
        self.windows = settings.windows
        self.longest = settings.longest
        self.soonest_late_ms = min(w.window_ms - w.pane_ms for w in settings.windows)
        self.from_reactions = settings.source == "reactions"
        self.counted = [i for i, metric in enumerate(METRICS)
                        if metric in SOURCES[settings.source]]
        self.views = [view.key for view in settings.views]
        self.entities = [Entities() for _ in settings.views]
        self.duplicates = Duplicates(settings)
        self.comments = Comments(settings)
        self.judge = Judge(settings.rules, scorer, self.comments)
        self.clock = -1  # H
        self.clocks = History()
        self.end = 0
        self.posts = {}  # post_id -> Post
        self.deleted = {}  # post_id -> History of the tombstone's t
        self.followers = {}  # influencer_id -> History of (t, followers)
        self.owners = {}  # post_id -> influencer_id
        self.counts = {"processed": 0, "duplicate": 0, "dlq": 0, "too_late": 0, "ignored": 0}
        self.bad = {}  # offset -> code
        self.too_late = []  # offsets

    def feed(self, offset, record_ms, _key, value):
        self.end = offset + 1
        try:
            event = self.read(value)
        except Bad as why:
            self.counts["dlq"] += 1
            self.bad[offset] = str(why)
            return
        self.counts[self.take(offset, record_ms, event)] += 1

    def take(self, offset, record_ms, event):
        """The disposition of a readable record, whose effects are noted."""
        is_profile = event[0] == "InfluencerProfile"
        t = min(event[2], record_ms)
        if t > self.clock:
            self.clock = t
            self.clocks.put(offset, t)
        if not is_profile and self.duplicates.seen(event[1], self.clock):
            return "duplicate"
        if self.longest.is_late(t, self.clock):
            self.too_late.append(offset)
            return "too_late"
        if is_profile:
            return "ignored"
        out, created = [], None
        if event[0] == "CommentEvent":
            disposition, created = self.comment(offset, t, event, out)
        elif event[0] == "ReactionEvent":
            disposition = self.reaction(offset, t, event, out)
        else:
            disposition = self.post(offset, t, event, out)
        if disposition != "processed":
            return disposition
        if event[2] > record_ms:
            out += (offset, t, CLAMPED, 1, 0)
        if self.clock - t >= self.soonest_late_ms:
            for level, window in enumerate(self.windows):
                if window.is_late(t, self.clock):
                    out += (offset, self.clock, CODES[f"late_{level}"], 1, 0)
        places = self.attribute(t, record_ms, event, out)
        if created:
            created.places = places
        return "processed"

    def comment(self, offset, t, event, out):
        """(disposition, the comment if it was created and is remembered)"""
        action, comment_id, actor = event[6:9]
        if action == "UNKNOWN":
            return "ignored", None
        if action == "CREATED":
            tone = Tone(is_reply=True) if actor == event[3] else \
                self.judge.creation(offset, t, event, self.clock)
            if self.comments.find(comment_id, self.clock):
                return "duplicate", None
            made = Comment(t)
            made.tone = tone
            self.set_counters(made, event)
            for code, value in made.contributions().items():
                out += (offset, t, code, value, 0)
            return "processed", \
                made if self.comments.remember(comment_id, self.clock, made) else None
        known = self.comments.find(comment_id, self.clock)
        if action == "METRICS":
            self.comments.orphan_counters += known is None
        elif known is None:
            self.comments.orphan_retractions += 1
        if known and action == "DELETED":
            known.change(offset, None)
            self.comments.forget(comment_id)
        elif known:
            before = known.contributions()
            self.set_counters(known, event)
            if action == "EDITED":
                known.tone = self.judge.edit(known.tone, event)
            known.change(offset, before)
        return "processed", None

    def set_counters(self, comment, event):
        """Totals that the record tells; those that reactions tell, too, only where they do not."""
        likes, replies, shares = event[12:15]
        if replies is not None:
            comment.replies = within(replies)
        if self.from_reactions:
            return
        if likes is not None:
            comment.likes = within(likes)
        if shares is not None:
            comment.shares = within(shares)

    def reaction(self, offset, t, event, out):
        _, _, _, _, _, _, kind, op, comment_id, count, value = event
        if kind == "UNKNOWN" or op == "UNKNOWN":
            return "ignored"
        count = (1 if op == "ADD" else -1) * (1 if count is None else count)
        if comment_id is not None:
            known = self.comments.find(comment_id, self.clock)
            self.comments.orphan_counters += known is None
            if known and self.from_reactions:
                before = known.contributions()
                known.react(kind, count)
                known.change(offset, before)
            return "processed"
        if kind == "CONVERSION" or self.from_reactions:
            out += (offset, t, REACTIONS[kind], count, 0)
        if kind == "CONVERSION" and value is not None:
            out += (offset, t, VALUE, value if op == "ADD" else -value, 0)
        return "processed"

    def post(self, offset, t, event, out):
        _, _, _, influencer, post_id, _, action, text, *told = event
        followers, created, temporality, metrics = told
        if action == "UNKNOWN":
            return "ignored"
        if followers is not None:
            self.followers.setdefault(influencer, History()).put(offset, (t, followers))
        expired = self.clock - self.longest.window_ms
        post = self.posts.get(post_id)
        if post is None:
            post = self.posts[post_id] = Post()
        if action == "DELETED":
            post.deleted = t if post.deleted is None else max(post.deleted, t)
            self.deleted.setdefault(post_id, History()).put(offset, post.deleted)
        elif not post.is_deleted(expired):
            if post.publish(offset, t, action == "PUBLISHED", expired, out) and \
                    self.judge.is_risky(text):
                out += (offset, t, RISKY, 1, 0)
            if created is None and action == "PUBLISHED":
                created = t
            for index in self.counted:
                value = metrics[index]
                if value is None:
                    continue
                if temporality == "DELTA":
                    out += (offset, t, COUNTER_OF[METRICS[index]], value, 0)
                else:
                    post.snapshot(offset, index, (t, value), created, expired, out)
        return "processed"

    def attribute(self, t, record_ms, event, out):
        """Gives the contributions to the entities of every view that has all its key fields, and
        returns them."""
        influencer, post_id, campaign = event[3], event[4], event[5]
        self.owners.setdefault(post_id, influencer)
        if not out:
            return ()
        if campaign is None and self.profiles:
            campaign = self.profiles.campaign(influencer, t, record_ms)
        places = []
        for key, entities in zip(self.views, self.entities):
            values = tuple(influencer if name == "influencer_id" else
                           post_id if name == "post_id" else campaign for name in key)
            if None not in values:
                entities.add(values, out)
                places.append((entities, values))
        return places

    def comment_counts(self):
        return {"late_verdicts": self.comments.late_verdicts,
                "orphan_retractions": self.comments.orphan_retractions,
                "orphan_counters": self.comments.orphan_counters,
                "comments_refused": self.comments.refused}

    # ---------------------------------------------------------------- at some offset

    def is_deleted(self, post_id, at):
        history = self.deleted.get(post_id)
        t = history.below(at) if history else None
        return t is not None and t > self.clocks.below(at) - self.longest.window_ms

    def followers_shown(self, influencer, at):
        """As the last post event told, while it is remembered."""
        history = self.followers.get(influencer)
        told = history.below(at) if history else None
        if told is None or told[0] <= self.clocks.below(at) - self.longest.window_ms:
            return None
        return told[1]
