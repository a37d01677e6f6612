"""Which comments count, and how much: verdicts from reasons, and the two short memories that say
who repeats himself or others.

Both memories keep two generations, cut from the input's own clock; they take in what a record says
and never a verdict.
"""
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor, log2

KEEP, DOWNWEIGHT, DROP = "keep", "downweight", "drop"
# In the order in which they are asked: what each does, and its weight in 1/256.
REASONS = {"url": (DROP, 192), "shortener": (DROP, 224), "phone": (DROP, 224),
           "contact": (DROP, 224), "promo": (DROP, 224), "mention_only": (DOWNWEIGHT, 192),
           "emoji_only": (DOWNWEIGHT, 96), "generic": (DOWNWEIGHT, 96), "char_flood": (DROP, 192),
           "lang_other": (KEEP, 0), "profanity": (KEEP, 0), "copypasta": (DROP, 240),
           "burst": (DROP, 192)}
FULL = 256  # the quality of what nothing was said against
REACH_MAX = 2**32 - 1


@dataclass
class Rules:
    reasons: dict = field(default_factory=lambda: dict(REASONS))  # without those that are off
    copies_window_ms: int = 600000
    copies_capacity: int = 100000
    copies_words_min: int = 4
    copies_authors_min: int = 5
    burst_window_ms: int = 60000
    burst_capacity: int = 50000
    burst_comments_max: int = 6
    burst_on_post: int = 3

    def decide(self, given):
        """(the reason of a drop or None, quality) of a set of reasons."""
        reason, quality = None, FULL
        for name in REASONS:
            action, weight = self.reasons.get(name, (KEEP, 0))
            if name not in given or action == KEEP:
                continue
            quality = quality * (FULL - weight) // FULL
            if action == DROP and reason is None:
                reason = name
        return reason, quality


def weight_of(quality, reach):
    """What a comment weighs, in 1/1024."""
    return quality * (1024 + log2_1024(min(max(reach, 1), REACH_MAX))) // FULL


@lru_cache(maxsize=1 << 16)
def log2_1024(x):
    """floor(1024 * log2(x)), exactly: a double may be on the wrong side of a whole number."""
    guess = floor(1024 * log2(x))
    power = x**1024
    while 1 << guess > power:
        guess -= 1
    while 1 << (guess + 1) <= power:
        guess += 1
    return guess


class Generations:
    """newer and older: dicts of lists."""

    def __init__(self, window_ms, capacity):
        self.window_ms, self.capacity = window_ms, capacity
        self.number = None
        self.newer, self.older, self.count = {}, {}, 0

    def swap(self):
        self.newer, self.older, self.count = {}, self.newer, 0

    def follow(self, clock):
        number = clock // self.window_ms
        if self.number is not None and number > self.number:
            self.swap()
            if number > self.number + 1:
                self.older = {}
        self.number = number

    def put(self, key, sighting):
        if self.count >= self.capacity:
            self.swap()
        self.count += 1
        self.newer.setdefault(key, []).append(sighting)


class Sighting:
    __slots__ = ("actor", "comment", "is_copy")

    def __init__(self, actor, comment, is_copy):
        self.actor, self.comment, self.is_copy = actor, comment, is_copy


class Copies:
    """A text that its author wrote before, or that so many authors wrote."""

    def __init__(self, rules):
        self.words_min, self.authors_min = rules.copies_words_min, rules.copies_authors_min
        self.held = Generations(rules.copies_window_ms, rules.copies_capacity)

    def seen(self, text, actor, comment, clock):
        """(is it a copy, ids of earlier comments that are copies now and were none before)"""
        self.held.follow(clock)
        if text.words < self.words_min:
            return False, []
        newer = self.held.newer.get(text.normal, [])
        if any(one.actor == actor for one in newer):
            return True, []  # one sighting per text and author in a generation
        before = [*newer, *self.held.older.get(text.normal, [])]
        authors = {actor, *(one.actor for one in before)}
        told = []
        is_wave = len(authors) >= self.authors_min
        if is_wave:
            for one in before:
                if not one.is_copy:
                    one.is_copy = True
                    told.append(one.comment)
        is_copy = is_wave or any(one.actor == actor for one in before)
        self.held.put(text.normal, Sighting(actor, comment, is_copy))
        return is_copy, told


class Bursts:
    """More of one actor than anybody writes."""
    LOOKED_AT = 64  # of an actor, in each generation

    def __init__(self, rules):
        self.window_ms = rules.burst_window_ms
        self.most, self.on_post = rules.burst_comments_max, rules.burst_on_post
        self.held = Generations(rules.burst_window_ms, rules.burst_capacity)

    def seen(self, actor, post, t, clock):
        self.held.follow(clock)
        comments = on_post = 1
        for generation in (self.held.newer, self.held.older):
            for where, when in generation.get(actor, [])[-self.LOOKED_AT:]:
                if t - self.window_ms < when <= t:
                    comments += 1
                    on_post += where == post
        self.held.put(actor, (post, t))
        return comments > self.most or on_post >= self.on_post
