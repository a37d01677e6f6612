"""What is remembered of one post: from a platform's running totals to what happened when.

A snapshot (t, v) after (t_last, v_last) means growth d = v - v_last, spread evenly from t_last to
t. A decrease stands at t, signed, and is counted as purged too. Memories expire by the clock H of
the post's own input, one longest window later: `expired` is the last instant that is forgotten.
"""
from .avro import METRICS
from .counters import CODES, SPREAD

# A counter by the snapshot metric that feeds it. With reactions as the source, snapshots still tell
# what no reaction carries.
COUNTER_OF = {metric: CODES["platform_comments" if metric == "comments" else metric]
              for metric in METRICS}
SOURCES = {"snapshots": METRICS, "reactions": ("comments", "reach", "impressions")}
POSTS, PURGED = CODES["posts"], CODES["purged"]


class Post:
    __slots__ = ("published", "deleted", "metrics")

    def __init__(self):
        self.published = None  # largest t of the records since it was published
        self.deleted = None  # largest t of a deletion
        self.metrics = {}  # index of the metric -> (t, v)

    def is_deleted(self, expired):
        return self.deleted is not None and self.deleted > expired

    def publish(self, offset, t, is_publication, expired, out):
        """Counts a publication once, and says whether it did; any record of the post renews the
        memory of it."""
        if self.published is not None and self.published > expired:
            self.published = max(self.published, t)
        elif is_publication:
            self.published = t
            out += (offset, t, POSTS, 1, 0)
            return True
        return False

    def snapshot(self, offset, index, point, created, expired, out):
        """Takes (t, v) of a metric; created: when the counters were 0, if that is known."""
        t, v = point
        code = COUNTER_OF[METRICS[index]]
        last = self.metrics.get(index)
        if last is None or last[0] <= expired:
            start = min(created, t) if created is not None else None
            if start is None or start <= expired:
                self.metrics[index] = point  # a baseline
                return
            last = (start, 0)
        t_last, v_last = last
        if t < t_last:
            return
        self.metrics[index] = point
        d = v - v_last
        if d > 0 and t > t_last:
            out += (offset, t, SPREAD + code, d, t_last)
        elif d:
            out += (offset, t, code, d, 0)
            if d < 0:
                out += (offset, t, PURGED, -d, 0)
