/* stage_clean.c -- what cleaning costs per comment: reading a text and asking the rules, the same
 * with the memories of copies and burst, and beside it a naive form.
 *
 *   bench_clean [--file FILE] [--only STAGE]
 *
 * Texts: those of the generator's comments, or one per line of FILE. "english" are those of 90 to
 * 130 bytes, all of them ASCII. --only: under valgrind --tool=callgrind --collect-atstart=no, only
 * that stage's instructions are counted. The last line is one JSON object. Exit 1 if anything is
 * allocated per comment. */
#include "groundswell/clean.h"
#include "groundswell/text.h"
#include "measure.h"
#include "stream.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXTS_MAX = 200000, EVENTS = 200000, ROUNDS = 20, BATCH = 32, STAGES = 5 };

struct texts {
    struct gs_str *items;
    uint32_t count;
    double bytes;
};

struct bench {
    struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    struct texts all;
    struct texts english;
    struct measure stages[STAGES];
    uint64_t dropped; /* so that nothing is left out */
};

static void add_text(struct texts *texts, struct gs_str text)
{
    if (texts->count == measure_rounds(TEXTS_MAX))
        return;
    texts->items[texts->count++] = text;
    texts->bytes += text.len;
}

static void sort_text(struct bench *bench, struct gs_str text)
{
    add_text(&bench->all, text);
    if (text.len >= 90 && text.len <= 130 && gs_text_is_ascii(text))
        add_text(&bench->english, text);
}

static void read_stream(struct bench *bench, const struct stream *stream)
{
    struct gs_campaign_pool pool = {0};
    struct gs_decode_error why;
    struct gs_event event;
    for (size_t i = 0; i < stream->batch.count; i++) {
        const struct gs_generated *item = &stream->batch.items[i];
        if (item->kind == GS_KIND_COMMENT && !item->bad &&
            gs_decode_record(stream->decode, item->value, &event, &pool, &why) == GS_DECODE_OK &&
            event.comment.text.data)
            sort_text(bench, event.comment.text);
    }
    gs_free(pool.items);
}

static bool read_file(struct bench *bench, const char *path)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    while ((len = getline(&line, &capacity, file)) > 0) {
        char *kept = gs_alloc((size_t)len);
        memcpy(kept, line, (size_t)len);
        sort_text(bench, gs_str_make(kept, (size_t)len - 1));
    }
    free(line);
    fclose(file);
    return bench->all.count > 0;
}

/* ------------------------------------------------------------------ rules */

static struct gs_clean_verdict judge(struct bench *bench, struct gs_str raw,
                                     struct gs_clean_text *text)
{
    struct gs_clean_verdict verdict;
    gs_clean_read(bench->rules, bench->scratch, raw, text);
    gs_clean_decide(bench->rules, gs_clean_judge(bench->rules, text, false), &verdict);
    return verdict;
}

static void bench_rules(struct bench *bench, const struct texts *texts, struct measure *measure)
{
    struct gs_clean_text text;
    if (!measure_is_selected(measure->name))
        return;
    for (uint32_t round = 0; round <= measure_rounds(ROUNDS); round++) {
        if (round > 0)
            measure_begin(measure);
        for (uint32_t i = 0; i < texts->count; i++)
            bench->dropped += judge(bench, texts->items[i], &text).action == GS_VERDICT_DROP;
        if (round > 0)
            measure_end(measure, texts->count);
    }
}

/* ------------------------------------------------------------------ with the memories */

struct judged {
    struct gs_copy copy;
    struct gs_burst_sighting sighting;
    uint32_t reasons;
};

static void prepare(struct bench *bench, struct gs_str raw, uint64_t number, struct judged *judged)
{
    struct gs_clean_text text;
    gs_clean_read(bench->rules, bench->scratch, raw, &text);
    judged->reasons = gs_clean_judge(bench->rules, &text, false);
    uint64_t actor = number * UINT64_C(0x9E3779B97F4A7C15) >> 44; /* a million */
    judged->copy = (struct gs_copy){.text = text.hash,
                                    .comment = {number, number},
                                    .actor = actor,
                                    .words = text.features.words};
    judged->sighting = (struct gs_burst_sighting){
        .actor = actor, .post = number % 5000, .event_ms = (int64_t)number};
}

/* 1,000 comments in a second of event time. */
static void bench_memories(struct bench *bench, struct measure *measure)
{
    struct gs_copies_config copies_config;
    struct gs_burst_config burst_config;
    struct gs_copies_earlier earlier;
    struct judged judged[BATCH];
    if (!measure_is_selected(measure->name))
        return;
    gs_copies_config_default(&copies_config);
    gs_burst_config_default(&burst_config);
    struct gs_copies *copies = gs_copies_create(&copies_config);
    struct gs_burst *burst = gs_burst_create(&burst_config);
    uint64_t number = 1;
    for (uint32_t round = 0; round <= measure_rounds(ROUNDS); round++) {
        if (round > 0)
            measure_begin(measure);
        for (uint32_t i = 0; i + BATCH <= bench->all.count; i += BATCH) {
            for (uint32_t k = 0; k < BATCH; k++) {
                prepare(bench, bench->all.items[i + k], number + k, &judged[k]);
                gs_copies_prefetch(copies, &judged[k].copy);
                gs_burst_prefetch(burst, judged[k].sighting.actor);
            }
            for (uint32_t k = 0; k < BATCH; k++, number++) {
                struct gs_clean_verdict verdict;
                int64_t h_ms = judged[k].sighting.event_ms;
                bool is_copy = gs_copies_seen(copies, &judged[k].copy, h_ms, &earlier);
                bool is_burst = gs_burst_seen(burst, &judged[k].sighting, h_ms);
                gs_clean_decide(bench->rules,
                                judged[k].reasons | (uint32_t)is_copy << GS_REASON_COPYPASTA |
                                    (uint32_t)is_burst << GS_REASON_BURST,
                                &verdict);
                bench->dropped += verdict.action == GS_VERDICT_DROP;
            }
        }
        if (round > 0)
            measure_end(measure, bench->all.count - bench->all.count % BATCH);
    }
    gs_copies_destroy(copies);
    gs_burst_destroy(burst);
}

/* ------------------------------------------------------------------ a naive form */

/* As one writes it first: a copy in lower case, every phrase looked for, two regular expressions. A
 * fiftieth of the phrases that the lists stand for. */
static const char *const phrases[] = {
    "check out my channel",
    "check out my video",
    "check my channel",
    "my channel",
    "visit my page",
    "subscribe to me",
    "subscribe to my",
    "please subscribe",
    "sub 4 sub",
    "sub for sub",
    "follow me",
    "follow my",
    "like my page",
    "new youtuber",
    "upcoming rapper",
    "my new song",
    "my new video",
    "listen to my",
    "watch my",
    "give me a chance",
    "free gift card",
    "make money",
    "earn money",
    "work from home",
    "click here",
    "click the link",
    "link in my bio",
    "whatsapp",
    "telegram",
    "dm me",
    "inbox me",
    "text me",
    "call me",
    "add me on",
    "bitcoin",
    "forex",
    "giveaway",
    "free iphone",
    "get paid",
    "vote for me",
    "fuck",
    "shit",
    "bitch",
    "asshole",
    "dick",
    "cunt",
    "whore",
    "slut",
    "bastard",
    "bit.ly",
    "goo.gl",
    "tinyurl.com",
    "t.co",
    "ow.ly",
};

static bool is_spam_naive(const regex_t *expressions, struct gs_str raw)
{
    char small[4096];
    size_t len = GS_MIN(raw.len, (uint32_t)sizeof small - 1);
    for (size_t i = 0; i < len; i++)
        small[i] = (char)tolower((unsigned char)raw.data[i]);
    small[len] = 0;
    for (size_t i = 0; i < GS_COUNT_OF(phrases); i++)
        if (strstr(small, phrases[i]))
            return true;
    for (int i = 0; i < 2; i++)
        if (regexec(&expressions[i], small, 0, NULL, 0) == 0)
            return true;
    return false;
}

static void bench_naive(struct bench *bench, const struct texts *texts, struct measure *measure)
{
    regex_t expressions[2];
    uint32_t count = GS_MIN(texts->count, 2000u);
    if (!measure_is_selected(measure->name))
        return;
    if (regcomp(&expressions[0], "(https?://|www\\.)[^ ]+", REG_EXTENDED | REG_NOSUB) != 0 ||
        regcomp(&expressions[1], "\\+?[0-9][0-9 ().-]{8,}[0-9]", REG_EXTENDED | REG_NOSUB) != 0)
        exit(1);
    measure_begin(measure);
    for (uint32_t i = 0; i < count; i++)
        bench->dropped += is_spam_naive(expressions, texts->items[i]);
    measure_end(measure, count);
    regfree(&expressions[0]);
    regfree(&expressions[1]);
}

/* ------------------------------------------------------------------ all */

static int report(const struct bench *bench)
{
    struct gs_buf json = {0};
    int status = 0;
    printf("%u texts of %.0f bytes, %u in English of %.0f bytes; %llu dropped\n", bench->all.count,
           bench->all.bytes / bench->all.count, bench->english.count,
           bench->english.count ? bench->english.bytes / bench->english.count : 0,
           (unsigned long long)bench->dropped);
    measure_print_head();
    gs_buf_add_text(&json, "{\"stages\":{");
    for (int i = 0; i < STAGES; i++) {
        measure_print(&bench->stages[i]);
        gs_buf_add_text(&json, i ? "," : "");
        measure_add_json(&json, &bench->stages[i]);
        bool is_naive = strncmp(bench->stages[i].name, "naive", 5) == 0;
        if (!is_naive && measure_allocations(&bench->stages[i]) > 0.02)
            status = 1;
    }
    gs_buf_printf(&json, "},\"texts\":%u}", bench->all.count);
    printf("%.*s\n", (int)json.len, json.data);
    gs_buf_deinit(&json);
    return status;
}

int main(int argc, char **argv)
{
    static struct bench bench = {
        .stages = {{.name = "english", .unit = "comment"},
                   {.name = "all", .unit = "comment"},
                   {.name = "with_memories", .unit = "comment"},
                   {.name = "naive_english", .unit = "comment"},
                   {.name = "naive_all", .unit = "comment"}},
    };
    struct gs_clean_config config;
    struct gs_error error;
    struct stream stream;
    const char *path = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--file") == 0)
            path = argv[i + 1];
        else if (strcmp(argv[i], "--only") == 0)
            measure_select(argv[i + 1]);
    }
    bench.all.items = gs_calloc(TEXTS_MAX, sizeof *bench.all.items);
    bench.english.items = gs_calloc(TEXTS_MAX, sizeof *bench.english.items);
    gs_clean_config_default(&config);
    if (gs_clean_rules_create(&config, &bench.rules, &error) != GS_OK) {
        fprintf(stderr, "bench_clean: %s\n", error.message);
        return 1;
    }
    bench.scratch = gs_clean_scratch_create();
    if (path && !read_file(&bench, path)) {
        fprintf(stderr, "bench_clean: no texts in %s\n", path);
        return 1;
    }
    if (!path) {
        stream_create(&stream, measure_rounds(EVENTS), 20000);
        read_stream(&bench, &stream);
    }
    bench_rules(&bench, &bench.english, &bench.stages[0]);
    bench_rules(&bench, &bench.all, &bench.stages[1]);
    bench_memories(&bench, &bench.stages[2]);
    bench_naive(&bench, &bench.english, &bench.stages[3]);
    bench_naive(&bench, &bench.all, &bench.stages[4]);
    return report(&bench);
}
