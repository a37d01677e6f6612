"""Sentiment of a comment: class and compound in 1e-4, by the original VADER, each text once."""
import os
import pickle
from math import floor

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from .counters import COMMENT_NEG, COMMENT_NEU, COMMENT_POS, COMMENT_UNK
from .texts import Posts, Texts

ENGLISH = b"en"
NOBODY_KNOWS = (b"", b"und", b"zxx", b"mul", b"mis", b"x")


def round_away(value):
    """To the nearest integer, halves away from zero."""
    whole = floor(abs(value))
    whole += abs(value) - whole >= 0.5
    return whole if value >= 0 else -whole


def class_of(compound):
    if compound >= 500:
        return COMMENT_POS
    return COMMENT_NEG if compound <= -500 else COMMENT_NEU


def language_of(lang):
    """The primary subtag; None if it is absent or says that nobody knows, so that the text has to
    be asked."""
    primary = (lang or b"").replace(b"_", b"-").split(b"-", 1)[0].lower()
    is_private = len(primary) == 3 and b"qaa" <= primary <= b"qtz"
    return None if primary in NOBODY_KNOWS or is_private else primary


class Scorer:
    """kept: a file with the scores of earlier runs, for those who compare the same topics again."""

    def __init__(self, settings, kept=None):
        self.polarity = SentimentIntensityAnalyzer().polarity_scores
        self.texts, self.posts = Texts(settings), Posts(settings)
        self.is_original = settings.scorer == "reference"
        self.languages = [language.encode() for language in settings.languages]
        self.scores, self.kept = {}, kept
        if kept and os.path.exists(kept):
            with open(kept, "rb") as file:
                self.scores, command, known = pickle.load(file)
            if command == self.texts.command:  # else it may say something else
                self.texts.known = known

    def keep(self):
        if self.kept:
            with open(self.kept, "wb") as file:
                pickle.dump((self.scores, self.texts.command, self.texts.known), file)

    def close(self):
        self.texts.close()
        self.posts.close()

    def compound(self, text):
        """Of the text's bytes; what is not UTF-8 reads as U+FFFD."""
        score = self.scores.get(text)
        if score is None:
            compound = self.polarity(text.decode("utf-8", "replace"))["compound"]
            score = self.scores[text] = round_away(compound * 10000)
        return score

    def is_scored(self, text, lang):
        """Whether there is a text, and a lexicon of its language."""
        if text is None:
            return False
        language = language_of(lang)
        return self.texts.of(text, None).is_scored if language is None else \
            language in self.languages

    def score(self, text, lang, sentiment):
        """(class, compound) of a comment."""
        if sentiment is not None:
            compound = round_away(sentiment * 10000)
        elif not self.is_scored(text, lang):
            return COMMENT_UNK, 0
        elif self.is_original and self.languages == [ENGLISH]:
            compound = self.compound(text)
        else:
            compound = self.texts.of(text, language_of(lang)).compound
        return class_of(compound), compound
