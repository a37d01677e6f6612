/* phrases.c -- lists of phrases become one vocabulary and the states of match.h.
 *
 *      <my> = my our                      a class of words, known to the rest of its list
 *      check [out] <my> ..2 channel|page  a phrase: a word, [perhaps a word], up to two words
 *      ! can you check my page            an exception: phrases that end inside it do not count
 *      ^ nice pic $                       the whole text
 *
 * Words are brought into normal form and cut as texts are, so that they can meet. */
#include "compile.h"

enum { SLOTS = 1 << 16, COMMON = 100 };

enum gs_status gsi_refuse(struct gsi_compiler *c, const char *why, struct gs_str what)
{
    return gsi_list_refuse(&c->reader, what, why, c->error);
}

/* ------------------------------------------------------------------ words */

static void ids_add(struct gsi_ids *ids, uint32_t id)
{
    if (ids->count == ids->capacity) {
        ids->capacity = ids->capacity ? 2 * ids->capacity : 16;
        ids->items = gs_realloc(ids->items, ids->capacity * sizeof *ids->items);
    }
    ids->items[ids->count++] = id;
}

/* Words of which nearly every text has some say little. */
static uint32_t commonness(const char *bytes, uint32_t len)
{
    static const char common[] =
        " a an all and are as at be but by can do for from get have he her his how i i'm if in is "
        "it just like love me my no not now of on one or our out see she so that the them they "
        "this to too up us was we what when who will with would you your ";
    char padded[GSI_WORD_BYTES_MAX + 3] = " ";
    memcpy(padded + 1, bytes, len);
    padded[1 + len] = ' ';
    return strstr(common, padded) ? COMMON : 1;
}

static uint32_t intern(struct gsi_compiler *c, const char *bytes, uint32_t len)
{
    struct gsi_word_key key = gsi_word_key(bytes, len);
    uint32_t slot = key.hash % SLOTS;
    for (; c->slots[slot]; slot = (slot + 1) % SLOTS) {
        uint32_t word = c->slots[slot] - 1;
        if (c->words[word].key.hash == key.hash && c->words[word].key.len == len &&
            memcmp(c->text.data + c->words[word].at, bytes, len) == 0)
            return word;
    }
    c->words[c->word_count].at = (uint32_t)c->text.len;
    c->words[c->word_count].key = key;
    c->words[c->word_count].commonness = commonness(bytes, len);
    gs_buf_add(&c->text, bytes, len);
    c->slots[slot] = c->word_count + 1;
    return c->word_count++;
}

/* Cuts what is written into words, at most PIECES_MAX. */
static enum gs_status cut(struct gsi_compiler *c, struct gs_str written, uint32_t *ids,
                          uint32_t *count)
{
    struct gs_clean_text text = {.raw = written};
    if (written.len > 4 * GSI_WORD_BYTES_MAX)
        return gsi_refuse(c, "is too long for a word", written);
    if (!gs_text_is_valid(written))
        return gsi_refuse(c, "is not UTF-8", written);
    gsi_normal_make(c->scratch, written, &text.features);
    gsi_blocks_read(c->rules, c->scratch, &text);
    gsi_tokens_list(c->rules, c->scratch);
    const struct gsi_place *places = c->scratch->places;
    uint32_t found = c->scratch->token_count;
    *count = 0;
    if (found == 0 || found > PIECES_MAX || c->scratch->link_count > 0)
        return gsi_refuse(c, "is no word", written);
    for (uint32_t i = 0; i < found; i++) {
        uint32_t len = places[i].end - places[i].at;
        if (len > GSI_WORD_BYTES_MAX)
            return gsi_refuse(c, "is too long for a word", written);
        if (c->word_count == WORDS_MAX)
            return gsi_refuse(c, "is one word too many", written);
        ids[(*count)++] = intern(c, c->scratch->normal + places[i].at, len);
    }
    return GS_OK;
}

/* ------------------------------------------------------------------ classes */

static const char *const symbol_names[GSI_SYMBOL_COUNT] = {
    [GSI_SYMBOL_NUMBER] = "number",   [GSI_SYMBOL_URL] = "url",
    [GSI_SYMBOL_MENTION] = "mention", [GSI_SYMBOL_HASHTAG] = "hashtag",
    [GSI_SYMBOL_EMAIL] = "email",     [GSI_SYMBOL_MONEY] = "money",
};

static struct gsi_class *find_class(struct gsi_compiler *c, struct gs_str name)
{
    for (uint32_t i = 0; i < c->class_count; i++)
        if (gs_str_equal(gs_str_of(c->classes[i].name), name))
            return &c->classes[i];
    return NULL;
}

static bool is_class_name(struct gs_str written)
{
    return written.len > 2 && written.len < CLASS_NAME_MAX && written.data[0] == '<' &&
           written.data[written.len - 1] == '>';
}

/* A <name>: the words of a class, or a symbol. */
static enum gs_status add_class(struct gsi_compiler *c, struct gs_str written, struct gsi_ids *to)
{
    struct gs_str name = gs_str_make(written.data + 1, written.len - 2);
    const struct gsi_class *class = find_class(c, name);
    for (uint32_t i = 0; i < GSI_SYMBOL_COUNT; i++)
        if (gs_str_equal(gs_str_of(symbol_names[i]), name)) {
            ids_add(to, i);
            return GS_OK;
        }
    if (!class)
        return gsi_refuse(c, "is a class that has not been defined above", written);
    for (uint32_t i = 0; i < class->words.count; i++)
        ids_add(to, class->words.items[i]);
    return GS_OK;
}

/* One word, or the words of a class. */
static enum gs_status add_option(struct gsi_compiler *c, struct gs_str written, struct gsi_ids *to)
{
    uint32_t ids[PIECES_MAX] = {0}, count = 0;
    if (to->count > OPTIONS_MAX)
        return gsi_refuse(c, "is one word too many in its line", written);
    if (is_class_name(written))
        return add_class(c, written, to);
    enum gs_status status = cut(c, written, ids, &count);
    if (status == GS_OK && count > 1)
        return gsi_refuse(c, "is more than one word; write a phrase for it", written);
    if (status == GS_OK)
        ids_add(to, ids[0]);
    return status;
}

static bool take_word(struct gs_str *rest, struct gs_str *word)
{
    uint32_t from = 0, to;
    while (from < rest->len && (rest->data[from] == ' ' || rest->data[from] == '\t'))
        from++;
    for (to = from; to < rest->len && rest->data[to] != ' ' && rest->data[to] != '\t';)
        to++;
    *word = gs_str_make(rest->data + from, to - from);
    *rest = gs_str_make(rest->data + to, rest->len - to);
    return word->len > 0;
}

static enum gs_status define_class(struct gsi_compiler *c, struct gs_str name, struct gs_str rest)
{
    struct gs_str word;
    enum gs_status status = GS_OK;
    name = gs_str_make(name.data + 1, name.len - 2);
    if (c->class_count == CLASSES_MAX || find_class(c, name))
        return gsi_refuse(c,
                          c->class_count == CLASSES_MAX ? "is one class too many"
                                                        : "is defined for the second time",
                          name);
    struct gsi_class *class = &c->classes[c->class_count++];
    memcpy(class->name, name.data, name.len);
    class->name[name.len] = 0;
    while (status == GS_OK && take_word(&rest, &word))
        status = add_option(c, word, &class->words);
    if (status == GS_OK && class->words.count == 0)
        return gsi_refuse(c, "is a class without words", name);
    return status;
}

/* ------------------------------------------------------------------ a phrase */

static enum gs_status add_element(struct gsi_compiler *c, uint32_t first, bool is_optional,
                                  struct gs_str written)
{
    if (c->element_count == ELEMENTS_MAX)
        return gsi_refuse(c, "is one word too many in its phrase", written);
    c->elements[c->element_count++] =
        (struct gsi_element){first, c->options.count - first, is_optional};
    return GS_OK;
}

/* ..3: up to three words. */
static enum gs_status add_gap(struct gsi_compiler *c, struct gs_str written)
{
    enum gs_status status = GS_OK;
    int64_t count = 0;
    if (!gs_parse_int(gs_str_make(written.data + 2, written.len - 2), &count) || count < 1 ||
        count > GAP_MAX)
        return gsi_refuse(c, "is no gap: ..1 to ..6", written);
    for (; count > 0 && status == GS_OK; count--)
        status = add_element(c, c->options.count, true, written);
    return status;
}

static enum gs_status add_options(struct gsi_compiler *c, struct gs_str written, bool is_optional)
{
    uint32_t first = c->options.count;
    struct gs_str left = written;
    for (;;) {
        const char *bar = memchr(left.data, '|', left.len);
        size_t len = bar ? (size_t)(bar - left.data) : left.len;
        enum gs_status status = add_option(c, gs_str_make(left.data, len), &c->options);
        if (status != GS_OK)
            return status;
        if (!bar)
            return add_element(c, first, is_optional, written);
        left = gs_str_make(bar + 1, left.len - len - 1);
    }
}

/* A plain word may be cut into several, each of which is an element. */
static enum gs_status add_plain(struct gsi_compiler *c, struct gs_str written)
{
    uint32_t ids[PIECES_MAX] = {0}, count = 0;
    enum gs_status status = cut(c, written, ids, &count);
    for (uint32_t i = 0; status == GS_OK && i < count; i++) {
        ids_add(&c->options, ids[i]);
        status = add_element(c, c->options.count - 1, false, written);
    }
    return status;
}

static enum gs_status read_element(struct gsi_compiler *c, struct gs_str written)
{
    uint32_t len = written.len;
    if (len > 2 && memcmp(written.data, "..", 2) == 0)
        return add_gap(c, written);
    if (len > 2 && written.data[0] == '[' && written.data[len - 1] == ']')
        return add_options(c, gs_str_make(written.data + 1, len - 2), true);
    if (is_class_name(written) || memchr(written.data, '|', len))
        return add_options(c, written, false);
    return add_plain(c, written);
}

/* A gap needs a word on both sides; optional words do not end a phrase, except that of a whole
 * text.
 */
static bool is_sound(const struct gsi_compiler *c, bool at_end)
{
    bool begun = false;
    for (uint32_t i = 0; i < c->element_count; i++) {
        if (c->elements[i].count == 0 && !begun)
            return false;
        begun = begun || !c->elements[i].is_optional;
    }
    return begun && (at_end || !c->elements[c->element_count - 1].is_optional);
}

static enum gs_status read_phrase(struct gsi_compiler *c, struct gs_str line)
{
    struct gsi_phrase phrase = {0};
    struct gs_str rest = line, word;
    enum gs_status status = GS_OK;
    bool at_start = false;
    c->element_count = c->options.count = 0;
    if (line.data[0] == '!') {
        phrase.is_exception = true;
        rest = gs_str_make(line.data + 1, line.len - 1);
    }
    while (status == GS_OK && take_word(&rest, &word)) {
        bool is_caret = word.len == 1 && word.data[0] == '^';
        bool is_dollar = word.len == 1 && word.data[0] == '$';
        if (phrase.at_end || (is_caret && (at_start || c->element_count > 0)))
            return gsi_refuse(c, "has something before ^ or behind $", line);
        at_start = at_start || is_caret;
        phrase.at_end = is_dollar;
        if (!is_caret && !is_dollar)
            status = read_element(c, word);
    }
    if (status != GS_OK)
        return status;
    if (!is_sound(c, phrase.at_end))
        return gsi_refuse(c, "has no word that must be there at its end, or before a gap", line);
    return gsi_place_phrase(c, phrase, at_start, line);
}

static enum gs_status read_list(struct gsi_compiler *c, struct gs_str file)
{
    struct gs_str line;
    enum gs_status status = GS_OK;
    c->reader = (struct gsi_list_reader){.rest = file,
                                         .name = gs_clean_list_name(c->list),
                                         .file = c->rules->config.list_files[c->list]};
    while (status == GS_OK && gsi_list_next(&c->reader, &line)) {
        struct gs_str rest = line, name, sign;
        bool is_class = take_word(&rest, &name) && is_class_name(name) && take_word(&rest, &sign) &&
                        sign.len == 1 && sign.data[0] == '=';
        status = is_class ? define_class(c, name, rest) : read_phrase(c, line);
    }
    for (uint32_t i = 0; i < c->class_count; i++)
        gs_free(c->classes[i].words.items);
    memset(c->classes, 0, sizeof c->classes);
    c->class_count = 0;
    return status;
}

enum gs_status gsi_phrases_compile(struct gs_clean_rules *rules, const struct gs_str *lists,
                                   struct gs_error *error)
{
    struct gsi_compiler *c = gs_calloc(1, sizeof *c);
    enum gs_status status = GS_OK;
    c->rules = rules;
    c->error = error;
    c->scratch = gs_clean_scratch_create();
    c->words = gs_calloc(WORDS_MAX, sizeof *c->words);
    c->slots = gs_calloc(SLOTS, sizeof *c->slots);
    c->word_count = GSI_SYMBOL_COUNT;
    for (uint32_t i = 0; i < GSI_SYMBOL_COUNT; i++)
        c->words[i].commonness = COMMON;
    rules->phrases = gs_calloc((size_t)GSI_STATES_MAX * 64, sizeof *rules->phrases);
    rules->word_keys = gs_calloc(2, sizeof *rules->word_keys); /* no words yet */
    rules->words_mask = 1;
    rules->words_shift = 31;
    gs_buf_add(&c->text, "", 1);
    for (unsigned i = 0; status == GS_OK && i <= GS_CLEAN_LIST_UNSAFE; i++) {
        c->list = (enum gs_clean_list)i;
        status = read_list(c, lists[i]);
    }
    if (status == GS_OK)
        gsi_vocabulary_build(c);
    gs_clean_scratch_destroy(c->scratch);
    gs_buf_deinit(&c->text);
    gs_free(c->words);
    gs_free(c->slots);
    gs_free(c->options.items);
    gs_free(c->places);
    gs_free(c->anchors);
    gs_free(c->needy);
    gs_free(c);
    return status;
}
