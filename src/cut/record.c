/* record.c -- one record of the log: what frames its body, and the entries in it. */
#include "internal.h"

/* The last byte is the version of the format. */
static const char MAGIC[4] = {'G', 'S', 'C', 1};

static char *put32(char *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static char *put64(char *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static uint32_t get32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static uint64_t get64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

void gsi_cut_seal(struct gs_buf *record, const struct gs_cut_header *header)
{
    GS_ASSERT(header->part < header->parts && header->cut <= GS_CUT_NUMBER_MAX);
    GS_ASSERT(record->len - GSI_CUT_HEADER_BYTES <= UINT32_MAX - 2 * GSI_CUT_HEADER_BYTES);
    char *at = record->data;
    memcpy(at, MAGIC, sizeof MAGIC);
    at = put32(at + sizeof MAGIC, header->part);
    at = put32(at, header->parts);
    at = put32(at, (uint32_t)(record->len - GSI_CUT_HEADER_BYTES));
    at = put64(at, header->layout);
    at = put64(at, header->cut);
    at = put64(at, header->incarnation.high);
    put64(at, header->incarnation.low);
    gsi_cut_put_fixed(record, gs_hash64(record->data, record->len, 0));
}

static struct gs_cut_header read_header(struct gs_str bytes)
{
    return (struct gs_cut_header){
        .part = get32(bytes.data + 4),
        .parts = get32(bytes.data + 8),
        .layout = get64(bytes.data + 16),
        .cut = get64(bytes.data + 24),
        .incarnation = {get64(bytes.data + 32), get64(bytes.data + 40)},
        .checksum = get64(bytes.data + bytes.len - GSI_CUT_CHECKSUM_BYTES),
    };
}

enum gs_cut_fault gs_cut_parse(struct gs_str bytes, uint64_t layout, struct gs_cut_header *header,
                               struct gs_str *body)
{
    enum { FRAME = GSI_CUT_HEADER_BYTES + GSI_CUT_CHECKSUM_BYTES };
    if (bytes.len >= sizeof MAGIC && memcmp(bytes.data, MAGIC, sizeof MAGIC) != 0)
        return GS_CUT_FORMAT;
    if (bytes.len < FRAME)
        return GS_CUT_SHORT;
    uint32_t body_bytes = get32(bytes.data + 12);
    if (bytes.len - FRAME < body_bytes)
        return GS_CUT_SHORT;
    struct gs_cut_header found = read_header(bytes);
    if (found.checksum != gs_hash64(bytes.data, bytes.len - GSI_CUT_CHECKSUM_BYTES, 0))
        return GS_CUT_CHECKSUM;
    if (found.layout != layout)
        return GS_CUT_LAYOUT;
    if (bytes.len - FRAME > body_bytes || found.part >= found.parts ||
        found.cut > GS_CUT_NUMBER_MAX)
        return GS_CUT_NUMBERS;
    *header = found;
    *body = gs_str_make(bytes.data + GSI_CUT_HEADER_BYTES, body_bytes);
    return GS_CUT_GOOD;
}

/* ------------------------------------------------------------------ pieces of a body */

static struct gs_str take(struct gs_cut_cursor *cursor, uint64_t count)
{
    if (cursor->failed || count > (uint64_t)(cursor->end - cursor->at)) {
        cursor->failed = true;
        cursor->at = cursor->end;
        return (struct gs_str){0};
    }
    struct gs_str taken = gs_str_make(cursor->at, count);
    cursor->at += count;
    return taken;
}

void gsi_cut_put_fixed(struct gs_buf *buf, uint64_t value)
{
    put64(gs_buf_reserve(buf, sizeof value), value);
    buf->len += sizeof value;
}

uint64_t gsi_cut_get_fixed(struct gs_cut_cursor *cursor)
{
    struct gs_str taken = take(cursor, sizeof(uint64_t));
    return taken.data ? get64(taken.data) : 0;
}

void gs_cut_put_str(struct gs_buf *buf, struct gs_str s)
{
    gs_cut_put_u64(buf, s.len);
    gs_buf_add_str(buf, s);
}

struct gs_str gs_cut_get_str(struct gs_cut_cursor *cursor)
{
    uint64_t count = gs_cut_get_u64(cursor);
    return take(cursor, count);
}

bool gs_cut_next_entry(struct gs_cut_cursor *cursor, struct gs_cut_entry *entry)
{
    if (cursor->at == cursor->end)
        return false;
    entry->kind = (uint8_t)*cursor->at++;
    entry->key = gs_cut_get_str(cursor);
    uint64_t length = gs_cut_get_u64(cursor);
    entry->value = length ? take(cursor, length - 1) : (struct gs_str){0};
    return !cursor->failed;
}
