/* Goal: what makes reading fast changes nothing of what is read: blocks of bytes, the table of
 * points, the table of words, and leaving out phrases that cannot be there.
 * Method: every text is read a second time point by point and byte by byte, its words are looked up
 * by bisection, and all phrases are run over them. Texts: random ones of difficult parts, shifted
 * over the borders of blocks (GS_SEED replays), and all phrases of the lists. Where links are is
 * taken as given. */
#include "clean/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BYTES_MAX = 1 << 13, WORDS_MAX = 4096 };

/* ------------------------------------------------------------------ the naive reading */

struct word {
    const char *bytes;
    uint32_t len;
    uint32_t token;
};

struct naive {
    const struct gs_clean_rules *rules;
    struct word vocabulary[WORDS_MAX]; /* sorted */
    size_t vocabulary_count;
    char normal[3 * BYTES_MAX + 64];
    bool is_word[3 * BYTES_MAX + 64]; /* per byte */
    bool splits[3 * BYTES_MAX + 64];
    uint32_t len;
    uint32_t last, last_but_one, run, run_emoji;
    uint32_t tokens[3 * BYTES_MAX];
    uint32_t token_count;
    struct gs_clean_features features;
};

static void put(struct naive *n, uint32_t point, uint8_t kind)
{
    bool is_kept = point != n->last || (point != n->last_but_one && point != ' ');
    n->run = point == n->last && point != ' ' ? n->run + 1 : 1;
    if (point != ' ')
        n->features.run_longest = GS_MAX(n->features.run_longest, n->run);
    if (kind == GSI_POINT_EMOJI)
        n->run_emoji = GS_MAX(n->run_emoji, n->run);
    if (!is_kept)
        return;
    n->last_but_one = n->last;
    n->last = point;
    bool is_word =
        point < 0x80
            ? (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9') || point == '\''
            : kind == GSI_POINT_LETTER || kind == GSI_POINT_SINGLE || kind == GSI_POINT_MARK;
    uint32_t begin = n->len;
    n->len += (uint32_t)gs_text_put(point, n->normal + n->len);
    for (uint32_t i = begin; i < n->len; i++) {
        n->is_word[i] = is_word;
        n->splits[i] = i == begin && (n->splits[i] || kind == GSI_POINT_SINGLE);
    }
    n->splits[n->len] = kind == GSI_POINT_SINGLE;
}

static void put_ascii(struct naive *n, uint32_t point)
{
    bool is_capital = point >= 'A' && point <= 'Z';
    point = is_capital ? point + 0x20 : point <= ' ' || point == 0x7F ? ' ' : point;
    n->features.capitals += is_capital;
    n->features.scripts |= (uint32_t)(point >= 'a' && point <= 'z') << GS_SCRIPT_LATIN;
    put(n, point, GSI_POINT_BREAK);
}

static void put_wide(struct naive *n, uint32_t point)
{
    struct gsi_point made = gsi_point_of(point);
    bool is_letter = made.kind == GSI_POINT_LETTER || made.kind == GSI_POINT_SINGLE;
    bool is_invisible = made.kind == GSI_POINT_INVISIBLE;
    n->features.marks +=
        made.kind == GSI_POINT_MARK || (is_invisible && point != 0x200D && point != 0xFE0F);
    n->features.emoji += made.kind == GSI_POINT_EMOJI;
    n->features.scripts |= (uint32_t)is_letter << made.script;
    n->features.capitals += is_letter && made.was_capital;
    for (unsigned i = 0; !is_invisible && i <= made.repeated; i++)
        put(n, made.kind == GSI_POINT_SPACE ? ' ' : made.folded, made.kind);
}

static void make_normal(struct naive *n, struct gs_str raw)
{
    const char *at = raw.data, *end = raw.data + raw.len;
    n->len = 0;
    n->last = ' ';
    n->last_but_one = n->run = n->run_emoji = 0;
    n->splits[0] = false;
    n->features = (struct gs_clean_features){.bytes = raw.len, .run_longest = raw.len > 0};
    while (at < end) {
        uint32_t point = gs_text_next(&at, end);
        if (point < 0x80)
            put_ascii(n, point);
        else
            put_wide(n, point);
    }
    if (n->len > 0 && n->normal[n->len - 1] == ' ')
        n->len--;
    n->features.run_is_emoji = n->run_emoji > 0 && n->run_emoji == n->features.run_longest;
    for (uint32_t i = 0; i < n->len; i++) {
        bool is_digit = n->normal[i] >= '0' && n->normal[i] <= '9';
        n->features.digits += is_digit;
        n->features.digit_runs +=
            is_digit && (i == 0 || n->normal[i - 1] < '0' || n->normal[i - 1] > '9');
    }
}

static int by_bytes(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, GS_MIN(x->len, y->len));
    return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

static void sort_vocabulary(struct naive *n)
{
    n->vocabulary_count = 0;
    for (uint32_t slot = 0; slot <= n->rules->words_mask; slot++) {
        uint32_t len = n->rules->words[slot].len;
        assert_int_equal(len != 0, n->rules->word_keys[slot] != 0);
        if (len == 0)
            continue;
        assert_true(n->vocabulary_count < WORDS_MAX);
        n->vocabulary[n->vocabulary_count++] =
            (struct word){n->rules->words_text + (len >> 8), len & 0xFF, slot + 1};
    }
    qsort(n->vocabulary, n->vocabulary_count, sizeof *n->vocabulary, by_bytes);
}

static uint32_t symbol_token(const struct naive *n, uint32_t symbol)
{
    return n->rules->words_mask + 2 + symbol;
}

static uint32_t look_up(const struct naive *n, const char *bytes, uint32_t len)
{
    struct word word = {bytes, len, 0};
    const struct word *found =
        bsearch(&word, n->vocabulary, n->vocabulary_count, sizeof word, by_bytes);
    if (found)
        return found->token;
    return *bytes >= '0' && *bytes <= '9' ? symbol_token(n, GSI_SYMBOL_NUMBER) : 0;
}

/* Of long words only their ends are compared. */
static bool is_repeated(struct gs_str a, struct gs_str b)
{
    uint32_t len = GS_MIN(a.len, 8u);
    return a.len == b.len && memcmp(a.data, b.data, len) == 0 &&
           memcmp(a.data + a.len - len, b.data + b.len - len, len) == 0;
}

static void add_word(struct naive *n, struct gs_str word, struct gs_str *before, uint32_t *repeats)
{
    while (word.len > 0 && word.data[0] == '\'')
        word = gs_str_make(word.data + 1, word.len - 1);
    while (word.len > 0 && word.data[word.len - 1] == '\'')
        word.len--;
    if (word.len == 0)
        return;
    *repeats = before->data && is_repeated(word, *before) ? *repeats + 1 : 1;
    *before = word;
    n->features.words++;
    n->features.word_repeats = GS_MAX(n->features.word_repeats, *repeats);
    n->tokens[n->token_count++] = look_up(n, word.data, word.len);
}

static void read_words(struct naive *n, const struct gs_clean_scratch *scratch)
{
    struct gs_str before = {0};
    uint32_t link = 0, skip_to = 0, repeats = 0;
    n->token_count = 0;
    for (uint32_t at = 0, end; at < n->len; at = end) {
        end = at + 1;
        if (!n->is_word[at])
            continue;
        while (end < n->len && n->is_word[end] && !n->splits[end])
            end++;
        for (; link < scratch->link_count && scratch->links[link].at <= at; link++) {
            skip_to = scratch->links[link].end;
            n->tokens[n->token_count++] = symbol_token(n, scratch->links[link].symbol);
        }
        if (at >= skip_to)
            add_word(n, gs_str_make(n->normal + at, end - at), &before, &repeats);
    }
}

/* ------------------------------------------------------------------ all phrases */

struct ends {
    const struct gs_clean_rules *rules;
    uint8_t ended[3 * BYTES_MAX];
    uint8_t excepted[3 * BYTES_MAX];
};

static void take_ends(void *context, uint32_t s, uint32_t token, uint64_t bits)
{
    struct ends *ends = context;
    for (; bits; bits &= bits - 1) {
        const struct gsi_phrase *phrase =
            &ends->rules->phrases[s * 64 + (unsigned)__builtin_ctzll(bits)];
        if (!phrase->is_exception)
            ends->ended[token] |= (uint8_t)(1u << phrase->list);
        for (uint32_t i = 0; phrase->is_exception && i < phrase->needed && i <= token; i++)
            ends->excepted[token - i] |= (uint8_t)(1u << phrase->list);
    }
}

static uint32_t lists_of(const struct naive *n, const struct gs_clean_scratch *scratch)
{
    static struct ends ends;
    uint32_t lists = 0;
    ends.rules = n->rules;
    memset(ends.ended, 0, n->token_count);
    memset(ends.excepted, 0, n->token_count);
    for (uint32_t s = 0; s < n->rules->states.count; s++)
        gsi_match_run(n->rules, scratch, s, take_ends, &ends);
    for (uint32_t i = 0; i < n->token_count; i++)
        lists |= ends.ended[i] & ~(uint32_t)ends.excepted[i];
    return lists;
}

/* ------------------------------------------------------------------ comparing */

struct rig {
    struct gs_clean_rules *rules[2];
    struct naive naive[2];
    struct gs_clean_scratch *scratch;
};

static bool has_features(const struct gs_clean_features *a, const struct gs_clean_features *b)
{
    return a->bytes == b->bytes && a->words == b->words && a->emoji == b->emoji &&
           a->digits == b->digits && a->digit_runs == b->digit_runs && a->capitals == b->capitals &&
           a->marks == b->marks && a->run_longest == b->run_longest &&
           a->run_is_emoji == b->run_is_emoji && a->word_repeats == b->word_repeats &&
           a->scripts == b->scripts;
}

static bool is_same(struct naive *n, struct gs_clean_scratch *scratch, struct gs_str raw)
{
    enum { LISTS = (1 << (GS_CLEAN_LIST_UNSAFE + 1)) - 1 };
    struct gs_clean_text text;
    gs_clean_read(n->rules, scratch, raw, &text);
    gsi_tokens_list(n->rules, scratch); /* most texts have been judged without them */
    make_normal(n, raw);
    read_words(n, scratch);
    struct gs_hash128 hash = gs_hash128(n->normal, n->len);
    return gs_str_equal(text.normal, gs_str_make(n->normal, n->len)) && text.hash.low == hash.low &&
           text.hash.high == hash.high && has_features(&text.features, &n->features) &&
           scratch->token_count == n->token_count &&
           memcmp(scratch->tokens, n->tokens, n->token_count * sizeof *n->tokens) == 0 &&
           (text.found & LISTS) == lists_of(n, scratch);
}

static void check(struct rig *rig, const char *bytes, size_t len)
{
    char *exact = gs_alloc(len + 1); /* so that a sanitizer sees what is read behind its end */
    memcpy(exact, bytes, len);
    for (int i = 0; i < 2; i++)
        if (!is_same(&rig->naive[i], rig->scratch, gs_str_make(exact, len)))
            fail_msg("rules %d read otherwise: '%.*s'", i, (int)len, bytes);
    gs_free(exact);
}

static int set_up(void **state)
{
    static const char own[] = "<my> = my our\n"
                              "check [out] <my> ..2 <number>|channel\n"
                              "^ hello [there] $\n"
                              "! my friends check out my ..2 channel\n"
                              "incomprehensibilities of incomprehensibilitees\n"
                              "it's don't\n"
                              "<mention> rules\n"
                              "<number> dollars\n"
                              "中文 字\n"
                              "я люблю\n"
                              "sub\n";
    struct rig *rig = gs_calloc(1, sizeof *rig);
    struct gs_clean_config config;
    struct gs_error error;
    for (int i = 0; i < 2; i++) {
        gs_clean_config_default(&config);
        if (i == 1)
            config.lists[GS_CLEAN_LIST_PROMO] = gs_str_make(own, sizeof own - 1);
        if (gs_clean_rules_create(&config, &rig->rules[i], &error) != GS_OK) {
            print_error("%s\n", error.message);
            return 1;
        }
        rig->naive[i].rules = rig->rules[i];
        sort_vocabulary(&rig->naive[i]);
    }
    rig->scratch = gs_clean_scratch_create();
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 2; i++)
        gs_clean_rules_destroy(rig->rules[i]);
    gs_clean_scratch_destroy(rig->scratch);
    gs_free(rig);
    return 0;
}

/* ------------------------------------------------------------------ texts */

static uint64_t random_state;

static uint32_t below(uint32_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % count);
}

static const char *const parts[] = {
    " ",
    "  ",
    "\n",
    "\x7F",
    "'",
    "''",
    "'a",
    "a'",
    ".",
    "...",
    " .",
    "@",
    "@'",
    "#",
    "$",
    "5",
    "99",
    "+49 151 2345 6789",
    "aaa",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "ab",
    "Z",
    "my",
    "our",
    "check out my channel",
    "check out our 2",
    "hello",
    "hello there",
    "friends",
    "incomprehensibilities of incomprehensibilitees",
    "incomprehensibilities",
    "it's",
    "don't",
    "sub",
    "subscribe",
    "please",
    "nice pic",
    "dm me",
    "fuck",
    "www.x.com",
    "x.com",
    "chan . com",
    "https://bit.ly/a",
    "me@mail.com",
    "@ana",
    "#win",
    "$500",
    "watch?v=1",
    "é",
    "É",
    "ß",
    "İ",
    "ς",
    "Σ",
    "я",
    "Я люблю",
    "ä",
    "\xCC\x81",
    "’",
    "\xE2\x80\x8B",
    "…",
    "\xEF\xB8\x8F",
    "\xE2\x80\x8D",
    "😀",
    "😀😀😀",
    "👍🏽",
    "中",
    "中文字",
    "か",
    "ก",
    "한국",
    "ｆｒｅｅ",
    "𝐟𝐫𝐞𝐞",
    "Ⓐ",
    "،",
    "؟",
    "ي",
    "שלום",
    "हिन्दी",
    "²",
    "«",
    "\xC2\xA0",
    "\xC2\xAD",
    "\xE3\x80\x80",
    "\x80",
    "\xFF",
    "\xC3",
    "\xE2\x80",
    "\xF0\x9F\x98",
    "\xED\xA0\x80",
    "\xF4\x90\x80\x80",
    "\xC0\x80",
};

static size_t add(char *text, size_t len, const char *part)
{
    memcpy(text + len, part, strlen(part));
    return len + strlen(part);
}

/* A word that is element `bit` of state s; what no word is, a symbol is. */
static size_t add_element(const struct naive *n, char *text, size_t len, uint32_t s, unsigned bit)
{
    static const char *const symbols[] = {"5", "x.com", "@ana", "#win", "me@mail.com", "$500"};
    size_t from = below((uint32_t)n->vocabulary_count);
    for (size_t i = 0; i < n->vocabulary_count; i++) {
        const struct word *word = &n->vocabulary[(from + i) % n->vocabulary_count];
        if (!(gsi_match_bits(n->rules, word->token, s) >> bit & 1))
            continue;
        memcpy(text + len, word->bytes, word->len);
        return len + word->len;
    }
    return add(text, len, symbols[below(GS_COUNT_OF(symbols))]);
}

/* Any phrase of the lists, sometimes without one of its words. */
static size_t make_phrase(const struct naive *n, char *text)
{
    const struct gsi_states *states = &n->rules->states;
    uint32_t s = below(states->count);
    uint64_t firsts = states->starts[s] | states->starts_text[s];
    unsigned bit = below(64), missing = bit + below(12);
    size_t len = below(4) == 0 ? add(text, 0, "hello ") : 0;
    while (!(firsts >> bit & 1))
        bit = (bit + 63) & 63;
    for (; !(states->behind[s] >> bit & 1); bit++) {
        if (bit == missing || (states->optional[s] >> bit & 1 && below(2)))
            continue;
        len = states->any[s] >> bit & 1 ? add(text, len, "ab") : add_element(n, text, len, s, bit);
        text[len++] = ' ';
    }
    return below(4) == 0 ? add(text, len, "my friends") : len;
}

static void test_phrases(void **state)
{
    enum { TEXTS = 30000 };
    struct rig *rig = *state;
    char text[BYTES_MAX];
    random_state = 1;
    for (int i = 0; i < TEXTS; i++)
        check(rig, text, make_phrase(&rig->naive[i % 2], text));
}

/* Of parts, of few letters, of any bytes, or of any points. */
static size_t make_text(char *text)
{
    static const char few[] = "aab  '.1A";
    uint32_t kind = below(8), count = below(40);
    size_t len = 0;
    for (uint32_t i = below(4) == 0 ? below(70) : 0; i > 0; i--)
        text[len++] = "a b"[i % 3];
    for (uint32_t i = 0; i < count; i++) {
        if (kind < 5)
            len = add(text, len, parts[below(GS_COUNT_OF(parts))]);
        else if (kind == 5)
            for (unsigned k = 0; k < 4; k++)
                text[len++] = few[below(sizeof few - 1)];
        else if (kind == 6)
            text[len++] = (char)below(256);
        else
            len += gs_text_put(below(below(2) ? 0x3000 : 0x20000), text + len);
        if (below(3) == 0)
            text[len++] = ' ';
    }
    return len;
}

static void test_random(void **state)
{
    enum { TEXTS = 30000 };
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    char text[BYTES_MAX];
    random_state = seed;
    print_message("GS_SEED=%llu\n", (unsigned long long)seed);
    for (int i = 0; i < TEXTS; i++)
        check(*state, text, make_text(text));
}

/* Every part at every place of two blocks, before and behind letters and others. */
static void test_borders(void **state)
{
    char text[BYTES_MAX];
    for (size_t part = 0; part < GS_COUNT_OF(parts); part++)
        for (size_t before = 0; before < 2 * GS_TEXT_BLOCK + 2; before++)
            for (unsigned kind = 0; kind < 3; kind++) {
                for (size_t i = 0; i < before; i++)
                    text[i] = kind == 0 ? "abc "[i % 4] : kind == 1 ? "xy"[i % 2] : "a."[i % 2];
                size_t len = add(text, before, parts[part]);
                check(*state, text, len);
                len = add(text, len, kind == 1 ? "b" : " check out my channel");
                check(*state, text, len);
            }
}

/* What points become, whichever way they come into the table. */
static void test_all_points(void **state)
{
    char text[64];
    for (uint32_t point = 1; point < 0x110000; point += point < 0x20000 ? 1 : 61)
        for (unsigned round = 0; round < 2; round++) {
            size_t len = add(text, 0, "a");
            len += gs_text_put(point, text + len);
            len = add(text, len, "b c");
            len += gs_text_put(point, text + len);
            check(*state, text, len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_all_points),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
