"""Sentiment of a comment: class and compound in 1e-4, by the original VADER, each text once."""
import os
import pickle
from math import floor

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from .counters import COMMENT_NEG, COMMENT_NEU, COMMENT_POS, COMMENT_UNK

LANGUAGE = b"en"


def round_away(value):
    """To the nearest integer, halves away from zero."""
    whole = floor(abs(value))
    whole += abs(value) - whole >= 0.5
    return whole if value >= 0 else -whole


def class_of(compound):
    if compound >= 500:
        return COMMENT_POS
    return COMMENT_NEG if compound <= -500 else COMMENT_NEU


def is_scored(lang):
    """A text without a language is taken for the lexicon's; else the primary subtag decides."""
    return lang is None or lang.replace(b"_", b"-").split(b"-", 1)[0].lower() == LANGUAGE


class Scorer:
    """kept: a file with the scores of earlier runs, for those who compare the same topics again."""

    def __init__(self, kept=None):
        self.polarity = SentimentIntensityAnalyzer().polarity_scores
        self.known, self.kept = {}, kept
        if kept and os.path.exists(kept):
            with open(kept, "rb") as file:
                self.known = pickle.load(file)

    def keep(self):
        if self.kept:
            with open(self.kept, "wb") as file:
                pickle.dump(self.known, file)

    def compound(self, text):
        """Of the text's bytes; what is not UTF-8 reads as U+FFFD."""
        score = self.known.get(text)
        if score is None:
            compound = self.polarity(text.decode("utf-8", "replace"))["compound"]
            score = self.known[text] = round_away(compound * 10000)
        return score

    def score(self, text, lang, sentiment):
        """(class, compound) of a comment."""
        if sentiment is not None:
            compound = round_away(sentiment * 10000)
        elif text is None or not is_scored(lang):
            return COMMENT_UNK, 0
        else:
            compound = self.compound(text)
        return class_of(compound), compound
