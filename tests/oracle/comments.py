"""What is remembered of the comments of one input, so that later records can change them.

A comment is remembered while the input's clock has not gone a horizon beyond its time. How many are
remembered is bounded. What counts is every comment that was taken in, deleted since or not, until
the slice of time that it belongs to, a 64th of the horizon long, lies beyond the horizon as a
whole.
"""
SLICES = 64


class Comment:
    __slots__ = ("t", "code", "value", "places")

    def __init__(self, t, code, value):
        self.t = t
        self.code, self.value = code, value  # the contribution that stands for it now
        self.places = ()  # the entities that have it: (Entities of a view, key)


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
