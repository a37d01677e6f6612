"""The verdicts of one input: which reasons a comment has by its text and by what came before it,
what it is then, and which earlier comments turn out to be copies."""
from .comments import Tone
from .rules import FULL, Bursts, Copies
from .texts import NO_TEXT


class Judge:
    def __init__(self, rules, scorer, comments):
        self.rules, self.scorer, self.comments = rules, scorer, comments
        if rules:
            self.copies, self.bursts = Copies(rules), Bursts(rules)

    def text_of(self, event):
        """(what is known of its text, its reasons)"""
        text, lang = event[9:11]
        found = self.scorer.texts.of(text, None) if text is not None else NO_TEXT
        reasons = {name for name in found.reasons if name != "lang_other"}
        if text is not None and not self.scorer.is_scored(text, lang):
            reasons.add("lang_other")
        return found, reasons

    def tone(self, event, reasons):
        reason, quality = self.rules.decide(reasons)
        if reason:
            return Tone(reason=reason)
        return Tone(scored=self.scorer.score(*event[9:12]), quality=quality)

    def creation(self, offset, t, event, clock):
        """Of a comment by another than the influencer; whether it is known already is not asked."""
        if not self.rules:
            return Tone(scored=self.scorer.score(*event[9:12]))
        post, comment, actor = event[4], event[7], event[8]
        text, reasons = self.text_of(event)
        is_copy, earlier = self.copies.seen(text, actor, comment, clock)
        if is_copy:
            reasons.add("copypasta")
        if self.bursts.seen(actor, post, t, clock):
            reasons.add("burst")
        for comment_id in earlier:
            self.judge_late(offset, self.comments.find(comment_id, clock))
        return self.tone(event, reasons)

    def judge_late(self, offset, comment):
        """An earlier one that is a copy now: as if it had been known at once."""
        if comment is None:
            self.comments.orphan_retractions += 1
            return
        self.comments.late_verdicts += 1
        if not comment.tone.is_clean:
            return
        before = comment.contributions()
        reason, quality = self.rules.decide({"copypasta"})
        comment.tone = Tone(reason=reason) if reason else Tone(
            scored=(comment.tone.code, comment.tone.compound),
            quality=comment.tone.quality * quality // FULL)
        comment.change(offset, before)

    def edit(self, tone, event):
        if tone.is_reply or tone.reason in ("copypasta", "burst"):
            return tone
        if not self.rules:
            return Tone(scored=self.scorer.score(*event[9:12]))
        return self.tone(event, self.text_of(event)[1])

    def is_risky(self, text):
        """Whether an influencer's own post holds what a brand does not want."""
        return bool(self.rules) and text is not None and self.scorer.posts.is_risky(text)
