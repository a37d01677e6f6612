/* lexicon.c -- reads the two lexicon files.
 *
 *   "ok\t1.2\t0.6\t[1, ...]"     a word, its valence, columns that nobody reads
 *   "aber\tbut"                 a word, what it does to others
 *   "😀\tgrinning face"          a character, its description
 *   "👍\t2.1\tapproval"          a character, its valence: vader+
 *
 * A line is stripped before it is split, as the original does, so no key is empty. */
#include "internal.h"

enum { DIGITS_MAX = 15, LINES_MAX = 4 << 20 };

struct line {
    const char *file; /* for messages */
    size_t number;
    struct gs_str key;
    struct gs_str value; /* the second column */
};

static struct gs_str take_line(struct gs_str *rest)
{
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    struct gs_str taken = gs_str_make(rest->data, len);
    size_t used = len + (end ? 1 : 0);
    *rest = gs_str_make(rest->data + used, rest->len - used);
    return taken;
}

static size_t line_count(struct gs_str file)
{
    size_t count = 1;
    for (uint32_t i = 0; i < file.len; i++)
        count += file.data[i] == '\n';
    return count;
}

/* Splits the next line that is not empty; *line.key is null behind the last one. */
static enum gs_status next_line(struct gs_str *rest, struct line *line, struct gs_error *error)
{
    line->key = (struct gs_str){0};
    while (rest->len > 0) {
        struct gs_str text = gs_text_strip(take_line(rest));
        line->number++;
        if (text.len == 0)
            continue;
        if (!gs_text_is_valid(text))
            return gs_fail(error, GS_E_DATA, "line %zu of the %s is not UTF-8", line->number,
                           line->file);
        const char *tab = memchr(text.data, '\t', text.len);
        if (!tab)
            return gs_fail(error, GS_E_DATA, "line %zu of the %s has no tab behind its key",
                           line->number, line->file);
        line->key = gs_str_make(text.data, (size_t)(tab - text.data));
        line->value = gs_str_make(tab + 1, text.len - line->key.len - 1);
        tab = memchr(line->value.data, '\t', line->value.len);
        if (tab)
            line->value.len = (uint32_t)(tab - line->value.data);
        return GS_OK;
    }
    return GS_OK;
}

/* A plain decimal number of few digits: digits / 10^n is then the nearest double, as float() gives.
 */
static bool parse_valence(struct gs_str text, double *valence)
{
    double digits = 0, power = 1;
    int count = 0;
    bool behind_point = false;
    text = gs_text_strip(text);
    bool is_signed = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');
    for (uint32_t i = is_signed; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.' && !behind_point) {
            behind_point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++count > DIGITS_MAX)
            return false;
        digits = digits * 10 + (c - '0');
        power *= behind_point ? 10 : 1;
    }
    *valence = (is_signed && text.data[0] == '-' ? -digits : digits) / power;
    return count > 0;
}

static bool parse_role(struct gs_str text, uint16_t *flags)
{
    static const struct {
        const char *name;
        uint16_t flags;
    } ROLES[] = {
        {"negation", GSI_NEGATION}, {"boost", GSI_BOOST}, {"dampen", GSI_DAMPEN}, {"but", GSI_BUT}};
    for (size_t i = 0; i < GS_COUNT_OF(ROLES); i++)
        if (gs_str_equal(gs_text_strip(text), gs_str_of(ROLES[i].name))) {
            *flags = ROLES[i].flags;
            return true;
        }
    return false;
}

/* Could a token in lower case ever be this key? Tokens hold no white space. */
static bool is_reachable(struct gs_str key)
{
    char lowered[3 * GSI_WORD_BYTES_MAX];
    const char *at = key.data, *end = key.data + key.len;
    while (at < end)
        if (gs_text_is_space(gs_text_next(&at, end)))
            return false;
    return gs_str_equal(gs_str_make(lowered, gs_text_lower(key, lowered)), key);
}

/* Two letters side by side make a word, all else a sign: ":D", "<3", "-_-". */
static bool is_emoticon(struct gs_str key)
{
    bool has_other = false, was_letter = false;
    for (uint32_t i = 0; i < key.len; i++) {
        char c = key.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
        if (is_letter && was_letter)
            return false;
        was_letter = is_letter;
        has_other = has_other || (!is_letter && (c < '0' || c > '9'));
    }
    return has_other;
}

static void add_word(struct gs_sentiment *s, struct gs_str key, uint16_t flags, double valence)
{
    struct gsi_word *word = gsi_word_add(s, key);
    word->flags |= flags;
    if (!(flags & GSI_LEXICON))
        return;
    word->valence = valence;
    if (s->mends & GS_MEND_SIGNS && is_emoticon(key))
        word->flags |= GSI_SIGN;
}

static enum gs_status add_line(struct gs_sentiment *s, const struct line *line,
                               struct gs_error *error)
{
    uint16_t flags = GSI_LEXICON;
    double valence = 0;
    if (line->key.len > GSI_WORD_BYTES_MAX)
        return gs_fail(error, GS_E_DATA, "line %zu of the lexicon: a word of more than %d bytes",
                       line->number, GSI_WORD_BYTES_MAX);
    if (!parse_valence(line->value, &valence) && !parse_role(line->value, &flags))
        return gs_fail(error, GS_E_DATA,
                       "line %zu of the lexicon: '%.*s' is no plain decimal number of at most "
                       "%d digits",
                       line->number, (int)GS_MIN(line->value.len, 40U), line->value.data,
                       DIGITS_MAX);
    if (is_reachable(line->key)) {
        s->is_wide = s->is_wide || !gs_text_is_ascii(line->key);
        add_word(s, line->key, flags, valence);
    }
    return GS_OK;
}

enum gs_status gsi_lexicon_reserve(struct gs_sentiment *s, struct gs_str lexicon,
                                   struct gs_str emoji, size_t more, struct gs_error *error)
{
    size_t words = line_count(lexicon), signs = line_count(emoji);
    if (words > LINES_MAX)
        return gs_fail(error, GS_E_DATA, "the lexicon has more than %d lines", LINES_MAX);
    if (signs > LINES_MAX)
        return gs_fail(error, GS_E_DATA, "the emoji lexicon has more than %d lines", LINES_MAX);
    gsi_words_reserve(s, words + more + (s->mends & GS_MEND_EMOJI_TABLE ? signs : 0));
    gsi_emoji_reserve(s, signs);
    return GS_OK;
}

enum gs_status gsi_lexicon_read(struct gs_sentiment *s, struct gs_str file, struct gs_error *error)
{
    struct line line = {.file = "lexicon"};
    enum gs_status status;
    size_t words = 0;

    while ((status = next_line(&file, &line, error)) == GS_OK && !gs_str_is_null(line.key)) {
        status = add_line(s, &line, error);
        if (status != GS_OK)
            return status;
        words++;
    }
    if (status == GS_OK && words == 0)
        return gs_fail(error, GS_E_DATA, "the lexicon has no words");
    return status;
}

/* An emoji with a valence stays as it is in the text, and is a word of the lexicon. */
static void add_emoji(struct gs_sentiment *s, uint32_t code_point, struct gs_str value)
{
    char bytes[GS_TEXT_POINT_BYTES_MAX];
    double valence;
    if (s->mends & GS_MEND_EMOJI_TABLE && parse_valence(value, &valence)) {
        uint16_t flags = s->mends & GS_MEND_SIGNS ? GSI_LEXICON | GSI_SIGN : GSI_LEXICON;
        value = gs_str_make(bytes, gs_text_put(code_point, bytes));
        add_word(s, value, flags, valence);
    }
    gsi_emoji_add(s, code_point, value);
}

enum gs_status gsi_emoji_read(struct gs_sentiment *s, struct gs_str file, struct gs_error *error)
{
    struct line line = {.file = "emoji lexicon"};
    enum gs_status status;

    while ((status = next_line(&file, &line, error)) == GS_OK && !gs_str_is_null(line.key)) {
        const char *at = line.key.data, *end = line.key.data + line.key.len;
        uint32_t code_point = gs_text_next(&at, end);
        if (at == end && code_point < 0x80)
            return gs_fail(error, GS_E_DATA,
                           "line %zu of the emoji lexicon: the key is not a character beyond ASCII",
                           line.number);
        if (line.value.len > GSI_DESCRIPTION_BYTES_MAX)
            return gs_fail(error, GS_E_DATA,
                           "line %zu of the emoji lexicon: the description has more than %d bytes",
                           line.number, GSI_DESCRIPTION_BYTES_MAX);
        if (at < end && s->mends & GS_MEND_VARIANTS &&
            gs_str_equal(gs_str_make(at, (size_t)(end - at)), gs_str_of("\xEF\xB8\x8F")))
            at = end;
        if (at == end && code_point >= 0x80)
            add_emoji(s, code_point, line.value);
    }
    memset(gs_buf_reserve(&s->descriptions, GSI_COPY_BYTES), 0, GSI_COPY_BYTES);
    return status;
}
