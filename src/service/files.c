/* files.c -- lexicons and lists: from the files that a configuration names to what scores and
 * judges. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>

enum { FILE_BYTES_MAX = 64 << 20 };

/* what: "lexicon", "the list clean.lists.promo". */
static enum gs_status read_file(const char *what, const char *path, struct gs_buf *bytes,
                                struct gs_error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return gs_fail(error, GS_E_CONFIG, "%s %s cannot be opened: %s", what, path,
                       strerror(errno));
    size_t got;
    do {
        got = fread(gs_buf_reserve(bytes, 65536), 1, 65536, file);
        bytes->len += got;
    } while (got && bytes->len <= FILE_BYTES_MAX);
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad || bytes->len > FILE_BYTES_MAX)
        return gs_fail(error, GS_E_DATA, "%s %s %s", what, path,
                       bad ? "cannot be read" : "is larger than 64 MiB");
    return GS_OK;
}

/* ------------------------------------------------------------------ lexicons */

/* The files' bytes, of English and of others; the caller releases them. */
struct lexicons {
    struct gs_buf bytes[GS_SERVICE_LEXICONS_MAX];
    struct gs_sentiment_lexicon others[GS_SERVICE_LEXICONS_MAX];
    size_t other_count;
    struct gs_str english;
};

static enum gs_status read_lexicons(const struct gs_service_config *config,
                                    struct lexicons *lexicons, struct gs_error *error)
{
    for (uint32_t i = 0; i < config->lexicon_count; i++) {
        const struct gs_service_lexicon *lexicon = &config->lexicons[i];
        struct gs_buf *bytes = &lexicons->bytes[i];
        if (!*lexicon->path)
            continue;
        if (read_file("lexicon", lexicon->path, bytes, error) != GS_OK)
            return error->status;
        struct gs_str words = gs_str_make(bytes->data, bytes->len);
        if (strcmp(lexicon->language, "en") == 0)
            lexicons->english = words;
        else
            lexicons->others[lexicons->other_count++] =
                (struct gs_sentiment_lexicon){gs_str_of(lexicon->language), words};
    }
    return GS_OK;
}

enum gs_status gs_service_open_sentiment(const struct gs_service_config *config,
                                         struct gs_sentiment **sentiment, struct gs_error *error)
{
    struct lexicons *lexicons = gs_calloc(1, sizeof *lexicons);
    struct gs_buf emoji = {0};
    enum gs_status status = read_lexicons(config, lexicons, error);
    if (status == GS_OK && config->emoji_path && *config->emoji_path)
        status = read_file("lexicon", config->emoji_path, &emoji, error);
    struct gs_sentiment_config files = {.scorer = config->scorer,
                                        .lexicon = lexicons->english,
                                        .emoji = gs_str_make(emoji.data, emoji.len),
                                        .others = lexicons->others,
                                        .other_count = lexicons->other_count};
    if (status == GS_OK)
        status = gs_sentiment_create(&files, sentiment, error);
    for (uint32_t i = 0; i < config->lexicon_count; i++)
        gs_buf_deinit(&lexicons->bytes[i]);
    gs_free(lexicons);
    gs_buf_deinit(&emoji);
    return status;
}

/* ------------------------------------------------------------------ rules */

/* The bytes of the lists belong to the caller, also after a failure. An empty file is an empty
 * list. */
static enum gs_status read_lists(const struct gs_service_clean *clean,
                                 struct gs_buf bytes[GS_CLEAN_LIST_COUNT],
                                 struct gs_clean_config *rules, struct gs_error *error)
{
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++) {
        char what[64];
        const char *path = clean->list_paths[i];
        if (!path || !*path)
            continue;
        snprintf(what, sizeof what, "clean.lists.%s:", gs_clean_list_name((enum gs_clean_list)i));
        if (read_file(what, path, &bytes[i], error) != GS_OK)
            return error->status;
        rules->lists[i] = gs_str_make(bytes[i].data, bytes[i].len);
        rules->list_files[i] = path;
    }
    return GS_OK;
}

enum gs_status gs_service_open_rules(const struct gs_service_config *config,
                                     struct gs_clean_rules **rules, struct gs_error *error)
{
    const struct gs_service_clean *clean = &config->clean;
    struct gs_clean_config complete = clean->rules;
    struct gs_buf bytes[GS_CLEAN_LIST_COUNT] = {0};
    *rules = NULL;
    if (!clean->is_on)
        return GS_OK;
    const char **domains = gs_calloc(clean->allowed_domain_count + 1, sizeof *domains);
    const char *at = clean->allowed_domains;
    for (uint32_t i = 0; i < clean->allowed_domain_count; i++, at += strlen(at) + 1)
        domains[i] = at;
    complete.allowed_domains = domains;
    complete.allowed_domain_count = clean->allowed_domain_count;
    enum gs_status status = read_lists(clean, bytes, &complete, error);
    if (status == GS_OK && gs_clean_rules_create(&complete, rules, error) != GS_OK)
        status = gs_fail_prefix(error, "clean");
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        gs_buf_deinit(&bytes[i]);
    gs_free((void *)domains);
    return status;
}
