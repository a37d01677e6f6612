"""Texts for the sentiment scorer: written for it, one group per rule, and made at random."""
import random
import string

from vaderSentiment import vaderSentiment as vader

WRITTEN = {
    "nothing to score": [
        "", " ", "   \t\n ", "\u00a0\u3000", ".", "...", "?", "!!", "a", "I", "ok", "no", "42",
        "1 2 3 4", "x y z", "The parcel came on Tuesday.",
        "We met at the station and took the second train.", "-", "--- ---", "'", "''",
    ],
    "plain words": [
        "I love this jacket", "what a terrible smell", "The colour is nice but nothing more",
        "happy", "sad", "The serum works great on dry skin.", "I hate how it leaks in my bag.",
        "An honest, friendly review", "awful awful awful", "lovely lovely lovely lovely",
        "It broke. It failed. It hurts. I cried.", "good bad good bad good",
        "The best worst thing ever", "charming and boring at once", "wow", "meh",
        "Her laugh is contagious and her videos make my evening",
        "rude staff, dirty room, lost luggage",
        "problem solved, thanks a lot for the quick help",
        "The warranty is a joke and support is useless",
    ],
    "capitals": [
        "GREAT", "great", "GREAT stuff", "GREAT STUFF", "this is GREAT", "THIS IS GREAT",
        "this is Great", "I HATE waiting", "i hate WAITING", "A good day", "A GOOD day",
        "the GOOD the bad THE ugly", "LOVE it", "LOVE IT", "loVe it", "SO good", "so GOOD",
        "VERY BAD idea", "very BAD idea", "VERY bad idea", "NOT GOOD", "not GOOD",
        "NOT good at ALL", "ALL CAPS BUT NO FEELING WORDS", "2GOOD 4U", "GOOD123 day",
        "I AM so HAPPY for you", "KIND of sad", "NO GOOD", "no GOOD", "the BEST2 good",
        "É good", "ÉCLAIR is GOOD", "ПРИВЕТ good", "привет GOOD", "Ⅷ GOOD", "ⓐ GOOD", "ª GOOD",
        "ǅ GOOD", "日本 GOOD", "GOOD 日本", "ß GOOD",
    ],
    "intensifiers": [
        "very good", "really good", "so good", "extremely good", "absolutely good", "very bad",
        "so bad", "hardly good", "barely good", "kinda good", "slightly bad", "almost perfect",
        "somewhat boring", "very very good", "very very very good", "very very very very good",
        "so very really good", "very much good", "very much too good",
        "very much too much good", "really it is good", "less good", "little hope",
        "marginally better", "sort of good", "kind of good", "just enough good",
        "it is sort of good", "it is kind of good", "it was just enough good", "kind-of good",
        "sort-of bad", "this one is kind of really good", "there is just enough of good",
        "a kind of magic", "a kind man", "how kind of you", "kind", "she is kind", "kind of",
        "be kind of course", "Kind of a mess", "KIND OF a mess", "uber cool",
        "frigging annoying", "friggin annoying", "a total disaster", "utterly lovely",
        "most beautiful", "more beautiful", "incredible", "incredible win",
        "an incredibly bad incredible win", "very", "very very", "VERY really GOOD",
        "TOTALLY sad", "totally SAD", "hardly ever sad", "scarcely a good word",
    ],
    "negations": [
        "not good", "not very good", "not really very good", "not all that very good",
        "not at all a good film", "isn't good", "isnt good", "isn’t good", "wasn't that bad",
        "wasn't all that bad", "never good", "never was good", "never was it good",
        "never ever was it good", "I can't love it", "I cannot love it", "nobody likes it",
        "nothing good", "nothing is good", "nowhere near good", "none of it is good",
        "neither good nor bad", "nope great", "without love", "without any love",
        "without a good reason", "rarely good", "seldom good", "despite the good start",
        "uh-uh good", "uhuh good", "not not good", "not bad", "not bad at all", "not the worst",
        "don't worry", "DON'T worry", "Don't you worry be happy", "it ain't good",
        "it aint good", "shan't win", "mustn't fail", "n't good", "xn't good", "'n't' good",
        "yn'tz good", "n'tgood", "couldn't've been better", "couldn't've been a better gift",
        "didn't.like it", "not good not good not good", "hardly not good", "not hardly good",
        "isn't it lovely", "isn't she just lovely",
    ],
    "never so, without doubt": [
        "never so good", "never this good", "never so very good", "never this very good",
        "I was never so happy", "I was never this happy", "never was so happy",
        "we have so good a time", "it is so good", "is it so good", "we all know so good",
        "we all know this good", "all of this good", "never so it good", "never this it good",
        "without doubt good", "without a doubt good", "without doubt the good one",
        "without any doubt good", "without doubt a good one", "doubt without good",
        "never doubt good people", "so so good", "this this good", "one two so good",
        "one two this bad", "very so this good", "never never so good", "so never so good",
        "without so doubt good", "not so this good", "NEVER SO good", "Never This GOOD",
    ],
    "least": [
        "least good", "the least good", "at least good", "very least good",
        "at the very least good", "least interesting film", "the least interesting film",
        "At least it is honest", "LEAST good", "least of all good", "the least bad",
        "at least bad", "good least bad", "least", "least least good",
    ],
    "no, nor, or": [
        "no good", "no", "no no good", "no good no", "no it good", "no way good",
        "no x or good", "no x nor good", "no x and good", "no bad or good", "no fun",
        "no fun at all", "no hate", "there is no love here", "No!", "no.", "NO", "no NO no",
        "no problem", "no problem or trouble", "no joy nor hope", "no thanks", "good no",
        "good no bad", "no very good", "no very very good", "or good", "nor good", "yes or no",
        "no or bad",
    ],
    "but": [
        "good but bad", "bad but good", "but good", "good but", "but", "but but good",
        "good but good", "good good but bad bad", "good but good but good",
        "good great but bad sad", "good BUT bad", "good But bad", "love love love but hate",
        "hate but love love love", "nice, but", "the food was great but the staff was rude",
        "I wanted to like it but it is boring and sad and good",
        "but it is good, but it is bad, but it is fine", "good bad good but good bad good",
        "1 but 2", "great grand good but good grand great", "very good but not good",
        "good but? bad", "good ,but, bad", "good-but-bad", "ok but not ok",
        "happy happy but happy happy sad",
    ],
    "idioms": [
        "that film is the shit", "the shit", "it was the bomb", "all of it is the bomb ok",
        "what a bad ass", "on the other hand a bad ass", "we met at the bus stop",
        "I cried at the bus stop", "yeah right", "well yes then yeah right",
        "oh so yeah right mate", "that was the kiss of death", "kiss of death",
        "a slow and cold kiss of death for us", "shoes to die for",
        "these cakes are to die for", "to die for", "you can hear a beating heart",
        "with a beating heart", "one two three beating heart good", "badass", "such a badass",
        "this is the bomb and the shit", "the kiss of a good death",
        "it is just enough the bomb", "a b c bad ass", "a b good bad ass",
        "the best kind of the shit", "I am kind of yeah right", "bomb the the bomb",
        "one two three bad ass good bus stop", "love love love the bomb", "no the shit no",
        "never ever the shit", "THE SHIT is THE BOMB and more", "cut the mustard",
        "under the weather and in the red",
    ],
    "punctuation": [
        "good!", "good!!", "good!!!", "good!!!!", "good!!!!!", "good!!!!!!!!!!", "bad!",
        "bad!!!!", "good?", "good??", "good???", "good????", "bad??", "bad????", "good!?!?",
        "bad?!?!?!", "!good", "!!!", "???", "? good ?", "(good)", "[good]", "\"good\"",
        "'good'", "*good*", "_good_", "~good~", "good...", "...good", "good,bad", "good/bad",
        "good-bad", "good:bad", "go!od", "¡good!", "¿bad?", "good!!! bad???", "table!!",
        "table??", "ok.", "(ok)", "no!", "no,", "x.", "...a...", "..ab..", "..abc..",
        "good\u2026", "\u201cgood\u201d", "\u2014good\u2014", "good;", "#", "# #", "good # bad",
        "@ good", "$$$", "$: good", "%) good",
    ],
    "emoticons": [
        ":)", ":(", ":D", ":-)", ";)", ":P", "xD", "XD", "<3", "</3", ":'(", ":)))", "^_^",
        "-_-", "o_O", "\\o/", "=)", "good :)", "bad :)", "good :(", ":) :( :)", "see you :) !",
        "(:", "):", ":-/", "D:", ">:(", "O:)", "8-)", "thanks :D :D", "I am sad :( but ok :)",
        ":-|", "}:-)", "'-:", "lol", "LOL", "rofl", "lmao :')", ":good:", "not :)", "so :)",
        "no :(", ":-\u00de", ":\u00fe",
    ],
    "emoji": [
        "😀", "😭", "❤", "❤️", "💔", "🔥", "👍", "👎", "👍🏽", "😀😀😀", "😀 😀 😀", "😀good", "good😀",
        "good 😀 bad", "😀!", "😀?", "not 😀", "very 😍", "I 💘 you", "🅰🅱", "Ⓜ", "©", "®2026",
        "ℹ️ info", "♥♥♥", "☺️", "🎉🎉🎉 we won", "😂😂😂 stop it", "🙏 thanks", "👏👏👏", "🤮", "🖤", "😘😘",
        "👩‍👩‍👧", "🇩🇪", "1️⃣", "\u200d", "\ufe0f", "😀\n😭", "\t😀", "😀\u00a0😭", "\u3000😀", "x😀y",
        "😀,😭", "😀. Good", "GOOD 😀", "THE 😀", "👍GREAT", "🈵", "🉐", "🕛", "🚺", "🚼", "💩", "😡😡 awful",
        "so 😡", "😡 but 😀", "but 😀", "🫠", "\U0001fae1", "⚠️ bad", "☹", "🙂🙃",
    ],
    "beyond ASCII": [
        "liKe", "I liKe it", "\u212aISS", "ſhit", "İyi good", "ıyı good", "naïve",
        "café is good", "Straße good", "STRASSE good", "ΣΊΣΥΦΟΣ good", "good\u00a0bad",
        "good\u2003bad", "good\u200bbad", "good\u2028bad", "good\x85bad", "good\x1cbad",
        "good\x0bbad", "good\x00bad", "good\x7f", "\ufeffgood", "\ufffdgood", "\ufffd good",
        "ｇｏｏｄ", "𝐠𝐨𝐨𝐝", "g\u0301ood", "good\u0301", "éé", "é", "ééé", "'é'", "'éé'", "'ééé'",
        "'日'", "'日本'", "'日本語'", "\"😶\"", "don\u02bct good", "don\uff07t good",
    ],
    "languages": [
        "Das Video ist wirklich super", "Ich hasse dieses Produkt",
        "Qué bonito vestido, me encanta", "Très joli, merci", "C'est nul", "Che bello, brava",
        "Очень красиво", "Не нравится", "とても可愛い", "很好看", "不好", "ممتاز", "बहुत अच्छा", "너무 예뻐요",
        "Güzel", "Świetny film", "Het is geweldig", "Jag älskar det", "Super good, muy bien",
        "fatal gut",
    ],
    "comments": [
        "@lena your skin looks amazing, what do you use??", "#ad #sponsored love the colour",
        "#love", "#LOVE", "@love", "love_it", "https://shop.example/great-deals good",
        "http://love.example", "www.hate.example/very/bad", "mail me at best@love.example",
        "First!", "who else is watching in 2026 lol",
        "Can't wait to try this, thank you so much!!", "not my style but you look great",
        "I'm so done with these fake reviews", "sooooo good", "goood", "goodd", "this slaps",
        "unfollowed, shame on you", "pls stop promoting this scam",
        "the sound is bad, the picture is worse, I want my money back!!!",
        "10/10 would buy again", "0/10 never again", "y'all are the sweetest",
        "I'd buy it if it weren't so expensive", "she's winning", "he is NOT amused",
        "Where is it from? Where?? WHERE???", "my cat died when this came on :( RIP",
        "no hate but this is a fail", "Honestly? At least she tries. Not bad!",
        "never seen this brand, is it any good?", "gr8 m8", "&amp; good &lt;3",
        "It works, it doesn't work, it works... I don't know", "worth every penny",
        "waste of money", "the most overrated one so far", "you're welcome!", "thx", "ty ty ty",
        "This aged badly.", "my skin hasn't been this good in years",
        "I have never loved a lipstick so much", "isn't that just the cutest thing?!",
        "without you this channel would be boring",
    ],
    "long": [
        "good " * 300, "bad! " * 200, "not " * 100 + "good", "x" * 5000, "x" * 56 + " good",
        "x" * 57 + " good", "'" * 70 + "good" + "'" * 70, "good" + "!" * 200,
        "?" * 100 + " bad", "very " * 50 + "GOOD", "😀" * 120, "😀 " * 60,
        "a " * 40 + "but " + "good " * 40,
        "good bad great sad " * 30 + "but " + "good bad great sad " * 30,
        ("word " * 12 + "love ") * 30, "love" + " " * 500 + "hate",
        "misrepresentation and sentimentalizations", "tenderheartednesses tenderheartedness",
        "x" * 70 + "n't" + "x" * 10 + " good", "x" * 62 + "n't" + "x" * 70 + " good",
        "n't" + "x" * 200 + " good", "x" * 63 + "n't good", "x" * 64 + "'t good",
        "x" * 61 + " isn't good", "x" * 62 + "! " + "x" * 63 + "? good!",
        "'" * 64 + " good", ".a. " * 20 + "good", "(é) " * 20 + "good", "é" * 40 + ". good",
        "." * 70 + "é" + "." * 70 + " good",
        "disadvantageousnesses", "good " * 12 + "abcd", "good " * 12 + "abc good",
        "good " * 12 + "ab good", "a" * 63 + " good", "a" * 64 + " good", "a" * 59 + " good",
    ],
}

SPECIAL = ("no nor or not never so this without doubt least at very but kind of sort of just "
           "enough the shit bomb bad ass badass bus stop yeah right kiss of death to die for "
           "beating heart n't xn't n'tx 'n't' a I BUT").split()
PLAIN = ("movie was today people with have AND The film comment Straße naïve über 日本語 Привет "
         "ПРИВЕТ ΣΊΣΥΦΟΣ Ⅷ ⓐ ª ǅ İstanbul li\u212ae \u212aiss ſhit café x2 12 007 @user #tag "
         "'great' \"good\" (nice) [sad] don’t isn’t t.example/" + "very/long/path/" * 5).split()
SPACES = [" "] * 30 + ["  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\x1c", "\x85", "\u3000",
                       "\u200b", "", ""]
BLOCKS = ((0x01, 0x80), (0x80, 0x250), (0x370, 0x530), (0x2000, 0x2C00), (0xA000, 0xABFF),
          (0x1F300, 0x1FB00))


class RandomTexts:
    """Texts of the words that matter, in all shapes; the same seed gives the same texts."""

    def __init__(self, analyzer, seed):
        self.random = random.Random(seed)
        self.words = list(analyzer.lexicon)
        self.emoji = list(analyzer.emojis)

    def text(self):
        pick = self.random
        kind = pick.random()
        if kind < 0.97:
            count = pick.randrange(6) if kind < 0.2 else pick.randrange(1, 25)
        else:
            count = pick.randrange(25, 150)
        # Few different words in some texts: equal values, which is where "but" is strange.
        few = [self._token() for _ in range(pick.randrange(1, 5))]
        share = 0.8 if pick.random() < 0.15 else 0
        return "".join((pick.choice(few) if pick.random() < share else self._token())
                       + pick.choice(SPACES) for _ in range(count))

    def _token(self):
        pick = self.random
        token = self._cased(self._word())
        if pick.random() < 0.12:
            token += "".join(pick.choices(string.punctuation + "!!!!????", k=pick.randrange(1, 4)))
        return pick.choice(string.punctuation) + token if pick.random() < 0.06 else token

    def _word(self):
        pick = self.random
        kind = pick.random()
        for share, words in ((0.25, self.words), (0.35, list(vader.BOOSTER_DICT)),
                             (0.45, vader.NEGATE), (0.65, SPECIAL), (0.85, PLAIN),
                             (0.93, self.emoji)):
            if kind < share:
                return pick.choice(words)
        if kind < 0.95:
            return chr(pick.randrange(*pick.choice(BLOCKS)))
        if kind < 0.98:
            return "".join(pick.choices(string.punctuation, k=pick.randrange(1, 5)))
        return "".join(pick.choices(string.printable, k=pick.randrange(1, 70)))

    def _cased(self, word):
        pick = self.random
        kind = pick.random()
        if kind < 0.7:
            return word
        if kind < 0.85:
            return word.upper()
        if kind < 0.95:
            return word.capitalize()
        return "".join(pick.choice((c.upper(), c.lower())) for c in word)


def line_of(analyzer, text):
    """A text with the original's scores, as the vectors have it."""
    return {"text": text, **analyzer.polarity_scores(text)}
