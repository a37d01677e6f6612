/* stream.c -- makes the load with the generator of `groundswell generate`. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const schema_files[] = {"1-InfluencerProfile", "2-PostEvent", "3-CommentEvent",
                                           "4-ReactionEvent"};

static _Noreturn void die(const char *message)
{
    fprintf(stderr, "bench_stages: %s\n", message);
    exit(1);
}

static void add_schema(struct gs_decode *decode, uint32_t id, const char *name)
{
    char path[512];
    struct gs_buf text = {0};
    struct gs_error error;
    snprintf(path, sizeof path, "%s/schemas/%s.avsc", GS_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path);
    char *at = gs_buf_reserve(&text, 65536);
    text.len = fread(at, 1, 65536, file);
    fclose(file);
    if (gs_decode_add_schema(decode, id, gs_str_make(text.data, text.len), &error) != GS_OK)
        die(error.message);
    gs_buf_deinit(&text);
}

void stream_create(struct stream *stream, uint64_t events, int64_t rate)
{
    struct gs_generate_config config;
    struct gs_generate *generate;
    struct gs_error error;
    gs_generate_config_init(&config);
    config.seed = 20261126;
    config.events = (int64_t)events;
    config.rate = rate;
    config.start_ms = INT64_C(1800000000000);
    config.partitions = 1;
    config.influencers = 10000;
    if (gs_generate_create(&config, &generate, &error) != GS_OK)
        die(error.message);
    *stream = (struct stream){.first_profiles = gs_generate_first_profiles(generate)};
    uint64_t count = stream->first_profiles + events;
    if (gs_generate_fill(generate, &stream->batch, count) != count)
        die("the generator ended early");
    stream->events = events;
    gs_generate_destroy(generate);
    stream->decode = gs_decode_create();
    for (uint32_t id = 1; id <= GS_COUNT_OF(schema_files); id++)
        add_schema(stream->decode, id, schema_files[id - 1]);
}

void stream_destroy(struct stream *stream)
{
    gs_generate_batch_deinit(&stream->batch);
    gs_decode_destroy(stream->decode);
}

bool stream_next(const struct stream *stream, struct stream_chunk *chunk)
{
    uint64_t end = GS_MIN(chunk->at + STREAM_CHUNK, stream->batch.count);
    if (chunk->at < stream->first_profiles)
        end = GS_MIN(end, stream->first_profiles); /* so that they can be read before all others */
    if (chunk->at == end)
        return false;
    for (int input = 0; input < STREAM_INPUTS; input++) {
        chunk->first_offset[input] += chunk->count[input];
        chunk->count[input] = 0;
    }
    for (; chunk->at < end; chunk->at++) {
        const struct gs_generated *record = &stream->batch.items[chunk->at];
        chunk->record[record->topic][chunk->count[record->topic]++] = record;
        chunk->record_ms = record->record_ms;
    }
    return true;
}
