/* rescan_verdict.c -- the naive reading of what is judged: reasons of the texts from a table, and
 * memories that are plain lists. */
#include "rescan.h"

#include <math.h>
#include <strings.h>

/* Our texts, by what people see in them. Those with one number of `same` are copies of each other.
 */
static const struct rescan_text texts[] = {
    {.text = ""},
    {.text = "I love this", .compound = 6369, .words = 3, .reasons = 1 << GS_REASON_GENERIC},
    {.text = "hate it!!", .compound = -6467, .words = 2},
    {.text = "ok", .compound = 2960, .words = 1, .reasons = 1 << GS_REASON_GENERIC},
    {.text = "\xF0\x9F\x98\x8D", .compound = 4588, .reasons = 1 << GS_REASON_EMOJI_ONLY},
    {.text = "this watch changed my life", .words = 5, .same = 1},
    {.text = "This  WATCH changed my life", .words = 5, .same = 1},
    {.text = "is it not the best of all days", .compound = -5216, .words = 8, .same = 2},
    {.text = "free watches at https://spam.example/now",
     .compound = 5106,
     .words = 3,
     .reasons = 1 << GS_REASON_URL},
    {.text = "das ist nicht so gut wie ich dachte", .words = 8, .same = 3, .is_other = true},
};

const struct rescan_text *rescan_text_of(struct gs_str text)
{
    for (size_t i = 0; i < GS_COUNT_OF(texts); i++)
        if (gs_str_equal(text, gs_str_of(texts[i].text)))
            return &texts[i];
    GS_ASSERT(!"a text without a known score");
    return NULL;
}

bool rescan_is_other(const struct gs_event *event)
{
    struct gs_str lang = event->comment.lang;
    if (!event->comment.text.data)
        return false;
    if (!lang.data || !lang.len || gs_str_equal(lang, gs_str_of("und")))
        return rescan_text_of(event->comment.text)->is_other;
    return strncasecmp(lang.data, "en", 2) != 0;
}

/* ------------------------------------------------------------------ verdicts */

struct rescan_verdict rescan_decide(const struct sim_logs *logs, uint32_t reasons)
{
    /* What the configuration in logs.c says of the reasons that we know. */
    static const struct {
        uint32_t weight;
        bool drops;
    } rules[GS_REASON_COUNT] = {
        [GS_REASON_URL] = {192, true},       [GS_REASON_EMOJI_ONLY] = {96, false},
        [GS_REASON_GENERIC] = {96, false},   [GS_REASON_LANG_OTHER] = {64, false},
        [GS_REASON_COPYPASTA] = {240, true}, [GS_REASON_BURST] = {192, true}};
    struct rescan_verdict verdict = {.quality = 256, .reason = -1};
    for (int r = 0; r < GS_REASON_COUNT; r++) {
        bool soft = r == GS_REASON_COPYPASTA && logs->soft_copies;
        if (!(reasons >> r & 1))
            continue;
        verdict.quality = verdict.quality * (256 - (soft ? 128 : rules[r].weight)) / 256;
        if (verdict.reason < 0 && rules[r].drops && !soft)
            verdict.reason = r;
    }
    return verdict;
}

uint32_t rescan_reasons_of(const struct gs_event *event)
{
    struct gs_str text = event->comment.text.data ? event->comment.text : gs_str_of("");
    return rescan_text_of(text)->reasons | (uint32_t)rescan_is_other(event) << GS_REASON_LANG_OTHER;
}

int64_t rescan_weight(int64_t quality, int64_t likes, int64_t replies, int64_t shares)
{
    int64_t reach = GS_MAX(1 + likes + 2 * replies + 3 * shares, 1);
    return quality * (1024 + (int64_t)floorl(1024 * log2l((long double)reach))) / 256;
}

/* ------------------------------------------------------------------ generations */

/* number = H / window; the newer one makes way when H comes to the next, or when it is full. */
static void forget(struct rescan_sightings *all, uint32_t generations)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        struct rescan_sighting *one = &all->one[i];
        one->age += generations;
        if (one->age < 2)
            all->one[kept++] = *one;
    }
    all->count = kept;
}

static void follow(struct rescan_sightings *all, int64_t h_ms, int64_t window_ms)
{
    int64_t number = h_ms / window_ms;
    if (all->any && number > all->number)
        forget(all, number - all->number > 1 ? 2 : 1);
    all->any = true;
    all->number = number;
}

static void add(struct rescan_sightings *all, uint32_t capacity, struct rescan_sighting one)
{
    uint32_t newer = 0;
    for (uint32_t i = 0; i < all->count; i++)
        newer += all->one[i].age == 0;
    if (newer >= capacity)
        forget(all, 1);
    all->one[all->count++] = one;
}

/* ------------------------------------------------------------------ memories */

/* Whether one of the sightings before place i has the same author. */
static bool has_author_before(const struct rescan_sightings *all, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++)
        if (all->one[j].same == all->one[i].same &&
            gs_str_equal(all->one[j].actor, all->one[i].actor))
            return true;
    return false;
}

static uint32_t tell(struct rescan_sightings *all, int same, struct gs_str *told)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < all->count; i++)
        if (all->one[i].same == same && !all->one[i].is_copy) {
            all->one[i].is_copy = true;
            told[count++] = all->one[i].comment;
        }
    return count;
}

bool rescan_is_copy(struct rescan_sightings *all, const struct gs_task_config *config,
                    const struct gs_event *event, int64_t h_ms, struct rescan_told *told)
{
    struct gs_str text = event->comment.text.data ? event->comment.text : gs_str_of("");
    int same = rescan_text_of(text)->same;
    struct gs_str actor = event->comment.actor_id;
    uint32_t authors = 1;
    bool repeated = false, in_newer = false;
    told->count = 0;
    follow(all, h_ms, config->copies.window_ms);
    if (!same || rescan_text_of(text)->words < config->copies.words_min)
        return false;
    for (uint32_t i = 0; i < all->count; i++) {
        bool is_his = gs_str_equal(all->one[i].actor, actor);
        if (all->one[i].same != same)
            continue;
        repeated |= is_his;
        in_newer |= is_his && all->one[i].age == 0;
        authors += !is_his && !has_author_before(all, i);
    }
    if (in_newer)
        return true;
    bool wave = authors >= config->copies.authors_min;
    if (wave)
        told->count = tell(all, same, told->comment);
    add(all, config->copies.capacity,
        (struct rescan_sighting){.comment = event->comment.comment_id,
                                 .actor = actor,
                                 .same = same,
                                 .is_copy = repeated || wave});
    return repeated || wave;
}

bool rescan_is_burst(struct rescan_sightings *all, const struct gs_task_config *config,
                     const struct gs_event *event, int64_t t_ms, int64_t h_ms)
{
    uint32_t comments = 1, on_post = 1;
    follow(all, h_ms, config->burst.window_ms);
    for (uint32_t i = 0; i < all->count; i++) {
        const struct rescan_sighting *one = &all->one[i];
        if (!gs_str_equal(one->actor, event->comment.actor_id) || one->t_ms > t_ms ||
            one->t_ms <= t_ms - config->burst.window_ms)
            continue;
        comments++;
        on_post += gs_str_equal(one->post, event->post_id);
    }
    add(all, config->burst.capacity,
        (struct rescan_sighting){
            .actor = event->comment.actor_id, .post = event->post_id, .t_ms = t_ms});
    return comments > config->burst.comments_max || on_post >= config->burst.on_post_burst;
}
