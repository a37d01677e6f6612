/* score_explain.c -- where a score and a verdict come from, for people.
 *
 *     token                  lexicon    adds  how
 *     very                         -       -  is booster
 *     good                      1.90  2.1930  boosted
 *     no value: this, is, a, phone
 *     sum 2.1930 + 0.2920 for ! and ? = 2.4850, compound 0.5400
 *     promo        at byte 0, by line 32 of its list: subscribe to my channel */
#include "score_judge.h"

#include "groundswell/text.h"

#include <math.h>
#include <stdio.h>

enum {
    TOKENS_MAX = 200, /* further ones are counted */
    SPANS_MAX = 50,
    INDENT = 4,
    TOKEN_COLUMNS = 22,
    NUMBER_COLUMNS = 8,
    REASON_COLUMNS = 13
};
#define MARGIN "    "

static void add_blanks(struct gs_buf *out, uint32_t used, uint32_t column)
{
    for (; used < column; used++)
        gs_buf_add_text(out, " ");
}

/* ------------------------------------------------------------------ the score */

struct parts {
    struct gs_buf *out;
    struct gs_buf mute; /* tokens without a value, each with a NUL behind it */
    uint32_t rows;
    uint32_t mutes;
    uint32_t left_out;
};

static void add_number(struct gs_buf *out, double value, int decimals)
{
    char text[32] = "-";
    if (value != 0)
        snprintf(text, sizeof text, "%.*f", decimals, value);
    gs_buf_printf(out, "%*s", NUMBER_COLUMNS, text);
}

static void add_rules(struct gs_buf *out, uint32_t rules)
{
    struct gsi_list list = {.out = out, .indent = INDENT + TOKEN_COLUMNS + 2 * NUMBER_COLUMNS + 2};
    list.columns = list.indent;
    if (rules)
        gs_buf_add_text(out, "  ");
    for (; rules; rules &= rules - 1)
        gsi_list_add(&list, gs_str_of(gs_sentiment_rule_name(rules & -rules)));
    gs_buf_add_text(out, "\n");
}

static void add_part(void *user, const struct gs_sentiment_part *part)
{
    struct parts *parts = user;
    struct gs_buf *out = parts->out;
    bool is_mute = part->valence == 0 && part->value == 0 && !part->rules;
    if ((is_mute ? parts->mutes : parts->rows) == TOKENS_MAX) {
        parts->left_out++;
        return;
    }
    if (is_mute) {
        parts->mutes++;
        gs_buf_add_str(&parts->mute, part->text);
        gs_buf_add(&parts->mute, "", 1);
        return;
    }
    if (parts->rows++ == 0)
        gs_buf_printf(out, MARGIN "%-*s%*s%*s  %s\n", TOKEN_COLUMNS, "token", NUMBER_COLUMNS,
                      "lexicon", NUMBER_COLUMNS, "adds", "how");
    gs_buf_add_text(out, MARGIN);
    add_blanks(out, gsi_text_cut(out, part->text, TOKEN_COLUMNS - 1), TOKEN_COLUMNS);
    add_number(out, part->valence, 2);
    add_number(out, part->value, 4);
    add_rules(out, part->rules);
}

static void add_mutes(struct parts *parts)
{
    struct gsi_list list = {.out = parts->out, .indent = INDENT + 2};
    const char *at = parts->mute.data;
    if (parts->mutes)
        gsi_list_title(&list, MARGIN "no value: ");
    for (uint32_t i = 0; i < parts->mutes; i++) {
        const char *end = memchr(at, 0, (size_t)(parts->mute.data + parts->mute.len - at));
        gsi_list_add(&list, gs_str_make(at, (size_t)(end - at)));
        at = end + 1;
    }
    if (parts->mutes)
        gs_buf_add_text(parts->out, "\n");
    if (parts->left_out)
        gs_buf_printf(parts->out, MARGIN "and %u more tokens\n", parts->left_out);
    gs_buf_deinit(&parts->mute);
}

static void add_sum(struct gs_buf *out, const struct gs_sentiment_account *account)
{
    gs_buf_printf(out, MARGIN "sum %.4f", account->values);
    if (account->punctuation != 0)
        gs_buf_printf(out, " %c %.4f for ! and ? = %.4f", account->punctuation < 0 ? '-' : '+',
                      fabs(account->punctuation), account->sum);
    gs_buf_printf(out, ", compound %.4f\n", account->score.compound);
}

/* False if it is scored with another language's lexicon, so that its class is unknown. */
static bool add_language(struct gs_buf *out, const struct gsi_judge *judge,
                         const struct gsi_score_comment *comment)
{
    bool is_told = comment->lang.len > 0;
    bool is_known = gs_sentiment_for(judge->sentiment, comment->lang, comment->text) != NULL;
    const char *guess = gs_text_guess_language(comment->text);
    gs_buf_add_text(out, MARGIN "language: ");
    if (is_told)
        gsi_text_cut(out, comment->lang, 16);
    else
        gs_buf_add_text(out, guess ? guess : "not to be guessed, counts as en");
    gs_buf_add_text(out, is_told ? " (told)" : guess ? " (guessed)" : "");
    gs_buf_add_text(out, is_known ? "\n" : ", no lexicon; scored with that of en:\n");
    return is_known;
}

static void explain_score(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                          struct gs_buf *out)
{
    struct parts parts = {.out = out};
    const struct gs_sentiment *scorer = judge->sentiment;
    if (gs_str_is_null(comment->text)) {
        gs_buf_add_text(out, MARGIN "no text\n");
        return;
    }
    if (add_language(out, judge, comment))
        scorer = gs_sentiment_for(judge->sentiment, comment->lang, comment->text);
    struct gs_sentiment_account account =
        gs_sentiment_explain(scorer, judge->sentiment_scratch, comment->text, add_part, &parts);
    add_mutes(&parts);
    add_sum(out, &account);
}

/* ------------------------------------------------------------------ the verdict */

static void add_reason(struct gs_buf *out, const char *name)
{
    gs_buf_printf(out, MARGIN "%-*s", REASON_COLUMNS, name);
}

static void add_span(struct gs_buf *out, struct gs_str text, const struct gs_clean_span *span)
{
    char where[64];
    if (span->line)
        snprintf(where, sizeof where, "at byte %u, by line %u of its list: ", span->at, span->line);
    else
        snprintf(where, sizeof where, "at byte %u: ", span->at);
    add_reason(out, gs_reason_name((enum gs_reason)span->reason));
    gs_buf_add_text(out, where);
    gsi_text_cut(out, gs_str_make(text.data + span->at, span->len),
                 GSI_SCORE_COLUMNS - INDENT - REASON_COLUMNS - (uint32_t)strlen(where));
    gs_buf_add_text(out, "\n");
}

static void explain_rules(struct gsi_judge *judge, struct gs_buf *out)
{
    struct gs_clean_span spans[SPANS_MAX];
    size_t count = gs_clean_explain(judge->rules, &judge->text, spans, SPANS_MAX);
    for (size_t i = 0; i < GS_MIN(count, (size_t)SPANS_MAX); i++)
        if (spans[i].reason < GS_REASON_COUNT) /* else it counts in posts only */
            add_span(out, judge->text.raw, &spans[i]);
    if (count > SPANS_MAX)
        gs_buf_printf(out, MARGIN "and %zu more places\n", count - SPANS_MAX);
}

void gsi_judge_explain(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                       struct gs_buf *out)
{
    explain_score(judge, comment, out);
    if (judge->rules && !gsi_comment_is_self(comment) && !gs_str_is_null(comment->text))
        explain_rules(judge, out);
}

void gsi_judge_explain_verdict(const struct gsi_judge *judge, const struct gsi_scored *scored,
                               struct gs_buf *out)
{
    char duration[24];
    struct gs_clean_verdict verdict;
    gsi_judge_decide(judge, scored, &verdict);
    if (scored->is_self) {
        add_reason(out, "self");
        gs_buf_add_text(out, "an author's reply: counted as that, and as nothing else\n");
    }
    if (verdict.reasons >> GS_REASON_COPYPASTA & 1) {
        add_reason(out, gs_reason_name(GS_REASON_COPYPASTA));
        gs_buf_printf(
            out, "of one author twice, or of %u, within one to two times %s\n",
            judge->copies_config.authors_min,
            gs_format_duration(judge->copies_config.window_ms, duration, sizeof duration));
    }
    if (verdict.reasons >> GS_REASON_BURST & 1) {
        add_reason(out, gs_reason_name(GS_REASON_BURST));
        gs_buf_printf(out, "more than %u of one author, or %u on a post, within %s\n",
                      judge->burst_config.comments_max, judge->burst_config.on_post_burst,
                      gs_format_duration(judge->burst_config.window_ms, duration, sizeof duration));
    }
    if (judge->rules && !scored->is_self)
        gs_buf_printf(out, MARGIN "quality %.4f\n", verdict.quality / 256.0);
}
