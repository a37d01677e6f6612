/* texts.c -- templates compiled, so that nothing is searched for when a text is made. */
#include "text.h"

static bool is_slot(const char *at)
{
    return at[0] == '%' && ((at[1] >= 'a' && at[1] <= 'z') || (at[1] >= 'A' && at[1] <= 'Z'));
}

/* A slot's two bytes become the next piece's first two, so two more than the text are enough. */
static size_t code_bytes(const char *text)
{
    return strlen(text) + 2;
}

static char *end_piece(char *head, char *at, char slot)
{
    size_t length = (size_t)(at - head) - 2;
    GS_ASSERT(length <= UINT8_MAX);
    head[0] = (char)length;
    head[1] = slot;
    return at;
}

static char *compile(const char *text, char *at)
{
    char *head = at;
    at += 2;
    for (; *text; text++) {
        if (is_slot(text)) {
            head = end_piece(head, at, *++text);
            at += 2;
        } else {
            *at++ = *text;
        }
    }
    return end_piece(head, at, 0);
}

struct place {
    char *code;
    const char **items;
    size_t bytes;
    size_t count;
};

/* Sizes are counted first, with code == NULL. */
static void take_lists(const struct gsi_generate_parts *from, struct gsi_generate_parts *to,
                       size_t count, struct place *place)
{
    for (size_t i = 0; i < count; i++) {
        if (place->code)
            to[i] = (struct gsi_generate_parts){place->items + place->count, from[i].count};
        for (uint32_t n = 0; n < from[i].count; n++, place->count++) {
            char *code = place->code + (place->code ? place->bytes : 0);
            if (code) {
                place->items[place->count] = code;
                compile(from[i].items[n], code);
            }
            place->bytes += code_bytes(from[i].items[n]);
        }
    }
}

static void take_all(struct gsi_generate_texts *texts, struct place *place)
{
    enum {
        LISTS = sizeof(struct gsi_generate_lists) / sizeof(struct gsi_generate_parts),
        COMMON = sizeof(struct gsi_generate_common) / sizeof(struct gsi_generate_parts)
    };
    for (int i = 0; i < GSI_LANGUAGE_COUNT; i++) {
        texts->languages[i].code = gsi_generate_languages[i]->code;
        texts->languages[i].gap = gsi_generate_languages[i]->gap;
        texts->languages[i].latin = gsi_generate_languages[i]->latin;
        take_lists((const void *)&gsi_generate_languages[i]->lists,
                   (void *)&texts->languages[i].lists, LISTS, place);
    }
    take_lists((const void *)&gsi_generate_common, (void *)&texts->common, COMMON, place);
}

static bool is_plain(const struct gsi_generate_slot *slot)
{
    static const uint32_t lists[GSI_BY_COUNT] = {
        [GSI_BY_NOTHING] = 1, [GSI_BY_MOOD] = GSI_MOOD_COUNT, [GSI_BY_TOPIC] = GSI_TOPIC_COUNT};
    for (uint32_t i = 0; i < lists[slot->by]; i++)
        for (uint32_t n = 0; n < slot->list[i].count; n++)
            if (slot->list[i].items[n][1])
                return false;
    return true;
}

/* Where a language has no list, the slot is left to put_made() or is a mistake in the data, which a
 * test would find. */
static void set_slots(struct gsi_generate_language *language,
                      const struct gsi_generate_common *common)
{
    struct gsi_generate_slot *slots = language->slots;
    for (int c = 'a'; c <= 'z'; c++)
        slots[c].list = &language->lists.words[c - 'a'];
    if (language->lists.things[0].count)
        slots['t'] = (struct gsi_generate_slot){.list = language->lists.things, .by = GSI_BY_TOPIC};
    slots['A'].list = &common->names;
    slots['B'].list = &common->small_names;
    slots['E'] = (struct gsi_generate_slot){.list = common->emoji, .by = GSI_BY_MOOD};
    slots['H'] = (struct gsi_generate_slot){.list = common->tags, .by = GSI_BY_TOPIC};
    slots['M'].list = &common->handles;
    slots['P'].list = &common->prices;
    slots['U'].list = &common->shop_links;
    for (int c = 'A'; c <= 'z'; c++)
        slots[c].plain = slots[c].list && is_plain(&slots[c]);
}

void gsi_generate_texts_init(struct gsi_generate_texts *texts)
{
    struct place place = {0};
    take_all(texts, &place);
    texts->items = gs_calloc(place.count, sizeof *texts->items);
    texts->code = gs_calloc(1, place.bytes + GSI_GENERATE_COPY_BYTES);
    place = (struct place){.code = texts->code, .items = texts->items};
    take_all(texts, &place);
    for (int i = 0; i < GSI_LANGUAGE_COUNT; i++)
        set_slots(&texts->languages[i], &texts->common);
}

void gsi_generate_texts_deinit(struct gsi_generate_texts *texts)
{
    gs_free(texts->items);
    gs_free(texts->code);
}
