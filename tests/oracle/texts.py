"""What the program says of single texts: the reasons that each gives, its score, and what copies of
it are known by. Whether that is right is tested elsewhere, on labelled texts; the oracle takes it
as given, and follows for itself what becomes of comments by it.

`groundswell score --json` is asked once per text. Every text comes long after the one before, by
another author and under another post, so that nothing is a copy or a burst; and an empty line as
long after it, by which it is certain and printed.
"""
import json
import subprocess
from typing import NamedTuple

APART_MS = 3600000  # at least


class Text(NamedTuple):
    reasons: tuple
    is_scored: bool  # there is a lexicon of its language
    compound: int  # in 1e-4
    words: int
    normal: str  # of equal texts equal


NO_TEXT = Text((), False, 0, 0, "")


class Texts:
    def __init__(self, settings, *arguments):
        self.command = [settings.program, "score", "--json", "--scorer", settings.scorer, "--rules",
                        "on", *settings.score_arguments, *arguments]
        generation = settings.rules.copies_window_ms if settings.rules else 0
        self.apart_ms = max(APART_MS, 3 * generation)
        self.known = {}
        self.process = None
        self.now_ms = 0

    def of(self, text, lang):
        """text, lang: bytes; lang is None where the text is to be asked."""
        found = self.known.get((text, lang))
        if found is None:
            found = self.known[text, lang] = self.ask(text, lang)
        return found

    def ask(self, text, lang):
        lines = [{"text": text.decode("utf-8", "replace")}, {"text": ""}]
        if lang is not None:
            lines[0]["lang"] = lang.decode("utf-8", "replace")
        for line in lines:
            self.now_ms += self.apart_ms
            line["event_time"] = self.now_ms
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE)
        self.process.stdin.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        self.process.stdin.flush()
        answer, _ = self.process.stdout.readline(), self.process.stdout.readline()
        if not answer:
            raise ValueError(f"{' '.join(self.command)} ended with {self.process.wait()}")
        said = json.loads(answer)
        return Text(tuple(said["reasons"]), said["class"] != "unknown",
                    round(said["compound"] * 10000), said.get("words", 0),
                    said.get("normal_hash", ""))

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None


class Posts:
    """Whether an influencer's own post holds profanity, whatever that does to comments, or what the
    list of unsafe phrases names: the program is asked as if these were profanity."""

    def __init__(self, settings):
        keep = ("-s", "clean.actions.profanity=keep")
        unsafe = ("-s", f"clean.lists.profanity={settings.unsafe_list}")
        self.lists = Texts(settings, *keep), Texts(settings, *keep, *unsafe)

    def is_risky(self, text):
        return any("profanity" in texts.of(text, None).reasons for texts in self.lists)

    def close(self):
        for texts in self.lists:
            texts.close()
