#!/usr/bin/env python3
"""Waves of copies and bursts beside ordinary comments, with the verdict that each line should get.

Prints one stream, in order of event_time (ms): a JSON object per line with text, actor_id,
influencer_id, post_id, event_time, lang, and wave, expect (keep, drop or any) and why. The same on
every run. All texts were written for this file.

What is expected follows from the memories' contract. They have two generations, cut where the
stream's clock crosses a multiple of the horizon: 10 min for copies, 60 s for bursts. So what lies
within one horizon is always seen together, and what is more than two apart never is; nothing is
expected of what lies between. Copies that came before the wave was known are taken back, so all of
them are dropped in the end. `any` stands where only later lines are decided: the first of an
author's own repetitions, and the comments before a burst is one.
"""
import json
import random

START_MS = 1_800_000_000_000
MINUTE, SECOND = 60_000, 1000
APART = 25 * MINUTE  # between two waves: more than two generations of copies

COLOURS = "red blue green black white grey yellow orange purple brown pink golden".split()
THINGS = "jacket lamp bag cup chair shirt bottle blanket watch mirror scarf notebook".split()
PEOPLE = "sister brother neighbour aunt boss cousin roommate teacher uncle daughter".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ORDINARY = (
    "my {person} bought the {colour} {thing} on {day} and uses it all the time",
    "is the {thing} on the left really {colour} or is that the light?",
    "saw you on {day} near the station with a {colour} {thing}, made my day",
    "the {colour} {thing} looked better in the last video to be honest",
    "got the {thing} in {colour} for my {person}, she was so happy",
    "not sure about {colour}, but the {thing} itself is lovely",
    "{day} is {thing} day in our house now, my {person} laughs at me",
    "my {colour} {thing} broke after a week, my {person} still has hers",
)
SHORT = ("love this", "first", "so pretty", "wow", "need it", "nice one")


def full_width(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def bold(text):
    """Mathematical sans-serif bold letters."""
    return "".join(chr(0x1D5EE + ord(c) - 97) if "a" <= c <= "z" else
                   chr(0x1D5D4 + ord(c) - 65) if "A" <= c <= "Z" else c for c in text)


def zero_width(text):
    middle = len(text) // 2
    return text[:3] + "\u200b" + text[3:middle] + "\u200d" + text[middle:] + "\ufeff"


def longer_runs(text):
    """Runs of two and more of a character are one and the same."""
    return "".join(c * 3 if i and text[i - 1] == c and c != " " else c for i, c in enumerate(text))


VARIATIONS = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "with capitals in the middle": lambda t: "".join(
        c.upper() if i % 2 else c.lower() for i, c in enumerate(t)),
    "in full-width letters": full_width,
    "in mathematical letters": bold,
    "with zero-width characters": zero_width,
    "with wider spaces": lambda t: t.replace(" ", "   "),
    "with longer runs": longer_runs,
    "with a variation selector": lambda t: t.replace("!", "!\ufe0f"),
    "with other apostrophes": lambda t: t.replace("'", "\u2019"),
}
CASES = ("as it is", "in capitals", "in small letters", "with capitals in the middle")
SPACED = ("as it is", "with wider spaces")
HIDDEN = ("as it is", "with zero-width characters", "with wider spaces", "with longer runs")
ALL = tuple(VARIATIONS)


class Stream:
    """Lines in any order, each on an influencer of its wave."""

    def __init__(self):
        self.lines = []
        self.random = random.Random(20261127)
        self.wave = ""
        self.number = 0
        self.start = START_MS
        self.end = START_MS
        self.people = 0
        self.said = set()

    def below(self, limit):
        return int(self.random.random() * limit)

    def begin(self, wave):
        self.number += 1
        self.wave = wave
        # Other places of the generations' cuts in each wave.
        self.start = self.end + APART + self.below(10 * MINUTE)
        self.end = self.start

    def somebody(self):
        self.people += 1
        return f"a{self.people:05d}"

    def add(self, at, actor, text, expect, why, post=0, lang="en"):
        event_time = self.start + int(at)
        self.end = max(self.end, event_time)
        self.lines.append({
            "text": text, "actor_id": actor, "influencer_id": f"i{self.number}",
            "post_id": f"i{self.number}-p{post}", "event_time": event_time, "lang": lang,
            "wave": self.wave, "expect": expect, "why": why})

    def fresh(self):
        """What nobody has said yet."""
        while True:
            words = {"colour": COLOURS, "thing": THINGS, "person": PEOPLE, "day": DAYS}
            chosen = {name: items[self.below(len(items))] for name, items in words.items()}
            text = ORDINARY[self.below(len(ORDINARY))].format(**chosen)
            if text not in self.said:
                self.said.add(text)
                return text

    def ordinary(self, count, within):
        for _ in range(count):
            self.add(self.below(within), self.somebody(), self.fresh(), "keep",
                     "an ordinary comment beside it", self.below(3))

    def copies(self, text, at, expect, why, variations=("as it is",), lang="en"):
        """Of one author each, at those times."""
        for i, time in enumerate(at):
            name = variations[i % len(variations)]
            self.add(time, self.somebody(), VARIATIONS[name](text), expect, f"{why}, {name}",
                     i % 2, lang)


def spread(count, within):
    return [i * within / max(count - 1, 1) for i in range(count)]


# wave, text, authors, minutes, variations, language
COPIED = [
    ("five authors, ten seconds", "Do not buy anything from this brand, they treat people badly",
     5, 1 / 6, ("as it is",), "en"),
    ("five authors, nine minutes", "I switched to the other one and never looked back",
     5, 9, ("as it is",), "en"),
    ("forty authors, one minute", "Everyone go and look at what she said about this last year",
     40, 1, ("as it is",), "en"),
    ("four words", "boycott this brand today", 6, 3, ("as it is",), "en"),
    ("five words in capitals and small letters", "this changed my whole life", 8, 2, CASES, "en"),
    ("full-width letters", "The best crypto teacher is Mrs Anna Belle",
     6, 2, ("as it is", "in full-width letters"), "en"),
    ("mathematical letters", "I doubled my salary in one single month",
     6, 2, ("as it is", "in mathematical letters"), "en"),
    ("zero-width characters", "visit the profile with the red picture for free shoes",
     7, 4, ("as it is", "with zero-width characters"), "en"),
    ("wider spaces", "she is lying to all of you and you know it",
     6, 5, ("as it is", "with wider spaces"), "en"),
    ("longer runs", "this is soo good!! you will need it too..",
     8, 3, ("as it is", "with longer runs"), "en"),
    ("variation selectors", "my order came on the very same day!",
     6, 3, ("as it is", "with a variation selector"), "en"),
    ("apostrophes", "you won't believe what it's doing to my skin",
     6, 3, ("as it is", "with other apostrophes"), "en"),
    ("hidden in many ways", "the company is closing and nobody tells you..", 12, 6, HIDDEN, "en"),
    ("changed in all ways", "don't trust the five stars, all of them are bought!!",
     22, 9, ALL, "en"),
    ("with a link", "I got my new phone from https://win.example.com/phone for one dollar",
     9, 2, ("as it is",), "en"),
    ("praise", "Honestly the best serum I have ever used, my skin is glowing",
     15, 8, CASES, "en"),
    ("with emoji", "so proud of you queen keep going 👑🔥", 10, 5, ("as it is", "in capitals"), "en"),
    ("a paragraph", "I have been using this programme for three weeks and I have already lost "
     "eleven kilos without any sport, my doctor could not believe it and asked me for the name",
     6, 7, ("as it is", "in small letters"), "en"),
    ("Spanish", "no compren nada aquí, a mí nunca me llegó el pedido", 7, 4, CASES, "es"),
    ("Portuguese", "mudou a minha vida em apenas uma semana", 6, 4, ("as it is",), "pt"),
    ("German", "das ist alles gekauft und keiner merkt es", 6, 5, CASES, "de"),
    ("French", "cette marque ne paie pas ses ouvrières depuis des mois", 6, 5, CASES, "fr"),
    ("Russian", "не покупайте это, вас просто обманывают", 6, 3, ("as it is", "in capitals"), "ru"),
    ("Indonesian", "aku dapat uang tiap hari dari program ini", 6, 3, CASES, "id"),
    ("Hindi", "यह सब झूठ है इस पर भरोसा मत करना", 6, 3, SPACED, "hi"),
    ("Arabic", "لا تشتروا هذا المنتج فهو مغشوش تماما", 6, 3, SPACED, "ar"),
    ("Korean", "이 제품 절대 사지 마세요 전부 광고예요", 6, 3, SPACED, "ko"),
]

# wave, text, times of the authors' copies in minutes
KEPT = [
    ("four authors", "where did you get that beautiful green lamp", spread(4, 5)),
    ("four authors at once", "I did not expect the dog at the end", [0, 0, 0, 0]),
    ("five authors, 22 minutes apart", "what is the name of the song please", spread(5, 88)),
    ("nine authors, 7 minutes apart", "happy birthday to you from all of us", spread(9, 56)),
    ("four now and four much later", "when does the second part come out",
     [0, 1, 2, 3, 45, 46, 47, 48]),
]


def add_copied(stream):
    for wave, text, authors, minutes, variations, lang in COPIED:
        stream.begin(wave)
        stream.copies(text, spread(authors, minutes * MINUTE), "drop",
                      f"{authors} authors say the same", variations, lang)
        stream.ordinary(8, minutes * MINUTE)
    stream.begin("two waves at once")
    for text in ("she stole this idea from a small artist", "this artist copied the idea from her"):
        stream.copies(text, spread(7, 6 * MINUTE), "drop", "7 authors say the same", CASES)
    stream.ordinary(10, 6 * MINUTE)
    stream.begin("a wave within a crowd")
    stream.copies("they changed the recipe and it makes people ill", spread(6, 8 * MINUTE), "drop",
                  "6 authors say the same", ALL)
    stream.ordinary(120, 8 * MINUTE)


def add_kept(stream):
    for wave, text, minutes in KEPT:
        stream.begin(wave)
        stream.copies(text, [m * MINUTE for m in minutes], "keep", "too few see one another")
        stream.ordinary(6, max(minutes) * MINUTE + MINUTE)
    stream.begin("short ones of many")
    for text in SHORT:
        stream.copies(text, spread(9, 4 * MINUTE), "keep", "short repetitions are legitimate")
    stream.ordinary(10, 4 * MINUTE)
    stream.begin("three words of many")
    stream.copies("where is this", spread(12, 5 * MINUTE), "keep", "fewer than four words", CASES)
    stream.begin("alike, not the same")
    for i, thing in enumerate(THINGS):
        stream.add(i * 20 * SECOND, stream.somebody(), f"can you please link the {thing} for us",
                   "keep", "everyone asks for another thing")


def add_own_repetitions(stream):
    text = "come and see what my little brother built in the garden"
    for wave, variations in (("one author repeats", ("as it is",)),
                             ("one author repeats in disguise", ALL)):
        stream.begin(wave)
        actor = stream.somebody()
        for i in range(4):
            stream.add(i * 2 * MINUTE, actor, VARIATIONS[variations[i % len(variations)]](text),
                       "drop" if i else "any", "the same author, the same text", i)
        stream.ordinary(8, 8 * MINUTE)
    stream.begin("one author says it again much later")
    actor = stream.somebody()
    for i in range(3):
        stream.add(i * 31 * MINUTE, actor, text, "keep", "half an hour lies between", i)
    stream.ordinary(6, 62 * MINUTE)


def add_burst(stream, wave, times, posts, first_dropped, why):
    """Of one author, each time with another text. Lines before first_dropped may be either."""
    stream.begin(wave)
    actor = stream.somebody()
    for i, at in enumerate(times):
        expect = "keep" if first_dropped is None else "drop" if i >= first_dropped else "any"
        stream.add(at * SECOND, actor, stream.fresh(), expect, why, posts[i % len(posts)])
    stream.ordinary(10, times[-1] * SECOND + MINUTE)


def add_bursts(stream):
    many = range(12)
    add_burst(stream, "seven in a minute", spread(7, 55), many, 6, "more than 6 a minute")
    add_burst(stream, "twelve in half a minute", spread(12, 30), many, 6, "more than 6 a minute")
    add_burst(stream, "three on a post in a minute", [0, 20, 50], [0], 2, "3 on one post")
    add_burst(stream, "five on a post at once", [0, 1, 2, 3, 4], [0], 2, "3 on one post")
    add_burst(stream, "six in a minute", spread(6, 58), many, None, "no more than 6 a minute")
    add_burst(stream, "two on a post", [0, 15], [0], None, "two are a conversation")
    add_burst(stream, "two on a post, and one much later", [0, 15, 200], [0], None,
              "the third is alone in its minutes")
    add_burst(stream, "one every two and a half minutes", [i * 150 for i in range(10)], [0], None,
              "somebody who stays with the talk")
    add_burst(stream, "two on each of three posts", spread(6, 55), [0, 1, 2], None,
              "no more than 6, no more than 2 on a post")
    stream.begin("ten people in ten seconds")
    for i in range(10):
        stream.add(i * SECOND, stream.somebody(), stream.fresh(), "keep", "each is another one")


def lines():
    """The stream, in order of time."""
    stream = Stream()
    add_copied(stream)
    add_kept(stream)
    add_own_repetitions(stream)
    add_bursts(stream)
    return sorted(stream.lines, key=lambda line: line["event_time"])


if __name__ == "__main__":
    for one in lines():
        print(json.dumps(one, ensure_ascii=False))
