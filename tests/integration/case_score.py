#!/usr/bin/env python3
# timeout: 120
"""Goal: `score` shows what the service makes of comments, line by line and in order: what came
first is printed first, as soon as nothing that comes can change it, and wrong input is told with
its line.
Method: the program as a user starts it, on files, on pipes and on pipes that bring a few bytes at a
time; expectations are counted by hand."""
import json
import os
import re
import select
import subprocess
import unicodedata
from pathlib import Path

import cases
from cases import equal

BINARY = os.environ["GS_BIN"]
TMP = Path(os.environ["GS_TEST_TMP"])
USAGE, DATA, CONFIG = 64, 65, 78
MINUTE = 60_000
T0 = 1_800_000_000_000  # a multiple of ten minutes
KEYS = ["neg", "neu", "pos", "compound", "class", "verdict", "reasons", "quality"]
READ = ["words", "normal_hash"]  # of what the rules read
ONE_LINE = re.compile(
    r'\{"neg":\d\.\d{3},"neu":\d\.\d{3},"pos":\d\.\d{3},"compound":-?\d\.\d{4},'
    r'"class":"(?:positive|negative|neutral|unknown)","verdict":"(?:keep|downweight|drop)",'
    r'"reasons":\[(?:"[a-z_]+"(?:,"[a-z_]+")*)?\],"quality":[01]\.\d{4}'
    r'(?:,"words":\d+,"normal_hash":"[0-9a-f]{32}")?\}')


def start(*words, **more):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("GROUNDSWELL_")}
    return subprocess.Popen([BINARY, "score", *map(str, words)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean, **more)


def score(text, *words, code=0):
    """What it prints of this input, as text."""
    if isinstance(text, str):
        text = text.encode()
    with start(*words) as process:
        out, err = process.communicate(text, timeout=60)
    equal(process.returncode, code, f"exit code of {words}: {err.decode()}")
    return out.decode(), err.decode()


def objects(lines):
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def judged(lines, *words):
    """lines: texts or dicts."""
    given = "".join(objects([line]) if isinstance(line, dict) else line + "\n" for line in lines)
    out, err = score(given, "--json", *words)
    equal(err, "", "stderr")
    for line in out.splitlines():
        assert ONE_LINE.fullmatch(line), line
    found = [json.loads(line) for line in out.splitlines()]
    equal(len(found), len(lines), "lines")
    assert all(list(line) in (KEYS, KEYS + READ) for line in found)
    return found


def verdicts(lines, *words):
    return [line["verdict"] for line in judged(lines, *words)]


def copies(text, count, at=T0, step=1000, **more):
    return [{"text": text, "actor_id": f"{text[:9]}-{i}", "event_time": at + i * step, **more}
            for i in range(count)]


# ------------------------------------------------------------------ one line


def test_scores_and_classes():
    good, bad, flat, german, null = judged([
        "I love how it looks on you", "This is the worst thing ever, I hate it",
        "The box is 30 cm long", "Das ist leider nicht so gut, wie ich gedacht habe",
        {"text": None}])
    equal((good["class"], good["verdict"], good["reasons"], good["quality"]),
          ("positive", "keep", [], 1))
    equal((bad["class"], flat["class"], flat["compound"]), ("negative", "neutral", 0))
    equal((german["class"], german["reasons"]), ("unknown", ["lang_other"]))
    equal((null["class"], null["verdict"], null["compound"]), ("unknown", "keep", 0))


def test_the_told_language_counts():
    english = "I love this so much"
    found = judged([{"text": english, "lang": lang} for lang in ("en", "EN-gb", None, "de", "ja")])
    equal([line["class"] for line in found], ["positive"] * 3 + ["unknown"] * 2)
    equal(len({line["compound"] for line in found}), 1, "the numbers are shown all the same")


def test_scorers():
    text = "This isn’t good 👍great"  # both hide from the original what they are
    plus, = judged([text])
    named, = judged([text], "--scorer", "vader+")
    reference, = judged([text], "--scorer", "reference")
    equal(plus, named, "vader+ is the default")
    assert plus["compound"] < reference["compound"], (plus, reference)


def test_the_reference_is_vader():
    """Whatever language a text seems to be in: what VADER gives stands in the line."""
    path = Path(os.environ["GS_ROOT"]) / "tests" / "accuracy" / "vectors" / "reference.jsonl"
    vectors = [json.loads(line) for line in path.read_bytes().splitlines()]
    found = judged([{"text": vector["text"]} for vector in vectors], "--scorer", "reference")
    assert len(vectors) > 500, len(vectors)
    for vector, line in zip(vectors, found):
        equal([line[key] for key in KEYS[:4]], [vector[key] for key in KEYS[:4]], vector["text"])


def test_the_configuration_counts():
    """The scorer's key only where it is given and there is no option."""
    text = "This isn’t good 👍great"
    plus, reference = judged([text])[0], judged([text], "--scorer", "reference")[0]
    for words, expected in ((("-s", "sentiment.scorer=reference"), reference),
                            (("-s", "sentiment.scorer=vader+"), plus),
                            (("-s", "sentiment.scorer=reference", "--scorer", "vader+"), plus),
                            (("-s", "log.level=warn"), plus)):
        equal(judged([text], *words)[0], expected, f"with {words}")
    words = TMP / "de.txt"
    words.write_text("wunderbar\t3.1\nnicht\tnegation\n", encoding="utf-8")
    german = ["Das ist wunderbar und ich habe es auch", "Das ist nicht wunderbar und ich gehe"]
    equal([line["class"] for line in judged(german)], ["unknown"] * 2)
    found = judged(german, "-s", f"sentiment.lexicons.de={words}")
    equal([(line["class"], line["reasons"]) for line in found],
          [("positive", []), ("negative", [])])


def test_rules():
    spam = "Subscribe to my channel for free giveaways https://bit.ly/xyz"
    found, = judged([spam])
    equal((found["verdict"], found["class"]), ("drop", "positive"), "dropped, and scored")
    equal(found["reasons"], ["url", "shortener", "promo"])
    assert 0 < found["quality"] < 0.1
    off, = judged([spam], "--rules", "off")
    equal((off["verdict"], off["reasons"], off["quality"]), ("keep", [], 1))
    equal((list(found), list(off)), (KEYS + READ, KEYS))
    equal({key: off[key] for key in KEYS[:5]}, {key: found[key] for key in KEYS[:5]})
    generic, = judged(["nice pic"], "--rules=on")
    equal((generic["verdict"], generic["reasons"]), ("downweight", ["generic"]))
    assert 0 < generic["quality"] < 1


def test_what_counts_as_the_same_text():
    same = judged(["love this watch of mine", "  LOVE this   watch of mine\ufe0f", "love this"])
    equal([line["words"] for line in same], [5, 5, 2])
    equal([line["normal_hash"] == same[0]["normal_hash"] for line in same], [True, True, False])
    reply, = judged([{"text": "thanks", "actor_id": "i", "influencer_id": "i"}])
    equal(list(reply), KEYS, "a reply is not judged")


def test_lines_as_they_are():
    out, _ = score(b"\xef\xbb\xbfI love this\r\n\nbad \xff\xc3 bytes\0\n{love}\nlast", "--json",
                   "--plain")
    found = [json.loads(line) for line in out.splitlines()]
    equal([line["class"] for line in found],
          ["positive", "neutral", "negative", "neutral" if found[3]["compound"] == 0 else
           "positive", "neutral"])
    same, = judged([{"text": "I love this"}])
    equal(found[0], same, "a text as a line and in an object")
    equal(score("", "--json")[0], "", "no line")


# ------------------------------------------------------------------ a stream


def test_a_wave_is_dropped_as_a_whole_and_in_order():
    wave = copies("Everyone must see what this brand has done", 5)
    between = [{"text": f"My {name} has one in that colour", "event_time": T0}
               for name in ("aunt", "sister", "boss")]
    lines = [between[0], *wave[:2], between[1], *wave[2:], between[2]]
    found = judged(lines)
    equal([line["verdict"] for line in found],
          ["keep", "drop", "drop", "keep", "drop", "drop", "drop", "keep"])
    equal([line["reasons"] for line in found if line["verdict"] == "drop"], [["copypasta"]] * 5)
    equal(verdicts(lines[:-2]), ["keep"] * 6, "four authors are no wave")
    texts = [line["text"] for line in lines]
    equal(verdicts(texts), [line["verdict"] for line in found],
          "lines without a time are one moment, those without an author have one each")


def test_what_changes_and_what_does_not():
    equal(verdicts(copies("where is this", 9)), ["keep"] * 9, "short repetitions are legitimate")
    equal(verdicts(copies("where did you get the green lamp", 5, step=21 * MINUTE)), ["keep"] * 5,
          "more than two horizons apart")
    same = [{"text": f"come and see what my {word}brother built", "actor_id": "a"}
            for word in ("", "", "big ")]
    equal(verdicts(same), ["keep", "drop", "keep"], "one author, one text")


def test_burst():
    def by_one(posts, step):
        return [{"text": f"a {word} one for the garden", "actor_id": "a", "post_id": post,
                 "event_time": T0 + i * step}
                for i, (word, post) in enumerate(zip("red blue grey green black white pink".split(),
                                                     posts))]
    three = judged(by_one("ppp", 20_000))
    equal([line["verdict"] for line in three], ["keep", "keep", "drop"])
    equal(three[2]["reasons"], ["burst"])
    equal(verdicts(by_one("pqrstuv", 5000)), ["keep"] * 6 + ["drop"], "more than 6 a minute")
    equal(verdicts(by_one("ppp", 40_000)), ["keep"] * 3, "three in 80 s")
    without_post = by_one([None] * 7, 5000)
    equal(verdicts(without_post), ["keep"] * 6 + ["drop"], "no post is not the same post")


def test_the_influencer_replies():
    reply = {"text": "thanks to all of you for coming!", "actor_id": 7, "influencer_id": "7"}
    found = judged([reply] * 9)
    equal({(line["verdict"], *line["reasons"]) for line in found}, {("keep", "self")})
    other, = judged([{**reply, "actor_id": 8}])
    equal(other["reasons"], [])
    nobody = judged([{"text": "on to page two", "actor_id": "", "influencer_id": ""}])
    equal(nobody[0]["reasons"], [], "two that are not known are not the same")


# ------------------------------------------------------------------ pipes


def read_lines(process, count):
    """So many lines, or an error after 20 s."""
    got = b""
    while got.count(b"\n") < count:
        ready, _, _ = select.select([process.stdout], [], [], 20)
        assert ready, f"only {got!r} came"
        more = os.read(process.stdout.fileno(), 65536)
        assert more, f"it ended after {got!r}"
        got += more
    return got.decode().splitlines()


def nothing_comes(process):
    return not select.select([process.stdout], [], [], 0.3)[0]


def test_a_line_is_printed_when_nothing_can_change_it():
    def send(process, text, at):
        process.stdin.write(objects([{"text": text, "event_time": at}]).encode())
        process.stdin.flush()

    with start("--json", bufsize=0) as process:
        send(process, "so good", T0)
        equal(len(read_lines(process, 1)), 1, "too short for a copy")
        send(process, "a text that may come again", T0)
        send(process, "so good", T0)
        assert nothing_comes(process)
        send(process, "and another one of that kind", T0 + 19 * MINUTE)
        assert nothing_comes(process)
        send(process, "much later there is a third one", T0 + 20 * MINUTE)
        equal(len(read_lines(process, 2)), 2, "the first generation is forgotten")
        assert nothing_comes(process)
        process.stdin.close()
        equal(len(read_lines(process, 2)), 2, "the end settles the rest")
        equal(process.wait(20), 0)


def test_scores_alone_wait_for_nothing():
    with start("--json", "--rules", "off", bufsize=0) as process:
        for _ in range(3):
            process.stdin.write(b"a text that may come again\n")
            read_lines(process, 1)
        process.stdin.close()
        equal(process.wait(20), 0)


def test_what_waits_is_bounded():
    wave = "Everyone must see what this brand has done\n"
    many = 1_000_000
    given = wave * 4 + "ok\n" * (many - 1) + wave
    out, err = score(given, "--json")
    lines = out.splitlines()
    equal(len(lines), many + 4)
    equal(["copypasta" in line for line in lines[:5] + lines[-1:]],
          [False] * 3 + [True, False, True], "three were printed before")
    assert "3 lines were printed before" in err and "; 3 of them are copies\n" in err, err
    equal(err.count("\n"), 1)
    out, err = score(wave * 4 + "ok\n" * (many - 5) + wave, "--json")
    equal((out.count("copypasta"), err), (5, ""), "as many as may wait")


def test_what_is_forgotten_waits_no_longer():
    """100000 texts fill a generation, also where no time goes by."""
    with start("--json", bufsize=0) as process:
        for first, count in ((0, 100_000), (100_000, 100_000)):
            process.stdin.write("".join(f"this is text number {first + i}\n"
                                        for i in range(count)).encode())
            assert nothing_comes(process)
        process.stdin.write(b"and this is one more text\n")
        equal(len(read_lines(process, 100_000)), 100_000, "the first generation")
        process.stdin.close()
        equal(len(process.stdout.read().splitlines()), 100_001)
        equal(process.wait(20), 0)


def sample():
    lines = copies("look at this price, it is half of what others want", 7)
    for i in range(40):
        lines.append({"text": f"I like number {i} best, and it costs {i * 10} 😀\u2028 é",
                      "actor_id": i % 9, "post_id": i % 4, "event_time": T0 + i * MINUTE})
    return objects(lines).encode() + "ünd ein Text\n{\"text\":\"end\"}".encode()


def test_pieces_do_not_matter():
    whole, _ = score(sample(), "--json")
    path = TMP / "comments.txt"
    path.write_bytes(sample())
    equal(score("", "--json", path)[0], whole, "a file")
    equal(score("", "--json", "--", path)[0], whole, "behind --")
    equal(score(sample(), "--json", "-")[0], whole, "-")
    for piece in (1, 7, 100):
        with start("--json", bufsize=0) as process:
            given = sample()
            for at in range(0, len(given), piece):
                process.stdin.write(given[at:at + piece])
            out, _ = process.communicate(timeout=60)
        equal(out.decode(), whole, f"pieces of {piece} bytes")


def test_whose_reader_leaves():
    with start("--json") as process:
        process.stdout.close()
        try:
            process.stdin.write(b"so good\n" * 200_000)
            process.stdin.close()
        except BrokenPipeError:
            pass
        equal(process.wait(20), 69)
        equal(process.stderr.read(), b"")


# ------------------------------------------------------------------ for people


def columns(line):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide


def test_a_table_of_80_columns():
    lines = ["日本語のとても長いコメントがここにあります、最後まで読んでください、お願いします",
             "e" + "\u0301" * 300, "❤️" * 60, "x" * 300, "", "\033[31mred\a and \u202eback",
             "Subscribe to my channel, whatsapp me +1 555 123 4567 https://bit.ly/xyz now",
             "!!! " * 100 + "good " * 300, {"text": "thank you", "actor_id": 1, "influencer_id": 1},
             *copies("Everyone must see what this brand has done", 5)]
    given = "".join(objects([line]) if isinstance(line, dict) else line + "\n" for line in lines)
    for words in ((), ("--explain",), ("--rules", "off"), ("--explain", "--scorer", "reference"),
                  ("--rules", "off", "--explain")):
        out, err = score(given, *words)
        equal(err, "", "stderr")
        for line in out.splitlines():
            assert columns(line) <= 80, (words, columns(line), line)
            assert all(ord(c) >= 32 and c not in "\x7f\u202e" for c in line), line
            assert line == line.rstrip(), repr(line)
        shown = re.findall(r"^(keep|downweight|drop) ", out, re.M)
        equal(len(shown), len(lines), f"lines with {words}")
        assert "\n14 lines: " in out, out
    equal(score("so good\n")[0].splitlines()[-4:],
          ["1 line: 0 keep, 1 downweight, 0 drop", "reasons: 1 generic",
           "of those not dropped: 1 positive, 0 negative, 0 neutral, 0 unknown",
           "mean compound of the scored ones: 0.4927"])


def test_explanations():
    spam = "Hi! Not very GOOD, but subscribe to my channel"
    out, _ = score(spam + "\n", "--explain")
    for words in (r"language: en \(guessed\)", r"GOOD +1\.90 .* negated, capitals",
                  r"very .*is booster", r"but .*is but", r"no value: .*channel",
                  r"sum -?\d\.\d{4}.* for ! and \?.*, compound -?0\.\d{4}",
                  r"promo +at byte \d+, by line \d+ of its list: subscribe to my channel",
                  r"quality 0\.\d{4}"):
        assert re.search(words, out), f"{words!r} is not in:\n{out}"
    found, = judged([spam])
    assert f"compound {found['compound']:.4f}\n" in out
    out, _ = score(objects(copies("Everyone must see what this brand has done", 5)), "--explain")
    equal(out.count("\n    copypasta "), 5, "also of those that were taken back")
    out, _ = score("Das ist leider nicht so gut, wie ich gedacht habe\n", "--explain")
    assert "language: de (guessed), no lexicon" in out, out


# ------------------------------------------------------------------ wrong input


def wrong(text, *words):
    path = TMP / "wrong.txt"
    path.write_bytes(text)
    for given, name in (((path,), str(path)), ((), "standard input")):
        out, err = score(text, "--json", *given, code=DATA)
        for word in (name, *words):
            assert word in err, f"{word!r} is not in {err!r}"
        equal(err.count("\n"), 1, "one line says it")
    return out.splitlines()


def test_wrong_lines_are_told():
    before = b"so good\nI have seen this one before\n"
    for line, words in ((b'{"text": "a"', ("no JSON object", "--plain")),
                        (b'{"text": "\xff"}', ("no JSON object",)),
                        (b'{"comment": "a"}', ("there is no text",)),
                        (b'{"text": ["a"]}', ("text must be a string or null",)),
                        (b'{"text": "a", "event_time": "now"}', ("event_time must be",))):
        equal(len(wrong(before + line + b"\nafter it\n", "line 3: ", *words)), 2,
              "what came before is printed")
    equal(len(score(before + b"{oh}\n", "--json", "--plain")[0].splitlines()), 3, "--plain")


def test_lines_are_bounded():
    most = 4 << 20
    out, _ = score(b"x" * most + b"\ngood\n", "--json")
    equal(out.count("\n"), 2, "4 MiB are a line")
    for end in (b"\nafter\n", b""):
        equal(len(wrong(b"good\n" + b"x" * (most + 1) + end, "line 2: longer than 4 MiB")), 1)


def test_wrong_words():
    for code, words, says in (
            (USAGE, ("--scorer", "vader"), "--scorer must be vader+ or reference, not 'vader'"),
            (USAGE, ("--rules", "some"), "--rules must be on or off"),
            (USAGE, ("--json", "--explain"), "--explain is for people"),
            (USAGE, ("a", "b"), "one file at a time"),
            (USAGE, ("--jsn",), "unknown option --jsn"),
            (DATA, ("/nowhere/comments",), "/nowhere/comments cannot be opened: No such file"),
            (DATA, ("/",), "/: cannot be read: Is a directory"),
            (CONFIG, ("-s", "sentiment.lexicons.en=/nowhere/lexicon"), "/nowhere/lexicon"),
            (CONFIG, ("-s", "no.key=1"), "unknown key 'no.key'")):
        out, err = score("", *words, code=code)
        equal(out, "", f"stdout of {words}")
        assert says in err, f"{says!r} is not in {err!r}"


def test_a_lexicon_of_ones_own():
    path = TMP / "lexicon.txt"
    path.write_text("cromulent\t3.0\n", encoding="utf-8")
    mine, = judged(["a cromulent box"], "-s", f"sentiment.lexicons.en={path}")
    usual, = judged(["a cromulent box"])
    equal((mine["class"], usual["class"]), ("positive", "neutral"))
    path.write_text("cromulent\t3.0\nrubbish\tmuch\n", encoding="utf-8")
    _, err = score("", "-s", f"sentiment.lexicons.en={path}", code=DATA)
    assert "line 2" in err, err


def test_a_list_of_ones_own():
    path = TMP / "promo.txt"
    path.write_text("# mine\nbuy [fresh] cromulence\n", encoding="utf-8")
    mine = ("-s", f"clean.lists.promo={path}")
    texts = ["Buy fresh cromulence!", "check out my channel"]
    equal(verdicts(texts), ["keep", "drop"], "built in")
    equal(verdicts(texts, *mine), ["drop", "keep"], "of one's own")
    path.write_text("buy cromulence\n[buy]\n", encoding="utf-8")
    _, err = score("", *mine, code=DATA)
    assert f"line 2 of the list of promo ({path}): '[buy]'" in err, err
    path.unlink()
    _, err = score("", *mine, code=CONFIG)
    assert f"clean.lists.promo: {path} cannot be opened: No such file" in err, err


def test_rules_of_ones_own():
    def first(text, *settings):
        found, = judged([text], *(word for setting in settings for word in ("-s", setting)))
        return found["verdict"], found["reasons"], found["quality"]

    link = "see https://shop.brand.com/new"
    equal(first(link)[:2], ("drop", ["url"]))
    equal(first(link, "clean.allowed_domains=a.com, brand.com"), ("keep", [], 1))
    equal(first(link, "clean.actions.url=off"), ("keep", [], 1))
    equal(first(link, "clean.actions.url=keep"), ("keep", ["url"], 1))
    equal(first(link, "clean.actions.url=downweight", "clean.weights.url=64"),
          ("downweight", ["url"], 0.75))
    equal(first("aaaaaah yes")[0], "keep")
    equal(first("aaaaaah yes", "clean.char_flood.run=6")[:2], ("drop", ["char_flood"]))
    wave = copies("a text of some words", 3)
    equal(verdicts(wave), ["keep"] * 3)
    equal(verdicts(wave, "-s", "clean.copies.authors=3"), ["drop"] * 3)
    equal(verdicts(wave, "-s", "clean.copies.authors=3", "-s", "clean.copies.words=6"),
          ["keep"] * 3)
    spread = copies("a text of some words", 3, step=MINUTE)
    equal(verdicts(spread, "-s", "clean.copies.authors=3", "-s", "clean.copies.window=30s"),
          ["keep"] * 3)


def test_the_configuration_turns_rules_off():
    path = TMP / "clean.yaml"
    spam = "subscribe to my channel https://bit.ly/xyz"
    path.write_text("clean: {rules: off, actions: {generic: drop}}\n", encoding="utf-8")
    equal(verdicts([spam, "nice pic"], "-c", path), ["keep", "keep"], "as it says")
    equal(verdicts([spam, "nice pic"], "-c", path, "--rules", "on"), ["drop", "drop"], "tried")
    path.write_text("clean: {actions: {generic: drop}}\n", encoding="utf-8")
    equal(verdicts([spam, "nice pic"], "-c", path), ["drop", "drop"], "on unless it says so")
    equal(verdicts([spam, "nice pic"], "-c", path, "--rules", "off"), ["keep", "keep"])


if __name__ == "__main__":
    cases.main(globals())
