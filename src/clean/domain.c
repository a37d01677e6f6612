/* domain.c -- lists of domains: one in a line, a set of hashes in memory. */
#include "internal.h"
#include "list.h"

static uint64_t hash_of(const char *bytes, size_t count)
{
    return gs_hash64(bytes, count, 0);
}

static struct gs_str *slot_of(const struct gsi_domains *domains, const char *bytes, size_t count)
{
    uint32_t slot = (uint32_t)hash_of(bytes, count) & domains->mask;
    while (domains->slots[slot].len &&
           !gs_str_equal(domains->slots[slot], gs_str_make(bytes, count)))
        slot = (slot + 1) & domains->mask;
    return &domains->slots[slot];
}

/* The form that links have in a normal form: lower case, no character three times in a row. */
static bool normalise(struct gs_str domain, char *out, size_t *len)
{
    *len = 0;
    if (domain.len == 0 || domain.len > GSI_DOMAIN_BYTES_MAX)
        return false;
    for (uint32_t i = 0; i < domain.len; i++) {
        char c = domain.data[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        bool is_label = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                        (unsigned char)c >= 0x80;
        bool is_last_slash = c == '/' && i > 0 && i + 1 == domain.len;
        if (!is_label && !is_last_slash && (c != '.' || i == 0 || i + 1 == domain.len))
            return false;
        if (*len < 2 || out[*len - 1] != c || out[*len - 2] != c)
            out[(*len)++] = c;
    }
    return true;
}

bool gs_clean_is_domain(struct gs_str text)
{
    char bytes[GSI_DOMAIN_BYTES_MAX];
    size_t len;
    return normalise(text, bytes, &len) && text.data[text.len - 1] != '/';
}

enum gs_status gsi_domains_read(struct gsi_domains *domains, struct gsi_list_reader *reader,
                                struct gs_error *error)
{
    char bytes[GSI_DOMAIN_BYTES_MAX];
    struct gs_str line;
    size_t len, slots = 16;

    while (slots < 2 * gsi_list_lines(reader->rest) + 2)
        slots *= 2;
    domains->slots = gs_calloc(slots, sizeof *domains->slots);
    domains->mask = (uint32_t)(slots - 1);
    while (gsi_list_next(reader, &line)) {
        if (!normalise(line, bytes, &len))
            return gsi_list_refuse(reader, line, "is no domain", error);
        struct gs_str *slot = slot_of(domains, bytes, len);
        if (slot->len)
            continue;
        char *kept = gs_alloc(len);
        memcpy(kept, bytes, len);
        *slot = gs_str_make(kept, len);
        domains->count++;
    }
    return GS_OK;
}

void gsi_domains_deinit(struct gsi_domains *domains)
{
    for (size_t i = 0; domains->slots && i <= domains->mask; i++)
        gs_free((char *)(uintptr_t)domains->slots[i].data);
    gs_free(domains->slots);
}

bool gsi_domains_have(const struct gsi_domains *domains, const char *bytes, size_t count)
{
    return count > 0 && domains->count > 0 && slot_of(domains, bytes, count)->len;
}

bool gsi_domains_cover(const struct gsi_domains *domains, const char *bytes, size_t count)
{
    if (domains->count == 0 || count > GSI_DOMAIN_BYTES_MAX)
        return false;
    for (;;) {
        if (gsi_domains_have(domains, bytes, count))
            return true;
        const char *dot = memchr(bytes, '.', count);
        if (!dot)
            return false;
        count -= (size_t)(dot + 1 - bytes);
        bytes = dot + 1;
    }
}
