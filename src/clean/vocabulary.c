/* vocabulary.c -- elements of phrases into states, and the words that they are into a table.
 *
 *      check [out] <my>   state 3:  bit 17 check, 18 out, 19 my and our, 20 nobody's
 *      check              word:     states 3, ...; bits of it in each */
#include "compile.h"
#include "match.h"

/* The state that the phrase at hand goes into; its number, or GSI_STATES_MAX if there is none. */
static uint32_t state_for(struct gsi_compiler *c, enum gsi_phrase_kind kind)
{
    struct gsi_states *states = &c->rules->states;
    if (c->open[kind] == 0 || c->used[kind] + c->element_count + 1 > 64) {
        if (states->count == GSI_STATES_MAX)
            return GSI_STATES_MAX;
        c->open[kind] = ++states->count;
        c->used[kind] = 0;
        states->exceptions |= (uint32_t)(kind == EXCEPTION) << (states->count - 1);
        states->texts |= (uint32_t)(kind == AT_START) << (states->count - 1);
    }
    return c->open[kind] - 1;
}

static void place_elements(struct gsi_compiler *c, uint32_t s, uint32_t base)
{
    struct gsi_states *states = &c->rules->states;
    for (uint32_t i = 0; i < c->element_count; i++) {
        const struct gsi_element *element = &c->elements[i];
        uint64_t bit = UINT64_C(1) << (base + i);
        states->optional[s] |= element->is_optional ? bit : 0;
        states->any[s] |= element->count == 0 ? bit : 0;
        for (uint32_t k = 0; k < element->count; k++) {
            if (c->place_count == c->place_capacity) {
                c->place_capacity = c->place_capacity ? 2 * c->place_capacity : 1024;
                c->places = gs_realloc(c->places, c->place_capacity * sizeof *c->places);
            }
            c->places[c->place_count++] =
                (struct gsi_element_place){c->options.items[element->first + k], s * 64 + base + i};
        }
    }
}

/* What may be missing at the end of a text need not be there for an end. */
static void place_ends(struct gsi_compiler *c, struct gsi_phrase phrase, uint32_t s, uint32_t base)
{
    struct gsi_states *states = &c->rules->states;
    uint64_t *ends = phrase.at_end ? &states->ends_text[s] : &states->ends[s];
    bool is_end = true;
    for (uint32_t i = c->element_count; i > 0 && is_end; i--) {
        phrase.len = (uint8_t)i;
        c->rules->phrases[s * 64 + base + i - 1] = phrase;
        *ends |= UINT64_C(1) << (base + i - 1);
        is_end = c->elements[i - 1].is_optional;
    }
}

/* Elements of a phrase lie in one state; the bit behind them is nobody's, so that no carry gets
 * into the next phrase. */
enum gs_status gsi_place_phrase(struct gsi_compiler *c, struct gsi_phrase phrase, bool at_start,
                                struct gs_str line)
{
    struct gsi_states *states = &c->rules->states;
    enum gsi_phrase_kind kind = phrase.is_exception ? EXCEPTION : at_start ? AT_START : ANYWHERE;
    uint32_t s = state_for(c, kind), needed = 0;
    if (s == GSI_STATES_MAX)
        return gsi_refuse(c, "does not fit any more: the lists have too many phrases", line);
    uint32_t base = c->used[kind];
    for (uint32_t i = 0; i < c->element_count; i++)
        needed += !c->elements[i].is_optional;
    phrase.needed = (uint8_t)GS_MIN(needed, 8u);
    phrase.list = (uint8_t)c->list;
    phrase.line = c->reader.line;
    place_elements(c, s, base);
    place_ends(c, phrase, s, base);
    if (!phrase.is_exception)
        gsi_hints_add_phrase(c, s, at_start && phrase.at_end);
    *(at_start ? &states->starts_text[s] : &states->starts[s]) |= UINT64_C(1) << base;
    states->behind[s] |= UINT64_C(1) << (base + c->element_count);
    states->lists[s] |= (uint8_t)(1u << c->list);
    c->used[kind] += c->element_count + 1;
    return GS_OK;
}

/* ------------------------------------------------------------------ the vocabulary */

/* bits: of the word, by state. */
static struct gsi_word make_word(struct gsi_compiler *c, uint32_t id, const uint64_t *bits,
                                 uint32_t *used)
{
    struct gsi_word word = {.last_bytes = c->words[id].key.last,
                            .len = c->words[id].key.len | c->words[id].at << 8,
                            .first = *used};
    for (uint32_t s = 0; s < c->rules->states.count; s++) {
        if (!bits[s])
            continue;
        c->rules->bits[(*used)++] = bits[s];
        word.states |= 1u << s;
    }
    return word;
}

static struct gsi_word *slot_for(struct gs_clean_rules *rules, const struct gsi_word_key *key)
{
    uint32_t slot = key->hash >> rules->words_shift;
    while (rules->word_keys[slot])
        slot = (slot + 1) & rules->words_mask;
    rules->word_keys[slot] = key->first;
    return &rules->words[slot];
}

_Static_assert(GSI_SYMBOL_COUNT <= 8, "room behind the table");

static void build_words(struct gsi_compiler *c, uint64_t (*bits)[GSI_STATES_MAX])
{
    struct gs_clean_rules *rules = c->rules;
    uint32_t used = 0;
    for (uint32_t i = 0; i < c->word_count; i++) {
        const char *text = c->text.data + c->words[i].at;
        struct gsi_word *word = i < GSI_SYMBOL_COUNT ? &rules->words[rules->words_mask + 1 + i]
                                                     : slot_for(rules, &c->words[i].key);
        bool is_number = i >= GSI_SYMBOL_COUNT && text[0] >= '0' && text[0] <= '9';
        for (uint32_t s = 0; is_number && s < rules->states.count; s++)
            bits[i][s] |= bits[GSI_SYMBOL_NUMBER][s];
        *word = make_word(c, i, bits[i], &used);
    }
}

void gsi_vocabulary_build(struct gsi_compiler *c)
{
    struct gs_clean_rules *rules = c->rules;
    uint64_t(*bits)[GSI_STATES_MAX] = gs_calloc(c->word_count, sizeof *bits);
    uint32_t slots = 64, shift = 26; /* the highest bits of a hash */
    for (; slots < 2 * c->word_count; slots *= 2)
        shift--;
    for (uint32_t i = 0; i < c->place_count; i++)
        bits[c->places[i].word][c->places[i].element / 64] |= UINT64_C(1)
                                                              << (c->places[i].element & 63);
    rules->words = gs_alloc_aligned(64, (slots + 8) * sizeof *rules->words);
    memset(rules->words, 0, (slots + 8) * sizeof *rules->words);
    gs_free(rules->word_keys);
    rules->word_keys = gs_alloc_aligned(64, slots * sizeof *rules->word_keys);
    memset(rules->word_keys, 0, slots * sizeof *rules->word_keys);
    rules->words_mask = slots - 1;
    rules->words_shift = shift;
    rules->bits = gs_alloc(((size_t)c->word_count * rules->states.count + 1) * sizeof *rules->bits);
    build_words(c, bits);
    gsi_hints_build(c);
    rules->words_text = c->text.data;
    c->text = (struct gs_buf){0};
    gs_free(bits);
}

/* More than 16 bytes have some that are in neither half of the key. */
static bool is_word(const struct gs_clean_rules *rules, uint32_t slot,
                    const struct gsi_word_key *key, const char *bytes)
{
    const struct gsi_word *word = &rules->words[slot];
    return rules->word_keys[slot] == key->first && word->last_bytes == key->last &&
           (word->len & 0xFF) == key->len &&
           (key->len <= 16 || memcmp(rules->words_text + (word->len >> 8), bytes, key->len) == 0);
}

uint32_t gsi_word_find_long(const struct gs_clean_rules *rules, const struct gsi_word_key *key,
                            const char *bytes)
{
    uint32_t slot = key->hash >> rules->words_shift;
    for (; rules->word_keys[slot]; slot = (slot + 1) & rules->words_mask)
        if (is_word(rules, slot, key, bytes))
            return slot + 1;
    return 0;
}
