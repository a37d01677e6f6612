/* sentiment.c -- what it costs to score a comment: both scorers, with and without the memory of
 * scores, and a naive form beside them.
 *
 *   bench_sentiment [--texts N] [--only MEASURE]
 *
 * Texts: those of the generator, and if GS_DATA names a folder, the tweets of sentiment/ in it. The
 * last line is one JSON object. --only: as in stages.c. */
#include "groundswell/sentiment.h"
#include "groundswell/text.h"
#include "measure.h"
#include "naive.h"
#include "texts.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 5, ANY_BYTES = 1 << 20, STREAM_EVENTS_PER_TEXT = 12, UNIQUE_BYTES_MAX = 24 };

struct texts {
    struct gs_str *views;
    uint32_t count;
    struct gs_buf bytes; /* where they stand, unless in the stream */
};

struct bench {
    struct gs_sentiment *scorers[2];
    struct gs_sentiment_scratch *scratch;
    struct naive *naive;
    struct gs_buf json;
    double sum; /* of what was computed, so that it is */
};

/* ------------------------------------------------------------------ texts */

static double mean_bytes(const struct texts *texts)
{
    double bytes = 0;
    for (uint32_t i = 0; i < texts->count; i++)
        bytes += texts->views[i].len;
    return texts->count ? bytes / texts->count : 0;
}

static void take_generated(struct texts *texts, const struct stream *stream,
                           struct texts_wanted wanted)
{
    *texts = (struct texts){.views = gs_alloc(wanted.room * sizeof(*texts->views))};
    texts->count = texts_of_stream(stream, wanted, texts->views);
}

/* Every text with a number of its own before it. */
static void make_unique(struct texts *texts, const struct texts *from)
{
    size_t room = 1;
    for (uint32_t i = 0; i < from->count; i++)
        room += from->views[i].len + UNIQUE_BYTES_MAX;
    *texts = (struct texts){.views = gs_alloc((from->count + 1) * sizeof(*texts->views)),
                            .count = from->count};
    gs_buf_reserve(&texts->bytes, room); /* so that views into it stay */
    for (uint32_t i = 0; i < from->count; i++) {
        size_t at = texts->bytes.len;
        gs_buf_printf(&texts->bytes, "%u ", i);
        gs_buf_add_str(&texts->bytes, from->views[i]);
        texts->views[i] = gs_str_make(texts->bytes.data + at, texts->bytes.len - at);
    }
}

/* The last column of a file of tab-separated values, without its head; none if it is not there. */
static void take_file(struct texts *texts, const char *path, uint32_t room)
{
    FILE *file = fopen(path, "rb");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    *texts = (struct texts){.views = gs_alloc((room + 1) * sizeof(*texts->views))};
    if (!file)
        return;
    gs_buf_reserve(&texts->bytes, ANY_BYTES);
    for (bool is_head = true; (len = getline(&line, &capacity, file)) > 0; is_head = false) {
        char *start = strrchr(line, '\t');
        size_t bytes = start ? strlen(start + 1) : 0;
        if (is_head || bytes == 0 || texts->count == room ||
            texts->bytes.len + bytes > texts->bytes.capacity)
            continue;
        texts->views[texts->count++] = gs_str_make(texts->bytes.data + texts->bytes.len, bytes - 1);
        gs_buf_add(&texts->bytes, start + 1, bytes);
    }
    free(line);
    fclose(file);
}

static void release(struct texts *texts)
{
    gs_free(texts->views);
    gs_buf_deinit(&texts->bytes);
}

/* ------------------------------------------------------------------ measures */

static void report(struct bench *bench, const struct measure *measure, const struct texts *texts)
{
    measure_print(measure);
    gs_buf_add_text(&bench->json, bench->json.len ? "," : "");
    measure_add_json(&bench->json, measure);
    bench->json.len--; /* the closing brace */
    gs_buf_printf(&bench->json, ",\"bytes\":%.1f}", mean_bytes(texts));
}

/* A way to spend time on a text. */
typedef double spend_fn(struct bench *bench, struct gs_str text);

static double spend_reference(struct bench *bench, struct gs_str text)
{
    struct gs_sentiment_score score;
    gs_sentiment_score(bench->scorers[GS_SENTIMENT_REFERENCE], bench->scratch, text, &score);
    return score.compound;
}

static double spend_plus(struct bench *bench, struct gs_str text)
{
    struct gs_sentiment_score score;
    gs_sentiment_score(bench->scorers[GS_SENTIMENT_VADER_PLUS], bench->scratch, text, &score);
    return score.compound;
}

/* As the service asks. */
static double spend_compound_reference(struct bench *bench, struct gs_str text)
{
    return gs_sentiment_compound(bench->scorers[GS_SENTIMENT_REFERENCE], bench->scratch, text);
}

static double spend_compound_plus(struct bench *bench, struct gs_str text)
{
    return gs_sentiment_compound(bench->scorers[GS_SENTIMENT_VADER_PLUS], bench->scratch, text);
}

static double spend_naive(struct bench *bench, struct gs_str text)
{
    return naive_score(bench->naive, text);
}

static double spend_guess(struct bench *bench, struct gs_str text)
{
    const char *guess = gs_text_guess_language(text);
    (void)bench;
    return guess ? guess[0] : 0;
}

/* cache: entries of the memory of scores. Texts are gone through once before, except with it, where
 * the first round is part of what counts. */
static void run(struct bench *bench, const char *name, spend_fn *spend, const struct texts *texts,
                uint32_t cache)
{
    struct measure measure = {.name = name, .unit = "comment"};
    uint32_t rounds = cache ? 1 : ROUNDS;
    if (texts->count == 0)
        return;
    gs_sentiment_cache_resize(bench->scratch, cache);
    for (uint32_t i = 0; i < texts->count && !cache; i++)
        bench->sum += spend(bench, texts->views[i]);
    measure_begin(&measure);
    for (uint32_t round = 0; round < rounds; round++)
        for (uint32_t i = 0; i < texts->count; i++)
            bench->sum += spend(bench, texts->views[i]);
    measure_end(&measure, (uint64_t)texts->count * rounds);
    report(bench, &measure, texts);
    struct gs_sentiment_cache_counters counters = gs_sentiment_cache_counters(bench->scratch);
    if (cache)
        printf("%16s %u entries, %.1f %% hits\n", "", cache,
               100.0 * (double)counters.hits / (double)texts->count);
    gs_sentiment_cache_resize(bench->scratch, 0);
}

static void run_all(struct bench *bench, const struct stream *stream, uint32_t count)
{
    struct texts usual, all, unique, tweets;
    char path[4096];
    const char *data = getenv("GS_DATA");
    snprintf(path, sizeof(path), "%s/sentiment/vader_tweets.tsv", data ? data : "");
    take_generated(&usual, stream, (struct texts_wanted){90, 130, count});
    take_generated(&all, stream, (struct texts_wanted){1, ANY_BYTES, count});
    make_unique(&unique, &all);
    take_file(&tweets, path, measure_rounds(count));
    measure_print_head();
    run(bench, "reference", spend_reference, &usual, 0);
    run(bench, "vader+", spend_plus, &usual, 0);
    run(bench, "compound_ref", spend_compound_reference, &usual, 0);
    run(bench, "compound_plus", spend_compound_plus, &usual, 0);
    run(bench, "naive", spend_naive, &usual, 0);
    run(bench, "guess", spend_guess, &usual, 0);
    run(bench, "all", spend_plus, &all, 0);
    run(bench, "all_small_cache", spend_plus, &all, 4096);
    run(bench, "all_cache", spend_plus, &all, 65536);
    run(bench, "unique", spend_plus, &unique, 0);
    run(bench, "unique_small_c", spend_plus, &unique, 4096);
    run(bench, "unique_cache", spend_plus, &unique, 65536);
    run(bench, "tweets_reference", spend_reference, &tweets, 0);
    run(bench, "tweets_vader+", spend_plus, &tweets, 0);
    run(bench, "tweets_naive", spend_naive, &tweets, 0);
    printf("bytes per comment: generated %.0f (all %.0f), tweets %.0f%s\n", mean_bytes(&usual),
           mean_bytes(&all), mean_bytes(&tweets), data ? "" : "; GS_DATA is not set");
    release(&usual);
    release(&all);
    release(&unique);
    release(&tweets);
}

/* ------------------------------------------------------------------ main */

static void create(struct bench *bench)
{
    *bench = (struct bench){
        .scratch = gs_sentiment_scratch_create(),
        .naive = naive_create(GS_SOURCE_DIR "/src/sentiment/lexicon/vader_lexicon.txt")};
    for (int kind = 0; kind < 2; kind++) {
        struct gs_sentiment_config config = {.scorer = (enum gs_sentiment_scorer)kind};
        struct gs_error error;
        if (gs_sentiment_create(&config, &bench->scorers[kind], &error) != GS_OK) {
            fprintf(stderr, "bench_sentiment: %s\n", error.message);
            exit(1);
        }
    }
}

static void destroy(struct bench *bench)
{
    gs_sentiment_destroy(bench->scorers[0]);
    gs_sentiment_destroy(bench->scorers[1]);
    gs_sentiment_scratch_destroy(bench->scratch);
    naive_destroy(bench->naive);
    gs_buf_deinit(&bench->json);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct stream stream;
    uint32_t texts = 50000;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--texts") == 0)
            texts = (uint32_t)atoi(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--only") == 0)
            measure_select(argv[i + 1]);
        else
            texts = 0;
    }
    if (texts < 1000 || texts > 1000000) {
        fprintf(stderr, "usage: bench_sentiment [--texts N (1000 to 1000000)] [--only MEASURE]\n");
        return 64;
    }
    texts = measure_rounds(texts);
    create(&bench);
    stream_create(&stream, (uint64_t)texts * STREAM_EVENTS_PER_TEXT + 10000, 20000);
    run_all(&bench, &stream, texts);
    printf("{\"bench\":\"sentiment\",\"texts\":%u,\"stages\":{%.*s}}\n", texts, (int)bench.json.len,
           bench.json.data);
    stream_destroy(&stream);
    bool is_number = bench.sum == bench.sum;
    destroy(&bench);
    return is_number ? 0 : 1;
}
