#!/usr/bin/env python3
"""Writes stop_words.h: words that every sentence has, by language.

    make_stop_words.py

The lists were written for this program. A word of several languages stands in all their lists.
"""
import os

WORDS = {
    "en":
        "the and is are was were you your i my me we our they them their he she him her his it "
        "its this that these those of to for with from on at in by as be been have has had do "
        "does did not no so but if or what who how when where why can could would should will "
        "just all some any there here then than too very really about after before because out "
        "up down over only into more most much many every never always ever think know want "
        "need get got make made see look please thank thanks one first still also even again "
        "off own like love good best great an am us a i'm it's don't can't that's you're such "
        "new day man people",
    "de":
        "der die das und ist nicht ich du er sie wir ihr mein dein sein ein eine einen einem "
        "einer mit auf für von zu im am den dem des auch nur noch schon sehr so wie was wo wann "
        "warum wenn aber oder doch mal hier da bei aus nach über unter vor ohne war bin bist "
        "sind habe hast hat haben wird werden kann kannst muss mir mich dir dich uns euch mehr "
        "immer wieder ja nein kein keine gut danke bitte alles",
    "fr":
        "le la les un une des du de et est pas je tu il elle nous vous ils mon ton son ma ta sa "
        "mes tes ses ce cette ces que qui quoi dans pour avec sur par en au aux mais ou où donc "
        "très trop plus moins bien aussi comme tout tous toute suis es sont était ai as avoir "
        "être fait merci oui non c'est j'ai j'adore j'aime",
    "es":
        "el la los las un una unos de del y es no yo tú él ella nosotros ellos mi tu su mis tus "
        "sus que qué quien como cómo cuando donde por para con sin en al pero o muy más menos "
        "bien también todo todos toda esto este esta eso está están soy eres son era ha he me "
        "te se le lo nos gusta encanta gracias sí porque hay qué",
    "pt":
        "o a os as um uma de do da dos das no na nos nas e é não eu tu ele ela nós você vocês "
        "eles meu minha teu tua seu sua que quem como quando onde por para com sem em ao mas ou "
        "muito mais menos bem também tudo todos isso este esta está estão sou são era foi me te "
        "se lhe obrigado obrigada sim porque tem adoro amei",
    "it":
        "il lo la gli le un una uno di del della dei e è non io tu lui lei noi voi loro mio mia "
        "tuo tua suo sua che chi come quando dove per con senza in al alla ma o molto più meno "
        "bene anche tutto tutti questo questa sono sei era ha ho hai mi ti si ci vi grazie sì "
        "perché c'è",
    "nl":
        "de het een en is niet ik jij je hij zij wij we jullie mijn jouw zijn haar ons dit dat "
        "deze die van voor met op in aan bij uit naar over zonder ook nog al wel heel erg zo "
        "als wat waar wanneer waarom maar of was ben bent heb hebt heeft hebben wordt kan moet "
        "mij meer altijd weer ja nee geen goed dank alles",
    "tr":
        "ve bir bu şu o ben sen biz siz onlar için ile ama çok daha en gibi kadar de da ki mi "
        "mı mu mü ne nasıl neden niye var yok değil evet hayır benim senin onun bana sana şey "
        "her hiç sonra güzel",
    "id":
        "yang dan di ke dari ini itu untuk dengan tidak bukan aku saya kamu kami kita dia "
        "mereka ada akan sudah belum bisa juga saja lagi sangat banget apa siapa kenapa kalau "
        "tapi atau karena seperti lebih bagus kak nya gak ga yg aja",
    "pl":
        "i w na z do to nie jest się że ja ty on ona my wy oni mój twój co jak kiedy gdzie "
        "dlaczego dla po od przez przy za ale lub albo bardzo też tylko już jeszcze ten ta te "
        "być był była są mam masz ma tak ładny super",
    "sv":
        "och att det är en ett som på för med av den de inte jag du han hon vi ni min din sin "
        "har hade kan ska var vad när hur men eller om så också bara mycket mer alla till från "
        "tack ja nej mig dig",
    "da":
        "og at det er en et som på for med af den de ikke jeg du han hun vi i min din sin har "
        "havde kan skal var hvad når hvordan men eller om så også bare meget mere alle til fra "
        "tak ja nej mig dig deg meg hva når veldig bra",
}
BYTES_MAX = 8
FIRST_FACTOR = 0x9E3779B97F4A7C15
GROUP_BITS = 8  # the hash's highest, which say by how much a word is moved
SLOT_BITS = 10  # those behind them, which say where it would be without that
ENGLISH_ALONE, OTHERS_ALONE = 1 << 14, -1 << 14


def key_of(word):
    """The bytes of a word as a number, the first one lowest."""
    return int.from_bytes(word.encode(), "little")


def hash_of(key, factor):
    hashed = key * factor % 2**64
    return hashed >> 64 - GROUP_BITS, hashed >> 64 - GROUP_BITS - SLOT_BITS & (1 << SLOT_BITS) - 1


def place(keys, factor):
    """A move for each group, so that no two words share a slot; None if there is none. The largest
    groups choose first."""
    groups = {}
    for key in keys:
        group, slot = hash_of(key, factor)
        groups.setdefault(group, []).append((slot, key))
    moves, slots = [0] * (1 << GROUP_BITS), [0] * (1 << SLOT_BITS)
    for group, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        free = [move for move in range(256)
                if not any(slots[slot ^ move] for slot, _ in members)]
        if not free or len(dict(members)) < len(members):
            return None
        moves[group] = free[0]
        for slot, key in members:
            slots[slot ^ free[0]] = key
    return moves, slots


def place_all(keys):
    """With the first factor that lets them have slots of their own."""
    factor = FIRST_FACTOR
    while not (placed := place(keys, factor)):
        factor += 2
    return factor, *placed


def meaning_of(languages):
    alone = ENGLISH_ALONE if languages == 1 else 0 if languages & 1 else OTHERS_ALONE
    return languages | alone


def rows(values, form, count):
    texts = [form % value for value in values]
    return "".join("    %s,\n" % ", ".join(texts[at:at + count])
                   for at in range(0, len(texts), count))


def header(languages):
    factor, moves, slots = place_all(sorted(languages))
    meanings = [meaning_of(languages[key]) if key else 0 for key in slots]
    return f"""/* Generated by make_stop_words.py. */
/* clang-format off */
#include <stdint.h>

enum {{ LATIN_LANGUAGES = {len(WORDS)}, STOP_WORD_BYTES_MAX = {BYTES_MAX} }};

enum {{
{"".join(f"    {name.upper()} = 1 << {number},{chr(10)}" for number, name in enumerate(WORDS))}}};

static const char LANGUAGES[LATIN_LANGUAGES][3] = {{
    {", ".join(f'"{name}"' for name in WORDS)},
}};

/* Every word has a slot of its own. The highest bits of its hash say which of the moves is its own;
 * its slot is the bits behind these, exclusive or the move. */
#define STOP_WORD_FACTOR UINT64_C(0x{factor:X})
enum {{
    STOP_WORD_GROUP_SHIFT = {64 - GROUP_BITS},
    STOP_WORD_SLOT_SHIFT = {64 - GROUP_BITS - SLOT_BITS},
    STOP_WORD_SLOTS = 1 << {SLOT_BITS},
}};
static const uint8_t STOP_WORD_MOVES[1 << {GROUP_BITS}] = {{
{rows(moves, "%d", 20)}}};

/* The bytes of the word, the first one lowest; 0: none. */
static const uint64_t STOP_WORD_KEYS[STOP_WORD_SLOTS] = {{
{rows(slots, "UINT64_C(0x%X)", 3)}}};

/* Its languages, a bit each; above these 1 if English is the only one, -1 if it is none of them. */
static const int16_t STOP_WORD_MEANINGS[STOP_WORD_SLOTS] = {{
{rows(meanings, "%d", 12)}}};
/* clang-format on */
"""


def main():
    languages = {}
    for number, words in enumerate(WORDS.values()):
        for word in words.split():
            assert len(word.encode()) <= BYTES_MAX, word
            languages[key_of(word)] = languages.get(key_of(word), 0) | 1 << number
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stop_words.h")
    with open(path, "w", encoding="utf-8") as file:
        file.write(header(languages))
    print(f"{len(languages)} words of {len(WORDS)} languages")


if __name__ == "__main__":
    main()
