/* rules.c -- from what a text holds to reasons, and from reasons to a verdict. */
#include "internal.h"
#include "list.h"
#include "phrase_files.h"

/* ------------------------------------------------------------------ configuration */

const char *gs_clean_list_name(enum gs_clean_list list)
{
    static const char *const names[GS_CLEAN_LIST_COUNT] = {
        [GS_CLEAN_LIST_CONTACT] = "contact",   [GS_CLEAN_LIST_PROMO] = "promo",
        [GS_CLEAN_LIST_GENERIC] = "generic",   [GS_CLEAN_LIST_PROFANITY] = "profanity",
        [GS_CLEAN_LIST_UNSAFE] = "unsafe",     [GS_CLEAN_LIST_SHORTENERS] = "shorteners",
        [GS_CLEAN_LIST_SUFFIXES] = "suffixes",
    };
    GS_ASSERT((unsigned)list < GS_CLEAN_LIST_COUNT);
    return names[list];
}

/* What carries an opinion is never dropped: emoji and set phrases weigh less, because they say
 * little about whom they are under. Strong language is an opinion, too, and more often a praise
 * than an insult: to weigh it less would make every figure milder than the discussion. A language
 * that cannot be scored is class unknown already; the comment counts as one. */
void gs_clean_config_default(struct gs_clean_config *config)
{
    static const struct gs_clean_rule rules[GS_REASON_COUNT] = {
        [GS_REASON_URL] = {.action = GS_VERDICT_DROP, .weight = 192},
        [GS_REASON_SHORTENER] = {.action = GS_VERDICT_DROP, .weight = 224},
        [GS_REASON_PHONE] = {.action = GS_VERDICT_DROP, .weight = 224},
        [GS_REASON_CONTACT] = {.action = GS_VERDICT_DROP, .weight = 224},
        [GS_REASON_PROMO] = {.action = GS_VERDICT_DROP, .weight = 224},
        [GS_REASON_MENTION_ONLY] = {.action = GS_VERDICT_DOWNWEIGHT, .weight = 192},
        [GS_REASON_EMOJI_ONLY] = {.action = GS_VERDICT_DOWNWEIGHT, .weight = 96},
        [GS_REASON_GENERIC] = {.action = GS_VERDICT_DOWNWEIGHT, .weight = 96},
        [GS_REASON_CHAR_FLOOD] = {.action = GS_VERDICT_DROP, .weight = 192},
        [GS_REASON_LANG_OTHER] = {.action = GS_VERDICT_KEEP},
        [GS_REASON_PROFANITY] = {.action = GS_VERDICT_KEEP},
        [GS_REASON_COPYPASTA] = {.action = GS_VERDICT_DROP, .weight = 240},
        [GS_REASON_BURST] = {.action = GS_VERDICT_DROP, .weight = 192},
    };
    *config = (struct gs_clean_config){
        .flood_run = 100, .flood_run_emoji = 200, .flood_words = 40, .phone_digits = 9};
    memcpy(config->rule, rules, sizeof rules);
}

static enum gs_status check(const struct gs_clean_config *config, struct gs_error *error)
{
    for (unsigned i = 0; i < GS_REASON_COUNT; i++)
        if (config->rule[i].action > GS_VERDICT_DROP ||
            config->rule[i].weight > GS_CLEAN_WEIGHT_MAX)
            return gs_fail(error, GS_E_CONFIG, "rule %s: a weight is 0 to %d",
                           gs_reason_name((enum gs_reason)i), GS_CLEAN_WEIGHT_MAX);
    if (config->flood_run < 3 || config->flood_run_emoji < 3 || config->flood_words < 3)
        return gs_fail(error, GS_E_CONFIG, "rule char_flood: limits are 3 or more");
    if (config->phone_digits < 6)
        return gs_fail(error, GS_E_CONFIG, "rule phone: 6 digits or more");
    if (config->allowed_domain_count > GS_CLEAN_DOMAINS_MAX)
        return gs_fail(error, GS_E_CONFIG, "more than %d allowed domains", GS_CLEAN_DOMAINS_MAX);
    return GS_OK;
}

static void choose_lists(const struct gs_clean_config *config, struct gs_str *lists)
{
    for (unsigned i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        lists[i] = gs_str_is_null(config->lists[i])
                       ? gs_str_make(gsi_clean_files[i].data, *gsi_clean_files[i].bytes)
                       : config->lists[i];
}

/* Of everything that a verdict depends on. */
static uint64_t version_of(const struct gs_clean_config *config, const struct gs_str *lists)
{
    enum { METHOD = 2 }; /* to be raised when the code judges otherwise */
    uint32_t limits[] = {METHOD, config->flood_run, config->flood_run_emoji, config->flood_words,
                         config->phone_digits};
    uint64_t version = gs_hash64(limits, sizeof limits, 1);
    for (unsigned i = 0; i < GS_REASON_COUNT; i++) {
        const struct gs_clean_rule *rule = &config->rule[i];
        uint32_t values[] = {rule->is_off, rule->action, rule->weight};
        version = gs_hash64(values, sizeof values, version);
    }
    for (unsigned i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        version = gs_hash64(lists[i].data, lists[i].len, version);
    for (uint32_t i = 0; i < config->allowed_domain_count; i++) {
        const char *domain = config->allowed_domains[i];
        version = gs_hash64(domain, strlen(domain) + 1, version);
    }
    return version ? version : 1;
}

static enum gs_status read_allowed(struct gs_clean_rules *rules,
                                   const struct gs_clean_config *config, struct gs_error *error)
{
    struct gs_buf file = {0};
    for (uint32_t i = 0; i < config->allowed_domain_count; i++) {
        gs_buf_add_text(&file, config->allowed_domains[i]);
        gs_buf_add(&file, "\n", 1);
    }
    struct gsi_list_reader reader = {.rest = gs_str_make(file.data, file.len),
                                     .name = "allowed domains"};
    enum gs_status status = gsi_domains_read(&rules->allowed, &reader, error);
    gs_buf_deinit(&file);
    return status;
}

static enum gs_status read_domains(struct gsi_domains *domains,
                                   const struct gs_clean_config *config, const struct gs_str *lists,
                                   enum gs_clean_list list, struct gs_error *error)
{
    struct gsi_list_reader reader = {
        .rest = lists[list], .name = gs_clean_list_name(list), .file = config->list_files[list]};
    return gsi_domains_read(domains, &reader, error);
}

enum gs_status gs_clean_rules_create(const struct gs_clean_config *config,
                                     struct gs_clean_rules **made, struct gs_error *error)
{
    struct gs_str lists[GS_CLEAN_LIST_COUNT];
    enum gs_status status = check(config, error);
    *made = NULL;
    if (status != GS_OK)
        return status;
    struct gs_clean_rules *rules = gs_calloc(1, sizeof *rules);
    rules->config = *config;
    choose_lists(config, lists);
    status = gsi_phrases_compile(rules, lists, error);
    if (status == GS_OK)
        status = read_domains(&rules->shorteners, config, lists, GS_CLEAN_LIST_SHORTENERS, error);
    if (status == GS_OK)
        status = read_domains(&rules->suffixes, config, lists, GS_CLEAN_LIST_SUFFIXES, error);
    if (status == GS_OK)
        status = read_allowed(rules, config, error);
    if (status != GS_OK) {
        gs_clean_rules_destroy(rules);
        return status;
    }
    rules->version = version_of(config, lists);
    *made = rules;
    return GS_OK;
}

void gs_clean_rules_destroy(struct gs_clean_rules *rules)
{
    if (!rules)
        return;
    gsi_domains_deinit(&rules->allowed);
    gsi_domains_deinit(&rules->shorteners);
    gsi_domains_deinit(&rules->suffixes);
    gs_free(rules->word_keys);
    gs_free(rules->words);
    gs_free(rules->words_text);
    gs_free(rules->bits);
    gs_free(rules->hints);
    gs_free(rules->needs);
    gs_free(rules->phrases);
    gs_free(rules);
}

uint64_t gs_clean_version(const struct gs_clean_rules *rules)
{
    return rules->version;
}

/* ------------------------------------------------------------------ reading */

struct gs_clean_scratch *gs_clean_scratch_create(void)
{
    struct gs_clean_scratch *scratch = gs_calloc(1, sizeof *scratch);
    scratch->normal =
        (char *)gs_calloc(1, GSI_NORMAL_BYTES_MAX + 3 * GSI_PAD_BYTES) + GSI_PAD_BYTES;
    scratch->breaks = gs_calloc(GSI_BLOCKS_MAX, sizeof(uint64_t));
    scratch->splits = gs_calloc(GSI_BLOCKS_MAX, sizeof(uint64_t));
    scratch->shapes = gs_calloc(GSI_SHAPES, sizeof *scratch->shapes);
    scratch->tokens = gs_calloc(GSI_TOKENS_MAX, sizeof(uint32_t));
    scratch->places = gs_calloc(GSI_TOKENS_MAX, sizeof *scratch->places);
    scratch->ended = gs_calloc(GSI_TOKENS_MAX, 1);
    scratch->excepted = gs_calloc(GSI_TOKENS_MAX, 1);
    return scratch;
}

void gs_clean_scratch_destroy(struct gs_clean_scratch *scratch)
{
    if (!scratch)
        return;
    gs_free(scratch->normal - GSI_PAD_BYTES);
    gs_free(scratch->breaks);
    gs_free(scratch->splits);
    gs_free(scratch->shapes);
    gs_free(scratch->map);
    gs_free(scratch->tokens);
    gs_free(scratch->places);
    gs_free(scratch->ended);
    gs_free(scratch->excepted);
    gs_free(scratch);
}

void gs_clean_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                   struct gs_str raw, struct gs_clean_text *text)
{
    text->raw = raw;
    text->found = 0;
    memset(&text->features, 0, sizeof text->features);
    text->features.bytes = raw.len;
    raw.len = GS_MIN(raw.len, (uint32_t)GS_CLEAN_TEXT_BYTES_MAX);
    gsi_normal_make(scratch, raw, &text->features);
    gsi_words_read(rules, scratch, text);
    text->normal = gs_str_make(scratch->normal, scratch->normal_len);
    text->hash = gs_hash128(scratch->normal, scratch->normal_len);
}

/* ------------------------------------------------------------------ reasons */

/* Words are not counted: flooded ones are hardly any. */
static bool is_flood(const struct gs_clean_config *config, const struct gs_clean_features *f)
{
    uint32_t run_max = f->run_is_emoji ? config->flood_run_emoji : config->flood_run;
    bool is_scrawled = f->marks >= config->flood_run && f->marks > f->bytes / 8;
    return f->run_longest >= run_max || f->word_repeats >= config->flood_words || is_scrawled;
}

static uint32_t bit(enum gs_reason reason, bool is_given)
{
    return (uint32_t)is_given << reason;
}

static uint32_t without_off(const struct gs_clean_rules *rules, uint32_t reasons)
{
    for (uint32_t left = reasons; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left);
        if (i >= GS_REASON_COUNT || rules->config.rule[i].is_off)
            reasons &= ~(1u << i);
    }
    return reasons;
}

uint32_t gs_clean_judge(const struct gs_clean_rules *rules, const struct gs_clean_text *text,
                        bool is_other_language)
{
    const struct gs_clean_features *f = &text->features;
    uint32_t found = text->found;
    bool is_wordless = f->words + f->urls + f->hashtags + f->emails == 0;
    uint32_t reasons =
        bit(GS_REASON_URL, found & GSI_FOUND_URL) |
        bit(GS_REASON_SHORTENER, found & GSI_FOUND_SHORTENER) |
        bit(GS_REASON_PHONE, found & GSI_FOUND_PHONE) |
        bit(GS_REASON_CONTACT, found & (GSI_FOUND_EMAIL | 1u << GS_CLEAN_LIST_CONTACT)) |
        bit(GS_REASON_PROMO, found & 1u << GS_CLEAN_LIST_PROMO) |
        bit(GS_REASON_MENTION_ONLY, is_wordless && f->mentions > 0 && f->emoji == 0) |
        bit(GS_REASON_EMOJI_ONLY, is_wordless && f->emoji > 0) |
        bit(GS_REASON_GENERIC, found & 1u << GS_CLEAN_LIST_GENERIC) |
        bit(GS_REASON_CHAR_FLOOD, is_flood(&rules->config, f)) |
        bit(GS_REASON_LANG_OTHER, is_other_language) |
        bit(GS_REASON_PROFANITY, found & 1u << GS_CLEAN_LIST_PROFANITY);
    return without_off(rules, reasons);
}

void gs_clean_decide(const struct gs_clean_rules *rules, uint32_t reasons,
                     struct gs_clean_verdict *verdict)
{
    reasons = without_off(rules, reasons);
    *verdict = (struct gs_clean_verdict){
        .action = GS_VERDICT_KEEP, .reason = GS_REASON_COUNT, .quality = 256, .reasons = reasons};
    for (uint32_t left = reasons; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left);
        const struct gs_clean_rule *rule = &rules->config.rule[i];
        if (rule->action == GS_VERDICT_DROP && verdict->reason == GS_REASON_COUNT)
            verdict->reason = (uint8_t)i;
        verdict->action = GS_MAX(verdict->action, rule->action);
        if (rule->action != GS_VERDICT_KEEP)
            verdict->quality = (uint16_t)(verdict->quality * (256u - rule->weight) / 256);
    }
}

bool gs_clean_is_risky(const struct gs_clean_rules *rules, const struct gs_clean_text *text)
{
    (void)rules;
    return text->found & (1u << GS_CLEAN_LIST_PROFANITY | 1u << GS_CLEAN_LIST_UNSAFE);
}
