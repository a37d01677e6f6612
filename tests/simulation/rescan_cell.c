/* rescan_cell.c -- what a cell must say at some offsets and some clock, by the naive reading's
 * notes; and whether a cell's JSON says it. */
#include "rescan.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

enum { SPREAD_MS = 3600000 };

/* ------------------------------------------------------------------ entities */

/* Of the campaigns with from <= t < to the one with the latest from, then the smallest id. */
static const char *campaign_at(const struct sim_record *profile, int64_t t_ms)
{
    const struct gs_campaign *best = NULL;
    for (uint32_t i = 0; i < profile->event.profile.campaign_count; i++) {
        const struct gs_campaign *campaign = &profile->campaigns[i];
        bool holds =
            campaign->from_ms <= t_ms && (campaign->to_ms == GS_NULL_INT || t_ms < campaign->to_ms);
        if (!holds)
            continue;
        if (!best || campaign->from_ms > best->from_ms ||
            (campaign->from_ms == best->from_ms &&
             strcmp(campaign->campaign_id.data, best->campaign_id.data) < 0))
            best = campaign;
    }
    return best ? best->campaign_id.data : NULL;
}

/* By the last profile that had arrived some time before the event. */
static const char *campaign_of(const struct rescan *rescan, const struct gs_event *event,
                               int64_t t_ms)
{
    const struct sim_log *profiles = &rescan->logs->input[PROFILES];
    int64_t at_ms = event->record_ms - rescan->logs->config.profiles_delay_ms;
    const struct sim_record *found = NULL;
    if (event->campaign_id.data)
        return event->campaign_id.data;
    for (uint32_t i = 0; i < profiles->count && rescan->visible_ms[i] <= at_ms; i++)
        if (!profiles->record[i].bad &&
            gs_str_equal(profiles->record[i].event.influencer_id, event->influencer_id))
            found = &profiles->record[i];
    return found && !found->event.tombstone ? campaign_at(found, t_ms) : NULL;
}

static char *encode(char *to, const char *id)
{
    for (; *id; id++) {
        bool plain = isalnum((unsigned char)*id) || strchr(".~@+-", *id);
        to += plain ? sprintf(to, "%c", *id) : sprintf(to, "%%%02X", (unsigned char)*id);
    }
    return to;
}

static void name_entity(const struct rescan *rescan, struct rescan_entity *entity)
{
    const struct gs_task_config *config = &rescan->logs->config;
    char key[KEY_BYTES] = "";
    char *end = key;
    if (entity->view == BY_CAMPAIGN) {
        end = encode(end, entity->campaign);
        *end++ = '/';
    }
    encode(end, entity->view == BY_POST ? entity->post : entity->influencer);
    memcpy(entity->key, key, sizeof entity->key);
    for (int level = 0; level < LEVELS; level++)
        snprintf(entity->cell_key[level], CELL_KEY_BYTES, "%s:v1:{%s:%.30s}:%s", config->prefix,
                 config->views[entity->view].name, key, config->window_names[level]);
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

uint32_t rescan_entity_of(struct rescan *rescan, uint8_t view, const struct gs_event *event,
                          int64_t t_ms)
{
    const char *post = view == BY_POST ? event->post_id.data : NULL;
    const char *campaign = view == BY_CAMPAIGN ? campaign_of(rescan, event, t_ms) : NULL;
    const char *influencer = event->influencer_id.data;
    if (view == BY_CAMPAIGN && !campaign)
        return ENTITIES_MAX;
    for (uint32_t i = 0; i < rescan->entity_count; i++) {
        const struct rescan_entity *entity = &rescan->entity[i];
        if (entity->view == view && is_same(entity->post, post) &&
            is_same(entity->campaign, campaign) && is_same(entity->influencer, influencer))
            return i;
    }
    GS_ASSERT(rescan->entity_count < ENTITIES_MAX);
    struct rescan_entity *entity = &rescan->entity[rescan->entity_count];
    *entity = (struct rescan_entity){.view = view,
                                     .influencer = influencer,
                                     .post = post,
                                     .campaign = campaign,
                                     .parts = entity->parts,
                                     .part_capacity = entity->part_capacity};
    name_entity(rescan, entity);
    return rescan->entity_count++;
}

uint32_t rescan_find(const struct rescan *rescan, struct gs_str key)
{
    for (uint32_t i = 0; i < rescan->entity_count; i++)
        for (uint32_t level = 0; level < LEVELS; level++)
            if (gs_str_equal(key, gs_str_of(rescan->entity[i].cell_key[level])))
                return i * LEVELS + level;
    return CELLS_MAX;
}

/* ------------------------------------------------------------------ sums */

/* Of a growth, what had happened up to and including the instant x. */
static int64_t grown(const struct rescan_part *part, int64_t x)
{
    if (x <= GS_MAX(part->from_ms, part->t_ms - SPREAD_MS))
        return 0;
    if (x >= part->t_ms)
        return part->amount;
    return part->amount * (x - part->from_ms) / (part->t_ms - part->from_ms);
}

static void add_part(const struct rescan_part *part, struct rescan_cell *cell)
{
    if (part->from_ms != GS_NULL_INT)
        cell->total[part->counter] += grown(part, cell->to_ms - 1) - grown(part, cell->from_ms - 1);
    else if (part->t_ms >= cell->from_ms && part->t_ms < cell->to_ms)
        cell->total[part->counter] += part->amount;
}

/* By the posts' own clock below the offset, minus the longest window. */
static int64_t forgotten_ms(const struct rescan *rescan, uint32_t posts)
{
    int64_t h_ms = rescan->h_ms[POSTS][posts];
    return h_ms == GS_NULL_INT ? h_ms : h_ms - rescan->logs->config.windows[LONG].window_ms;
}

static bool is_deleted(const struct rescan *rescan, const char *post, uint32_t posts)
{
    const struct sim_log *log = &rescan->logs->input[POSTS];
    int64_t deleted_ms = GS_NULL_INT;
    for (uint32_t i = 0; i < posts; i++) {
        const struct gs_event *event = &log->record[i].event;
        if (rescan->disposition[POSTS][i] == GS_PROCESSED && event->action == GS_ACTION_DELETED &&
            is_same(event->post_id.data, post))
            deleted_ms = GS_MAX(deleted_ms, GS_MIN(event->event_ms, event->record_ms));
    }
    return deleted_ms != GS_NULL_INT && deleted_ms > forgotten_ms(rescan, posts);
}

/* The newest profile's, else what the last post said of them while that is remembered. */
static void describe(const struct rescan *rescan, const int64_t at[GS_INPUTS_MAX],
                     struct rescan_cell *cell)
{
    const struct sim_log *profiles = &rescan->logs->input[PROFILES];
    const struct sim_log *posts = &rescan->logs->input[POSTS];
    const struct gs_str influencer = gs_str_of(cell->influencer);
    cell->followers = GS_NULL_INT;
    for (uint32_t i = sim_log_below(profiles, at[PROFILES]); i-- > 0;) {
        const struct sim_record *record = &profiles->record[i];
        if (record->bad || !gs_str_equal(record->event.influencer_id, influencer))
            continue;
        if (!record->event.tombstone) {
            cell->handle = record->event.profile.handle;
            cell->platform = record->event.platform;
            cell->followers = record->event.profile.followers;
        }
        break;
    }
    uint32_t below = sim_log_below(posts, at[POSTS]);
    for (uint32_t i = below; i-- > 0 && cell->followers == GS_NULL_INT;) {
        const struct gs_event *event = &posts->record[i].event;
        if (rescan->disposition[POSTS][i] != GS_PROCESSED || event->post.followers == GS_NULL_INT ||
            !gs_str_equal(event->influencer_id, influencer))
            continue;
        if (GS_MIN(event->event_ms, event->record_ms) > forgotten_ms(rescan, below))
            cell->followers = event->post.followers;
        break;
    }
}

void rescan_cell(const struct rescan *rescan, uint32_t number, const int64_t at[GS_INPUTS_MAX],
                 int64_t as_of_ms, struct rescan_cell *cell)
{
    const struct rescan_entity *entity = &rescan->entity[number / LEVELS];
    const struct gs_window_size *size = &rescan->logs->config.windows[number % LEVELS];
    int64_t newest = as_of_ms / size->pane_ms;
    uint32_t below[INPUTS];
    *cell = (struct rescan_cell){
        .from_ms = (newest - size->window_ms / size->pane_ms + 1) * size->pane_ms,
        .to_ms = (newest + 1) * size->pane_ms,
        .influencer = entity->influencer,
        .campaign = entity->campaign,
    };
    for (uint8_t i = 0; i < INPUTS; i++)
        below[i] = sim_log_below(&rescan->logs->input[i], at[i]);
    for (uint32_t i = 0; i < entity->part_count; i++)
        if (entity->parts[i].record < below[entity->parts[i].input])
            add_part(&entity->parts[i], cell);
    cell->deleted = entity->post && is_deleted(rescan, entity->post, below[POSTS]);
    cell->empty = true;
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        cell->empty &= cell->total[c] == 0;
    describe(rescan, at, cell);
}

int64_t rescan_clock_ms(const struct rescan *rescan, const int64_t at[GS_INPUTS_MAX])
{
    int64_t clock_ms = GS_NULL_INT;
    for (uint8_t i = POSTS; i < INPUTS; i++) {
        uint32_t below = sim_log_below(&rescan->logs->input[i], at[i]);
        clock_ms = GS_MAX(clock_ms, rescan->h_ms[i][below]);
    }
    return clock_ms;
}

bool rescan_same(const struct rescan_cell *a, const struct rescan_cell *b)
{
    return a->deleted == b->deleted && memcmp(a->total, b->total, sizeof a->total) == 0 &&
           a->followers == b->followers && gs_str_equal(a->handle, b->handle) &&
           gs_str_equal(a->platform, b->platform);
}

/* ------------------------------------------------------------------ a cell's JSON */

/* One field after the other of a flat object. */
struct field {
    struct gs_str name;
    struct gs_str value; /* as it stands there, quotes and brackets included */
};

static bool next_field(const char **at, const char *end, struct field *field)
{
    const char *p = *at;
    if (p >= end || (*p != '{' && *p != ',') || p[1] != '"')
        return false;
    const char *name = p + 2;
    const char *name_end = memchr(name, '"', (size_t)(end - name));
    if (!name_end || name_end[1] != ':')
        return false;
    const char *value = name_end + 2;
    const char *stop = value;
    bool quoted = *value == '"';
    int depth = 0;
    for (stop += quoted; stop < end; stop++) {
        if (quoted && *stop == '"')
            break;
        if (!quoted && !depth && (*stop == ',' || *stop == '}'))
            break;
        depth += *stop == '[' || *stop == '{';
        depth -= *stop == ']' || *stop == '}';
    }
    stop += quoted;
    *at = stop;
    field->name = gs_str_make(name, (size_t)(name_end - name));
    field->value = gs_str_make(value, (size_t)(stop - value));
    return true;
}

static int counter_named(struct gs_str name)
{
    for (int c = 0; c < GS_C_CLAMPED; c++)
        if (gs_str_equal(name, gs_str_of(gs_counter_info((enum gs_counter)c)->field)))
            return c;
    return -1;
}

static const char *tier_of(int64_t followers)
{
    return followers < 10000     ? "nano"
           : followers < 100000  ? "micro"
           : followers < 500000  ? "mid"
           : followers < 1000000 ? "macro"
                                 : "mega";
}

static bool is_text(struct gs_str value, struct gs_str text)
{
    return text.data && value.len == text.len + 2 &&
           memcmp(value.data + 1, text.data, text.len) == 0;
}

static bool is_number(struct gs_str value, int64_t number)
{
    char text[24];
    return gs_str_equal(value, gs_str_make(text, (size_t)sprintf(text, "%lld", (long long)number)));
}

static bool is_near(struct gs_str value, double number)
{
    double found = strtod(value.data, NULL);
    return fabs(found - number) <= fabs(number) * 6e-6 + 1e-12;
}

static bool is_vector(struct gs_str value, const int64_t at[INPUTS])
{
    char text[128];
    int length = sprintf(text, "[%lld,%lld,%lld,%lld]", (long long)at[0], (long long)at[1],
                         (long long)at[2], (long long)at[3]);
    return gs_str_equal(value, gs_str_make(text, (size_t)length));
}

/* All reasons that are not 0, each with its count, in order. */
static bool are_drops(struct gs_str value, const struct rescan_cell *cell)
{
    char text[512];
    int length = 0;
    for (int r = 0; r < GS_REASON_COUNT; r++)
        if (cell->total[GS_C_DROP + r])
            length +=
                sprintf(text + length, "%c\"%s\":%lld", length ? ',' : '{',
                        gs_reason_name((enum gs_reason)r), (long long)cell->total[GS_C_DROP + r]);
    text[length++] = '}';
    return gs_str_equal(value, gs_str_make(text, (size_t)length));
}

static bool has_drops(const struct rescan_cell *cell)
{
    for (int r = 0; r < GS_REASON_COUNT; r++)
        if (cell->total[GS_C_DROP + r])
            return true;
    return false;
}

/* What is checked of the field besides counters: 1 right, 0 wrong, -1 no such field. */
static int check_bookkeeping(const struct rescan_expected *expected, const struct field *field)
{
    const struct rescan_cell *cell = expected->cell;
    const struct {
        const char *name;
        int64_t number;
    } numbers[] = {{"_v", 1},
                   {"_from_ms", cell->from_ms},
                   {"_to_ms", cell->to_ms},
                   {"_as_of_ms", expected->as_of_ms},
                   {"_task", expected->task},
                   {"_late", cell->total[GS_C_LATE_0 + expected->level]},
                   {"_clamped", cell->total[GS_C_CLAMPED]},
                   {"followers", cell->followers}};
    const struct {
        const char *name;
        struct gs_str text;
    } texts[] = {
        {"campaign_id", gs_str_of(cell->campaign)},
        {"influencer_id", gs_str_of(cell->influencer)},
        {"handle", cell->handle},
        {"platform", cell->platform},
        {"tier", gs_str_of(cell->followers == GS_NULL_INT ? NULL : tier_of(cell->followers))}};
    for (size_t i = 0; i < GS_COUNT_OF(numbers); i++)
        if (gs_str_equal(field->name, gs_str_of(numbers[i].name)))
            return is_number(field->value, numbers[i].number);
    for (size_t i = 0; i < GS_COUNT_OF(texts); i++)
        if (gs_str_equal(field->name, gs_str_of(texts[i].name)))
            return is_text(field->value, texts[i].text);
    if (gs_str_equal(field->name, gs_str_of("_at")))
        return is_vector(field->value, expected->at);
    if (gs_str_equal(field->name, gs_str_of("drop")))
        return are_drops(field->value, cell);
    return -1;
}

/* Of the ratios the two that show sums which have no field of their own, and those that only judged
 * cells have; the others follow from counters. */
static bool check_ratio(const struct rescan_cell *cell, const struct field *field)
{
    double n = (double)(cell->total[GS_C_POS] + cell->total[GS_C_NEG] + cell->total[GS_C_NEU]);
    double sum = (double)cell->total[GS_C_SENT_SUM];
    double squares = (double)cell->total[GS_C_SENT_SQ];
    double pos = (double)cell->total[GS_C_VIS_POS], neg = (double)cell->total[GS_C_VIS_NEG];
    double neu = (double)cell->total[GS_C_VIS_NEU];
    if (gs_str_equal(field->name, gs_str_of("mean_sentiment")))
        return is_near(field->value, sum / n / 10000);
    if (gs_str_equal(field->name, gs_str_of("sd_sentiment")))
        return is_near(field->value, sqrt(fmax(0, n * squares - sum * sum)) / n / 10000);
    if (gs_str_equal(field->name, gs_str_of("pvr")))
        return is_near(field->value, pos / (pos + neg));
    if (gs_str_equal(field->name, gs_str_of("vns")))
        return is_near(field->value, (pos - neg) / (pos + neg + neu));
    if (gs_str_equal(field->name, gs_str_of("reply_rate")))
        return is_near(field->value,
                       (double)cell->total[GS_C_AUTHOR_REPLIES] / (double)cell->total[GS_C_CLEAN]);
    return true;
}

bool rescan_agrees(const struct rescan_expected *expected, struct gs_str json, char why[256])
{
    const struct rescan_cell *cell = expected->cell;
    const char *at = json.data;
    const char *end = json.data + json.len;
    uint64_t shown = 0;
    bool drops = false;
    struct field field;
    while (next_field(&at, end, &field)) {
        int counter = counter_named(field.name);
        int right = counter >= 0 ? is_number(field.value, cell->total[counter])
                                 : check_bookkeeping(expected, &field);
        shown |= counter >= 0 ? UINT64_C(1) << counter : 0;
        drops |= gs_str_equal(field.name, gs_str_of("drop"));
        if (!right || (right < 0 && !check_ratio(cell, &field))) {
            snprintf(why, 256, "%.*s is %.*s, the logs say %lld", (int)field.name.len,
                     field.name.data, (int)field.value.len, field.value.data,
                     counter >= 0 ? (long long)cell->total[counter] : 0);
            return false;
        }
    }
    for (int c = 0; c < GS_C_CLAMPED; c++)
        if (cell->total[c] && !(shown >> c & 1) && c != GS_C_SENT_SUM && c != GS_C_SENT_SQ) {
            snprintf(why, 256, "%s is not there, the logs say %lld",
                     gs_counter_info((enum gs_counter)c)->field, (long long)cell->total[c]);
            return false;
        }
    snprintf(why, 256, "it is no JSON, or its drops are missing");
    if (drops != has_drops(cell))
        return false;
    return at == end - 1 && *at == '}';
}
