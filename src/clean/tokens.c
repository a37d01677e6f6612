/* tokens.c -- the words of a text one after the other, each known exactly. Only texts in which a
 * phrase may be are read like this.
 *
 *      check my chan.com/x now!      check, my, <url>, now */
#include "internal.h"

struct lister {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    uint32_t *next;
    uint32_t link;      /* the next one, */
    uint32_t next_link; /* and where it begins; beyond the text if there is none */
};

static void find_link(struct lister *lister)
{
    const struct gs_clean_scratch *scratch = lister->scratch;
    bool is_left = lister->link < scratch->link_count;
    lister->next_link = is_left ? scratch->links[lister->link].at : UINT32_MAX;
}

static inline void add(struct lister *lister, uint32_t token, uint32_t at, uint32_t end)
{
    lister->scratch->places[lister->next - lister->scratch->tokens] = (struct gsi_place){at, end};
    *lister->next++ = token;
}

/* There are none while the phrases are being compiled. */
static uint32_t symbol_token(const struct gs_clean_rules *rules, uint32_t symbol)
{
    return rules->words ? rules->words_mask + 1 + symbol + 1 : 0;
}

/* Those that begin before. */
static void add_links(struct lister *lister, uint32_t at)
{
    while (lister->next_link < at) {
        const struct gsi_link *link = &lister->scratch->links[lister->link++];
        add(lister, symbol_token(lister->rules, link->symbol), link->at, link->end);
        find_link(lister);
    }
}

static inline void add_word(struct lister *lister, uint32_t at, uint32_t end)
{
    const struct gs_clean_rules *rules = lister->rules;
    const char *bytes = lister->scratch->normal + at;
    uint32_t token;
    if (GS_UNLIKELY(lister->next_link < at))
        add_links(lister, at);
    if (GS_LIKELY(end - at < 8)) {
        uint64_t first = gsi_word_first(bytes, end - at);
        token = gsi_word_find_short(rules, first, gsi_word_hash(first, 0, end - at));
    } else {
        struct gsi_word_key key = gsi_word_key(bytes, end - at);
        token = gsi_word_find_long(rules, &key, bytes);
    }
    if (!token && *bytes >= '0' && *bytes <= '9')
        token = symbol_token(rules, GSI_SYMBOL_NUMBER);
    add(lister, token, at, end);
}

/* Where the last stretch of solid bytes begins. */
static uint32_t last_stretch(const struct gs_clean_scratch *scratch)
{
    uint32_t at = scratch->normal_len;
    while (at > 0 && !gsi_is_in(scratch->solid, at))
        at--;
    while (gsi_goes_on(scratch, at))
        at--;
    return at;
}

/* Starts and ends come in turns; a word that is open at the end of a block ends in a later one. */
void gsi_tokens_list(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch)
{
    struct lister lister = {.rules = rules, .scratch = scratch, .next = scratch->tokens};
    uint32_t blocks = scratch->normal_len / GS_TEXT_BLOCK + 1, open = 0;
    uint64_t before = 0;
    find_link(&lister);
    for (uint32_t b = 0; b < blocks; b++) {
        uint64_t word = scratch->words[b], behind = word << 1 | before;
        uint64_t splits = scratch->is_wide ? scratch->splits[b] : 0;
        uint64_t starts = word & (~behind | splits), ends = behind & (~word | splits);
        for (uint64_t left = ends; left; left &= left - 1) {
            /* The last start before it. */
            uint64_t own = starts & ((left & -left) - 1);
            uint32_t base = b * GS_TEXT_BLOCK;
            if (own)
                open = base + 63 - (uint32_t)__builtin_clzll(own);
            add_word(&lister, open, base + (uint32_t)__builtin_ctzll(left));
        }
        if (starts)
            open = b * GS_TEXT_BLOCK + 63 - (uint32_t)__builtin_clzll(starts);
        before = word >> 63;
    }
    if (lister.next_link < UINT32_MAX) /* behind the last word */
        add_links(&lister, last_stretch(scratch) + 1);
    scratch->token_count = (uint32_t)(lister.next - scratch->tokens);
}
