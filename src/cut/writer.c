/* writer.c -- the records of one cut. How many there are stands in each of them, so they are sealed
 * once all entries are in; the room for their headers is left free until then. */
#include "internal.h"

enum { RECORDS_KEPT = 8 };

struct gs_cut_writer {
    uint32_t record_bytes;
    uint32_t count;
    uint32_t capacity;
    bool finished;
    struct gs_buf *records; /* [capacity]; those from count on are empty or kept memory */
};

struct gs_cut_writer *gs_cut_writer_create(uint32_t record_bytes)
{
    struct gs_cut_writer *writer = gs_calloc(1, sizeof *writer);
    writer->record_bytes = record_bytes;
    return writer;
}

static void free_records(struct gs_cut_writer *writer, uint32_t from)
{
    for (uint32_t i = from; i < writer->capacity; i++)
        gs_buf_deinit(&writer->records[i]);
}

void gs_cut_writer_destroy(struct gs_cut_writer *writer)
{
    if (!writer)
        return;
    free_records(writer, 0);
    gs_free(writer->records);
    gs_free(writer);
}

void gs_cut_writer_begin(struct gs_cut_writer *writer)
{
    free_records(writer, RECORDS_KEPT);
    writer->count = 0;
    writer->finished = false;
}

static struct gs_buf *open_record(struct gs_cut_writer *writer)
{
    if (writer->count == writer->capacity) {
        uint32_t capacity = GS_MAX(writer->capacity * 2, (uint32_t)RECORDS_KEPT);
        writer->records = gs_realloc(writer->records, capacity * sizeof *writer->records);
        memset(writer->records + writer->capacity, 0,
               (capacity - writer->capacity) * sizeof *writer->records);
        writer->capacity = capacity;
    }
    struct gs_buf *record = &writer->records[writer->count++];
    record->len = 0;
    gs_buf_reserve(record, GSI_CUT_HEADER_BYTES);
    record->len = GSI_CUT_HEADER_BYTES;
    return record;
}

static void put_entry(struct gs_buf *record, const struct gs_cut_entry *entry)
{
    size_t most = 1 + 2 * GS_CUT_VARINT_BYTES + (size_t)entry->key.len + entry->value.len;
    char *at = gs_buf_reserve(record, most);
    *at++ = (char)entry->kind;
    at = gs_cut_write_str(at, entry->key);
    if (gs_str_is_null(entry->value)) {
        at = gs_cut_write_u64(at, 0);
    } else {
        at = gs_cut_write_u64(at, (uint64_t)entry->value.len + 1);
        memcpy(at, entry->value.data, entry->value.len);
        at += entry->value.len;
    }
    record->len = (size_t)(at - record->data);
}

bool gs_cut_writer_add(struct gs_cut_writer *writer, const struct gs_cut_entry *entry)
{
    GS_ASSERT(!writer->finished);
    struct gs_buf *record =
        writer->count ? &writer->records[writer->count - 1] : open_record(writer);
    size_t at = record->len;
    put_entry(record, entry);
    if (record->len + GSI_CUT_CHECKSUM_BYTES <= writer->record_bytes)
        return true;
    size_t bytes = record->len - at;
    const char *moved = record->data + at;
    record->len = at;
    if (at == GSI_CUT_HEADER_BYTES)
        writer->count--;
    if (GSI_CUT_HEADER_BYTES + bytes + GSI_CUT_CHECKSUM_BYTES > writer->record_bytes)
        return false;
    gs_buf_add(open_record(writer), moved, bytes);
    return true;
}

uint32_t gs_cut_writer_finish(struct gs_cut_writer *writer, const struct gs_cut_header *header,
                              const struct gs_cut_barrier *barrier)
{
    const struct gs_cut_lineage *lineage = &barrier->lineage;
    GS_ASSERT(!writer->finished && lineage->span_count);
    const struct gs_cut_span *own = &lineage->spans[lineage->span_count - 1];
    GS_ASSERT(gs_cut_id_equal(own->incarnation, header->incarnation) && own->last == header->cut);
    gsi_cut_put_barrier(open_record(writer), barrier);
    struct gs_cut_header sealed = *header;
    sealed.parts = writer->count;
    for (sealed.part = 0; sealed.part < sealed.parts; sealed.part++)
        gsi_cut_seal(&writer->records[sealed.part], &sealed);
    writer->finished = true;
    return writer->count;
}

struct gs_str gs_cut_writer_record(const struct gs_cut_writer *writer, uint32_t part)
{
    GS_ASSERT(writer->finished && part < writer->count);
    const struct gs_buf *record = &writer->records[part];
    return gs_str_make(record->data, record->len);
}
