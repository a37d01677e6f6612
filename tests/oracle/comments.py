"""What is remembered of the comments of one input, so that later records can change them.

A comment is remembered while the input's clock has not gone a horizon beyond its time. How many are
remembered is bounded. What counts is every comment that was taken in, deleted since or not, until
the slice of time that it belongs to, a 64th of the horizon long, lies beyond the horizon as a
whole.
"""
from .counters import CODES, COMMENT_CLASS, COMMENT_NEG, COMMENT_NEU, COMMENT_POS, TAKEN_BACK
from .rules import FULL, weight_of

SLICES = 64


AUTHOR_REPLIES, COMMENTS = CODES["author_replies"], CODES["comments"]
DOWNWEIGHTED = CODES["downweighted"]
VISIBILITY = {COMMENT_POS: CODES["vis_pos"], COMMENT_NEG: CODES["vis_neg"],
              COMMENT_NEU: CODES["vis_neu"]}


COUNTER_MAX = 2**31 - 1


def within(counter):
    """What is remembered of a comment's own counter."""
    return min(max(counter, -COUNTER_MAX - 1), COUNTER_MAX)


def taken_back(code, value):
    return (code + TAKEN_BACK, value) if code in COMMENT_CLASS else (code, -value)


class Tone:
    """What a comment is: the author's reply, one that was dropped for a reason, or one of a class
    with a score and, where comments are judged, a quality."""
    __slots__ = ("is_reply", "reason", "code", "compound", "quality")

    def __init__(self, is_reply=False, reason=None, scored=(None, 0), quality=None):
        self.is_reply, self.reason, self.quality = is_reply, reason, quality
        self.code, self.compound = scored

    @property
    def is_clean(self):
        return not self.is_reply and self.reason is None

    def contributions(self, reach):
        """{code: value} of a comment that is seen so far."""
        if self.is_reply:
            return {AUTHOR_REPLIES: 1}
        if self.reason is not None:
            return {COMMENTS: 1, CODES[f"drop_{self.reason}"]: 1}
        made = {self.code: self.compound}
        if self.quality is None:
            return made
        if self.quality < FULL:
            made[DOWNWEIGHTED] = 1
        if self.code in VISIBILITY:
            made[VISIBILITY[self.code]] = weight_of(self.quality, reach)
        return made


class Comment:
    __slots__ = ("t", "tone", "likes", "replies", "shares", "places")

    def __init__(self, t):
        self.t = t
        self.tone = None
        self.likes = self.replies = self.shares = 0
        self.places = ()  # the entities that have it: (Entities of a view, key)

    @property
    def reach(self):
        return 1 + self.likes + 2 * self.replies + 3 * self.shares

    def contributions(self):
        return self.tone.contributions(self.reach)

    def react(self, kind, count):
        if kind == "LIKE":
            self.likes = within(self.likes + count)
        elif kind in ("SHARE", "QUOTE"):
            self.shares = within(self.shares + count)

    def change(self, offset, before):
        """What follows of a record goes where the comment went, at its time. before: what it had
        contributed; None: it is deleted, and contributes nothing any more."""
        after = self.contributions()
        if before is None:
            before, after = after, {}
        if before == after:
            return
        out = []
        for code, value in before.items():
            if after.get(code) != value:
                out += (offset, self.t, *taken_back(code, value), 0)
        for code, value in after.items():
            if before.get(code) != value:
                out += (offset, self.t, code, value, 0)
        for entities, key in self.places:
            entities.add(key, out)


class Comments:
    def __init__(self, settings):
        self.horizon_ms = settings.comments_horizon_ms
        self.most = settings.comments_max
        self.slice_ms = -(-self.horizon_ms // SLICES)
        self.by_id = {}
        self.slices = {}  # number -> ids taken in
        self.held = 0
        self.first = 0  # number of the first slice that is not all beyond the horizon
        self.orphan_retractions = 0
        self.orphan_counters = 0
        self.late_verdicts = 0
        self.refused = 0

    def find(self, comment_id, clock):
        found = self.by_id.get(comment_id)
        return found if found and clock - found.t < self.horizon_ms else None

    def follow(self, clock):
        first = max(clock - self.horizon_ms + 1, 0) // self.slice_ms
        if first == self.first:
            return
        self.first = first
        for number in [number for number in self.slices if number < first]:
            ids = self.slices.pop(number)
            self.held -= len(ids)
            for comment_id in ids:
                if not self.find(comment_id, clock):
                    self.by_id.pop(comment_id, None)

    def remember(self, comment_id, clock, comment):
        """Whether it was; the caller has made sure that it is not there yet."""
        self.follow(clock)
        self.by_id.pop(comment_id, None)
        if clock - comment.t >= self.horizon_ms:
            return False
        if self.held >= self.most:
            self.refused += 1
            return False
        self.slices.setdefault(comment.t // self.slice_ms, []).append(comment_id)
        self.held += 1
        self.by_id[comment_id] = comment
        return True

    def forget(self, comment_id):
        del self.by_id[comment_id]
