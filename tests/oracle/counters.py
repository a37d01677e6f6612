"""Contributions of records to counters, and their sum over a window.

A contribution is five integers, so that millions of them fit: offset of the record, instant, code,
value, and the instant where the growth of a spread one began. Codes: a counter's number; a comment
of a class, whose value is its compound; the same taken back; SPREAD + a counter's number.
"""
from array import array
from bisect import bisect_left

from .rules import REASONS

COUNTERS = ("posts", "comments", "clean", "author_replies", "pos", "neg", "neu", "unk", "sent_sum",
            "sent_sq", "likes", "dislikes", "shares", "saves", "views", "reach", "impressions",
            "clicks", "conversions", "value_micros", "platform_comments", "purged", "clamped",
            "late_0", "late_1", "late_2", "late_3", "risky_posts", "downweighted", "vis_pos",
            "vis_neg", "vis_neu", *(f"drop_{reason}" for reason in REASONS))
CODES = {name: code for code, name in enumerate(COUNTERS)}
COMMENT_POS, COMMENT_NEG, COMMENT_NEU, COMMENT_UNK = 60, 61, 62, 63
COMMENT_CLASS = {COMMENT_POS: "pos", COMMENT_NEG: "neg", COMMENT_NEU: "neu", COMMENT_UNK: "unk"}
TAKEN_BACK = 10  # more than the code of a comment
COMMENT_BACK = {code + TAKEN_BACK: code for code in COMMENT_CLASS}
SPREAD = 100
SPREAD_MS = 3600000  # growth that lies longer before its snapshot counts at the start of this
STRIDE = 5


def spread_part(t_last, t, d, begin, end):
    """What of the growth d between t_last and t falls into [begin, end)."""
    first = max(t_last, t - SPREAD_MS)

    def until(x):
        if x <= first:
            return 0
        return d if x >= t else d * (x - t_last) // (t - t_last)
    return until(end - 1) - until(begin - 1)


def add_window(totals, contributions, at, begin, end):
    """Adds to totals (counter name -> sum) what records below offset `at` say of [begin, end)."""
    stop = len(contributions)
    if contributions[stop - STRIDE] >= at:
        stop = bisect_left(contributions[::STRIDE], at) * STRIDE
    comments = {}
    for t, code, value, t_last in zip(contributions[1:stop:STRIDE], contributions[2:stop:STRIDE],
                                      contributions[3:stop:STRIDE], contributions[4:stop:STRIDE]):
        if code >= SPREAD:
            name = COUNTERS[code - SPREAD]
            totals[name] = totals.get(name, 0) + spread_part(t_last, t, value, begin, end)
        elif not begin <= t < end:
            continue
        elif code in COMMENT_CLASS:
            seen = comments.setdefault(code, [0, 0, 0])
            seen[0] += 1
            seen[1] += value
            seen[2] += value * value
        elif code in COMMENT_BACK:
            seen = comments.setdefault(COMMENT_BACK[code], [0, 0, 0])
            seen[0] -= 1
            seen[1] -= value
            seen[2] -= value * value
        else:
            name = COUNTERS[code]
            totals[name] = totals.get(name, 0) + value
    for code, (count, total, squares) in comments.items():
        for name, value in (("comments", count), ("clean", count), (COMMENT_CLASS[code], count),
                            ("sent_sum", total), ("sent_sq", squares)):
            totals[name] = totals.get(name, 0) + value


class Entities:
    """The contributions to every entity of one view, by the records of one input partition."""

    def __init__(self):
        self.by_key = {}

    def add(self, key, contributions):
        held = self.by_key.get(key)
        if held is None:
            self.by_key[key] = array("q", contributions)
        else:
            held.extend(contributions)

    def add_window(self, totals, key, at, begin, end):
        held = self.by_key.get(key)
        if held:
            add_window(totals, held, at, begin, end)
