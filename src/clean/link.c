/* link.c -- links, mentions, hashtags, addresses and amounts of money.
 *
 *      see  https://shop.example/x   chan.tv/x   @ana   #win   me@mail.com   $500
 *                ^                       ^       ^      ^        ^           ^      marks
 *
 * Every mark is looked at once, and no byte is part of two things, so the whole is linear. */
#include "internal.h"

struct finder {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    struct gs_clean_text *text;
    const char *normal;
    uint32_t len;
    uint32_t done; /* what lies before is decided */
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool is_solid(const struct finder *f, uint32_t at)
{
    return at < f->len && f->scratch->solid[at / 64] >> (at & 63) & 1;
}

static bool is_host(const struct finder *f, uint32_t at)
{
    char c = f->normal[at];
    return c == '-' || c == '.' || (is_solid(f, at) && c != '\'');
}

static uint32_t host_end(const struct finder *f, uint32_t at)
{
    while (at < f->len && is_host(f, at))
        at++;
    while (at > 0 && (f->normal[at - 1] == '.' || f->normal[at - 1] == '-'))
        at--;
    return at;
}

static uint32_t to_space(const struct finder *f, uint32_t at)
{
    while (at < f->len && f->normal[at] != ' ' && f->normal[at] != '"' && f->normal[at] != '<' &&
           f->normal[at] != '>')
        at++;
    return at;
}

static void add(struct finder *f, uint32_t at, uint32_t end, enum gsi_symbol symbol, uint32_t found)
{
    struct gs_clean_features *features = &f->text->features;
    f->scratch->links[f->scratch->link_count++] =
        (struct gsi_link){at, end, (uint16_t)symbol, (uint16_t)found};
    f->text->found |= found;
    f->done = end;
    features->urls += symbol == GSI_SYMBOL_URL;
    features->mentions += symbol == GSI_SYMBOL_MENTION;
    features->hashtags += symbol == GSI_SYMBOL_HASHTAG;
    features->emails += symbol == GSI_SYMBOL_EMAIL;
}

/* ------------------------------------------------------------------ links */

/* In the normal form "www." has lost a letter. */
static bool begins_www(const char *bytes, size_t len)
{
    return len > 3 && memcmp(bytes, "ww.", 3) == 0;
}

static uint32_t judge_host(const struct finder *f, uint32_t at, uint32_t end)
{
    const char *host = f->normal + at;
    size_t len = end - at;
    if (begins_www(host, len)) {
        host += 3;
        len -= 3;
    }
    if (gsi_domains_cover(&f->rules->allowed, host, len))
        return 0;
    bool is_short = gsi_domains_cover(&f->rules->shorteners, host, len);
    return GSI_FOUND_URL | (is_short ? GSI_FOUND_SHORTENER : 0);
}

/* scheme://user@host:port/path; colon is where it is. */
static void find_with_scheme(struct finder *f, uint32_t colon)
{
    enum { SCHEME_MAX = 10 };
    uint32_t begin = colon, at = colon + 1;
    while (begin > f->done && colon - begin < SCHEME_MAX && is_name(f->normal[begin - 1]))
        begin--;
    if (begin == colon)
        return; /* before the rest is looked at, which may be long */
    while (at < f->len && f->normal[at] == '/')
        at++;
    uint32_t end = to_space(f, at), authority = at, host = at;
    if (at == end)
        return;
    while (authority < end && f->normal[authority] != '/' && f->normal[authority] != '?' &&
           f->normal[authority] != '#') {
        if (f->normal[authority] == '@')
            host = authority + 1;
        authority++;
    }
    add(f, begin, end, GSI_SYMBOL_URL, judge_host(f, host, host_end(f, host)));
}

static uint32_t last_label(const struct finder *f, uint32_t at, uint32_t end)
{
    uint32_t label = end;
    while (label > at && f->normal[label - 1] != '.')
        label--;
    return label;
}

/* host.suffix, host.suffix/path: a link only if the suffix is one, because "fine.Thanks" is none.
 */
static void find_without_scheme(struct finder *f, uint32_t dot)
{
    uint32_t begin = dot, end = host_end(f, dot);
    while (begin > f->done && is_host(f, begin - 1))
        begin--;
    f->done = GS_MAX(end, dot + 1);
    uint32_t label = last_label(f, begin, end);
    const char *normal = f->normal;
    bool has_path = end < f->len && (normal[end] == '/' || normal[end] == '?');
    if (label == begin || label == end || begin == dot || end - begin > GSI_DOMAIN_BYTES_MAX)
        return;
    char suffix[GSI_DOMAIN_BYTES_MAX + 1];
    memcpy(suffix, normal + label, end - label);
    suffix[end - label] = '/';
    if (gsi_domains_have(&f->rules->suffixes, suffix, end - label) ||
        (has_path && gsi_domains_have(&f->rules->suffixes, suffix, end - label + 1)) ||
        (begins_www(normal + begin, end - begin) && label > begin + 3))
        add(f, begin, has_path ? to_space(f, end) : end, GSI_SYMBOL_URL, judge_host(f, begin, end));
}

/* "my chan . com": written so that no link is seen. Only with the commonest suffixes. */
static void find_spaced(struct finder *f, uint32_t dot)
{
    static const char suffixes[][4] = {"com", "net", "org"};
    uint32_t at = dot + 1, begin = dot;
    if (at < f->len && f->normal[at] == ' ')
        at++;
    while (begin > f->done && f->normal[begin - 1] == ' ')
        begin--;
    while (begin > f->done && is_solid(f, begin - 1))
        begin--;
    bool is_last = at + 3 >= f->len || f->normal[at + 3] != ' '; /* "lindo . com amor" */
    if (!is_last || f->len - at < 3 || begin == dot || f->normal[begin] == ' ' ||
        is_solid(f, at + 3))
        return;
    for (size_t i = 0; i < GS_COUNT_OF(suffixes); i++)
        if (memcmp(f->normal + at, suffixes[i], 3) == 0) {
            uint32_t end = to_space(f, at + 3);
            add(f, begin, end, GSI_SYMBOL_URL, GSI_FOUND_URL);
            return;
        }
}

/* A dot between two words, or behind a space ("chan .com"). What follows on a border of blocks is
 * not looked at here. */
static bool is_linking(const struct finder *f, uint32_t dot)
{
    if (dot == 0)
        return false;
    bool is_last = dot % GS_TEXT_BLOCK == GS_TEXT_BLOCK - 1;
    return f->normal[dot - 1] == ' ' || (is_solid(f, dot - 1) && (is_last || is_solid(f, dot + 1)));
}

static void find_dot(struct finder *f, uint32_t dot)
{
    if (!is_linking(f, dot))
        return;
    if (dot > 0 && f->normal[dot - 1] == ' ')
        find_spaced(f, dot);
    else
        find_without_scheme(f, dot);
}

/* watch?v=...: what is left of a link to a video whose host was cut off. */
static void find_query(struct finder *f, uint32_t mark)
{
    enum { PAGE = 5 };
    if (mark < f->done + PAGE || f->len - mark < 3 || memcmp(f->normal + mark, "?v=", 3) != 0 ||
        memcmp(f->normal + mark - PAGE, "watch", PAGE) != 0)
        return;
    add(f, mark - PAGE, to_space(f, mark), GSI_SYMBOL_URL, GSI_FOUND_URL);
}

/* ------------------------------------------------------------------ @ # $ */

static uint32_t name_end(const struct finder *f, uint32_t at)
{
    while (at < f->len && (is_host(f, at) || f->normal[at] == '_'))
        at++;
    while (f->normal[at - 1] == '.' || f->normal[at - 1] == '-')
        at--;
    return at;
}

static void find_at(struct finder *f, uint32_t mark)
{
    uint32_t begin = mark;
    while (begin > f->done &&
           (is_host(f, begin - 1) || f->normal[begin - 1] == '_' || f->normal[begin - 1] == '+'))
        begin--;
    if (!is_solid(f, mark + 1) && (f->normal[mark + 1] != '_' || !is_solid(f, mark + 2)))
        return;
    uint32_t end = name_end(f, mark + 1);
    uint32_t label = last_label(f, mark + 1, end);
    if (begin < mark && label > mark + 1 && end - label >= 2)
        add(f, begin, end, GSI_SYMBOL_EMAIL, GSI_FOUND_EMAIL);
    else if (begin == mark)
        add(f, mark, end, GSI_SYMBOL_MENTION, 0);
}

static void find_hash(struct finder *f, uint32_t mark)
{
    uint32_t end = mark + 1;
    while (end < f->len && (is_solid(f, end) || f->normal[end] == '_'))
        end++;
    bool is_number = end > mark + 1 && f->normal[mark + 1] >= '0' && f->normal[mark + 1] <= '9';
    if (end > mark + 1 && !is_number && (mark == 0 || !is_solid(f, mark - 1)))
        add(f, mark, end, GSI_SYMBOL_HASHTAG, 0);
}

static void find_dollar(struct finder *f, uint32_t mark)
{
    uint32_t end = mark + 1;
    while (end < f->len && ((f->normal[end] >= '0' && f->normal[end] <= '9') ||
                            f->normal[end] == ',' || f->normal[end] == '.'))
        end++;
    while (f->normal[end - 1] == ',' || f->normal[end - 1] == '.')
        end--;
    if (end > mark + 1)
        add(f, mark, end, GSI_SYMBOL_MONEY, 0);
}

/* Of nearly all marks it is seen at once that they are nothing but the end of a sentence: nothing
 * follows that could be linked. (What follows on a border of blocks is not looked at here.) */
static inline bool is_idle(const struct finder *f, uint32_t mark, uint64_t linked)
{
    const char *at = f->normal + mark; /* a text has bytes before and behind it */
    return !(linked >> (mark & 63) & 1) && at[1] != '/' && at[1] != '_' && at[0] != '$' &&
           at[-1] != ' ';
}

static void find(struct finder *f, uint32_t mark)
{
    switch (f->normal[mark]) {
    case '@':
        find_at(f, mark);
        break;
    case '#':
        find_hash(f, mark);
        break;
    case '$':
        find_dollar(f, mark);
        break;
    case ':':
        if (f->normal[mark + 1] == '/')
            find_with_scheme(f, mark);
        break;
    case '?':
        find_query(f, mark);
        break;
    default:
        find_dot(f, mark);
        break;
    }
}

void gsi_links_find(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                    struct gs_clean_text *text)
{
    struct finder f = {.rules = rules,
                       .scratch = scratch,
                       .text = text,
                       .normal = scratch->normal,
                       .len = scratch->normal_len};
    uint32_t blocks = f.len / GS_TEXT_BLOCK + 1;
    for (uint32_t b = 0; b < blocks; b++) {
        uint64_t linked = scratch->solid[b] >> 1 | UINT64_C(1) << 63;
        for (uint64_t left = scratch->marks[b]; left; left &= left - 1) {
            uint32_t mark = b * GS_TEXT_BLOCK + (unsigned)__builtin_ctzll(left);
            if (is_idle(&f, mark, linked))
                continue;
            if (scratch->link_count == GSI_LINKS_MAX)
                return;
            if (mark >= f.done)
                find(&f, mark);
        }
    }
}
