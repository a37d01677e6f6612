/* table.c -- every key once: type, range, default, documentation. */
#include "internal.h"

#include "groundswell/clean.h"

#include <limits.h>

#define AT(field) offsetof(struct gs_config, field)
#define TEXT(name, kind, field, fallback, doc)                                                     \
    {                                                                                              \
        name, kind, AT(field), sizeof(((struct gs_config *)0)->field), 0, 0, fallback, NULL, doc   \
    }
#define NUMBER(name, kind, field, min, max, fallback, doc)                                         \
    {                                                                                              \
        name, kind, AT(field), 0, min, max, fallback, NULL, doc                                    \
    }
#define CHOICE(name, field, fallback, choices, doc)                                                \
    {                                                                                              \
        name, GSI_ENUM, AT(field), 0, 0, 0, fallback, choices, doc                                 \
    }
#define LIST(name, kind, field, fallback, doc)                                                     \
    {                                                                                              \
        name, kind, AT(field), 0, 0, 0, fallback, NULL, doc                                        \
    }

/* What is done with a comment for which a reason is given. */
#define ACTION(REASON, name, doc)                                                                  \
    CHOICE("clean.actions." name, clean_actions[GS_REASON_##REASON], NULL,                         \
           "off|keep|downweight|drop",                                                             \
           doc " What it does: drop takes a comment out, downweight lets it weigh less, keep is "  \
               "only told, off is not looked for.")
#define WEIGHT(REASON, name)                                                                       \
    NUMBER("clean.weights." name, GSI_INT, clean_weights[GS_REASON_##REASON], 0,                   \
           GS_CLEAN_WEIGHT_MAX, NULL,                                                              \
           "What " name " takes from a comment's quality, in 1/256, unless its action is keep or " \
           "off: qualities of several reasons are multiplied."),
#define FILE_OF(LIST, name, doc)                                                                   \
    TEXT("clean.lists." name, GSI_TEXT, clean_lists[GS_CLEAN_LIST_##LIST], NULL,                   \
         doc " A file instead of the built-in list; # begins a comment.")

#define SECOND INT64_C(1000)
#define HOUR INT64_C(3600000)

const struct gsi_key gsi_config_keys[] = {
    TEXT("kafka.bootstrap_servers", GSI_TEXT, kafka_bootstrap_servers, NULL,
         "Kafka brokers to start from, host:port separated by commas. It has no default."),
    TEXT("kafka.group", GSI_TEXT, kafka_group, "groundswell",
         "Consumer group. Processes of one group share the tasks; it also stands in the guard in "
         "Redis, so that two deployments cannot write under one prefix unnoticed."),
    TEXT("kafka.client_id", GSI_TEXT, kafka_client_id, "groundswell",
         "client.id towards the brokers, for their logs and quotas."),
    TEXT(
        "kafka.static_membership", GSI_TEXT, kafka_static_membership, NULL,
        "group.instance.id, for example the pod's name: a restart then gets its tasks back at once "
        "and disturbs nobody. Not set: dynamic membership."),
    LIST(
        "kafka.properties", GSI_MAP, kafka_properties, NULL,
        "Any librdkafka property, passed through as it is. Properties that Groundswell sets itself "
        "are refused."),
    TEXT("topics.profiles", GSI_TEXT, topic_profiles, "social.profiles",
         "InfluencerProfile records, compacted. If `topics` lists any input, only those listed are "
         "read."),
    TEXT("topics.posts", GSI_TEXT, topic_posts, "social.posts", "PostEvent records."),
    TEXT("topics.comments", GSI_TEXT, topic_comments, "social.comments", "CommentEvent records."),
    TEXT("topics.reactions", GSI_TEXT, topic_reactions, "social.reactions",
         "ReactionEvent records. The same topic may stand for posts, comments and reactions."),
    TEXT(
        "topics.tasks", GSI_TEXT, topic_tasks, "groundswell.tasks",
        "Always empty; owning its partition p is owning task p. As many partitions as the inputs."),
    TEXT("topics.dlq", GSI_TEXT, topic_dlq, "groundswell.dlq",
         "Where records go that cannot be read, unchanged, with the reason in their headers."),
    TEXT("topics.late", GSI_TEXT, topic_late, "groundswell.late",
         "Where records go that are older than every window, unchanged."),
    TEXT("topics.checkpoints", GSI_TEXT, topic_checkpoints, "groundswell.checkpoints",
         "Where tasks write down what they know, and read it after a restart. As many partitions "
         "as the inputs. `run --until-end` and `run --discard` do not use it."),
    TEXT("schemas.dir", GSI_TEXT, schemas_dir, NULL,
         "Folder with the writers' Avro schemas as <id>[-name].avsc. Either this or "
         "schemas.registry."),
    TEXT("schemas.registry", GSI_URL, schemas_registry, NULL,
         "Base URL of a Confluent-compatible schema registry."),
    TEXT("redis.url", GSI_URL, redis_url, "redis://127.0.0.1:6379/0",
         "redis://[user[:password]@]host[:port][/db], rediss:// for TLS, or unix:///path."),
    TEXT("redis.prefix", GSI_TEXT, redis_prefix, "gs",
         "First part of every key: letters, digits, '.', '_', '-'. One deployment, one prefix."),
    TEXT("redis.ca_file", GSI_TEXT, redis_ca_file, NULL,
         "CA certificates (PEM) to verify Redis with, if the URL is rediss://. Not set: the "
         "system's."),
    NUMBER("redis.timeout", GSI_DURATION, redis_timeout_ms, 100, 600 * SECOND, "5s",
           "How long a reply may take before the connection is given up."),
    NUMBER("workers", GSI_INT, workers, 1, 64, "1",
           "Threads, each with its own loop, Kafka consumer, Redis connection and tasks."),
    NUMBER("consume.batch", GSI_INT, consume_batch, 1, 4096, "512",
           "Most records per turn of a worker's loop. Results do not depend on it."),
    NUMBER("flush.interval", GSI_DURATION, flush_interval_ms, 10, 60 * SECOND, "1s",
           "How old a change of a short window may be when it can be read. Longer windows wait up "
           "to 1 % of their length, at most 60 s."),
    LIST("windows", GSI_WINDOWS, windows, "[1m, 5m, 1h, 24h]",
         "Rolling windows, shortest first, at most 4. Others than these four name their pane: "
         "10m/1m. Each pane must divide its window and the next longer pane."),
    LIST("views", GSI_VIEWS, views, "[{name: influencer}, {name: post, windows: [1h, 24h]}]",
         "What is aggregated: influencer, post, campaign_influencer, each with its windows "
         "(default: all of them; post: those of an hour and more)."),
    CHOICE("engagement.source", engagement_source, "snapshots", "snapshots|reactions",
           "Where likes, shares, saves, views and clicks come from, so that none counts twice: the "
           "platforms' cumulative snapshots in posts, or single reactions."),
    NUMBER("profiles.delay", GSI_DURATION, profiles_delay_ms, 0, HOUR, "5s",
           "A profile counts for events that are at least this much later; the time that a profile "
           "may take to arrive."),
    NUMBER("clean.dedupe_window", GSI_DURATION, dedupe_window_ms, SECOND, 24 * HOUR, "2m",
           "An event_id that comes again within one to two of these, in event time, is a "
           "duplicate."),
    NUMBER("clean.dedupe_capacity", GSI_INT, dedupe_capacity, 1024, GS_DEDUPE_CAPACITY_MAX,
           "1048576",
           "Event ids per partition and dedupe_window; when there are more, the window gets "
           "shorter."),
    CHOICE("clean.rules", clean_rules, "off", "off|on",
           "on: comments are judged, and each cell says how many were dropped for which reason. "
           "off: every comment counts, and nothing of what follows matters."),
    ACTION(URL, "url", "A link that does not lead to clean.allowed_domains."),
    ACTION(SHORTENER, "shortener", "Such a link whose host hides where it leads."),
    ACTION(PHONE, "phone", "A telephone number; see clean.phone.digits."),
    ACTION(CONTACT, "contact", "An e-mail address, or a phrase of clean.lists.contact."),
    ACTION(PROMO, "promo", "A phrase of clean.lists.promo."),
    ACTION(MENTION_ONLY, "mention_only", "Nothing but mentions."),
    ACTION(EMOJI_ONLY, "emoji_only", "Nothing but emoji and mentions."),
    ACTION(GENERIC, "generic", "The whole text is a phrase of clean.lists.generic."),
    ACTION(CHAR_FLOOD, "char_flood", "A character or word over and over; see clean.char_flood."),
    ACTION(LANG_OTHER, "lang_other", "A text in a language that sentiment.lexicons does not have."),
    ACTION(PROFANITY, "profanity", "A phrase of clean.lists.profanity."),
    ACTION(COPYPASTA, "copypasta", "One text by many, or twice by one; see clean.copies."),
    ACTION(BURST, "burst", "Many comments of one actor in a short time; see clean.burst."),
    GS_REASONS(WEIGHT) /**/
    FILE_OF(CONTACT, "contact", "Phrases that give the reason contact."),
    FILE_OF(PROMO, "promo", "Phrases that give the reason promo."),
    FILE_OF(GENERIC, "generic", "Phrases that give the reason generic if they are all of a text."),
    FILE_OF(PROFANITY, "profanity",
            "Phrases that give the reason profanity; in a post they count as a risk."),
    FILE_OF(UNSAFE, "unsafe", "Phrases that count as a risk in a post."),
    FILE_OF(SHORTENERS, "shorteners", "Hosts that hide where a link leads, one in a line."),
    FILE_OF(SUFFIXES, "suffixes", "Last labels by which a domain without http:// is known."),
    LIST("clean.allowed_domains", GSI_DOMAINS, clean_domains, NULL,
         "Links to these domains and to what is below them give no reason: the brand's own shop. A "
         "list; in the environment and with --set, separated by commas."),
    NUMBER("clean.char_flood.run", GSI_INT, clean_flood_run, 3, GS_CLEAN_TEXT_BYTES_MAX, NULL,
           "So many equal characters in a row are a flood."),
    NUMBER("clean.char_flood.emoji", GSI_INT, clean_flood_emoji, 3, GS_CLEAN_TEXT_BYTES_MAX, NULL,
           "So many equal emoji in a row are one."),
    NUMBER("clean.char_flood.words", GSI_INT, clean_flood_words, 3, GS_CLEAN_TEXT_BYTES_MAX, NULL,
           "So many equal words in a row are one."),
    NUMBER("clean.phone.digits", GSI_INT, clean_phone_digits, 6, 15, NULL,
           "So many digits, written as telephone numbers are, may be one; behind a + one less."),
    NUMBER("clean.copies.window", GSI_DURATION, clean_copies_window_ms, SECOND, 24 * HOUR, NULL,
           "A text is known for one to two of these, in event time."),
    NUMBER("clean.copies.capacity", GSI_INT, clean_copies_capacity, 1024, GS_SIGHTINGS_MAX, NULL,
           "Comments per partition and clean.copies.window, up to 76 bytes each, twice; when there "
           "are more, the window gets shorter."),
    NUMBER("clean.copies.words", GSI_INT, clean_copies_words, 1, 1000, NULL,
           "Shorter texts are no copies: anybody may write `love this`."),
    NUMBER("clean.copies.authors", GSI_INT, clean_copies_authors, 2, GS_CLEAN_AUTHORS_MAX, NULL,
           "A text by so many authors is copypasta, those that came before it too."),
    NUMBER("clean.burst.window", GSI_DURATION, clean_burst_window_ms, SECOND, HOUR, NULL,
           "The time that is looked at before each comment of an actor."),
    NUMBER("clean.burst.capacity", GSI_INT, clean_burst_capacity, 1024, GS_SIGHTINGS_MAX, NULL,
           "Comments per partition and clean.burst.window, up to 48 bytes each, twice; when there "
           "are more, the window gets shorter."),
    NUMBER("clean.burst.comments", GSI_INT, clean_burst_comments, 1, GS_CLEAN_BURST_MAX, NULL,
           "More than so many in that time are a burst, from the first one too many on."),
    NUMBER("clean.burst.on_post", GSI_INT, clean_burst_on_post, 2, GS_CLEAN_BURST_MAX, NULL,
           "So many on one post in that time are a burst, too."),
    NUMBER(
        "comments.horizon", GSI_DURATION, comments_horizon_ms, SECOND, 24 * HOUR, "1h",
        "How long a comment is remembered, in event time: so long an edit replaces it, a deletion "
        "takes it back, and a repetition under another event_id is a duplicate. Later ones change "
        "nothing, and orphan_retractions counts them."),
    CHOICE(
        "sentiment.scorer", sentiment_scorer, "reference", "reference|vader+",
        "reference: VADER (Hutto and Gilbert 2014), to the fourth decimal. vader+: the same with "
        "its known defects mended, and emoji as they are used today."),
    TEXT(
        "sentiment.lexicons", GSI_LEXICONS, sentiment_lexicons, NULL,
        "Lexicon files by language, as {en: FILE, de: FILE}; English has a built-in one. "
        "Tab-separated: a word in lower case and its mean valence from -4 to 4, or what it does to "
        "others: negation, boost, dampen or but. Comments in a language without one are of class "
        "unknown."),
    TEXT("sentiment.emoji", GSI_TEXT, sentiment_emoji, NULL,
         "Emoji to use instead of the built-in ones (tab-separated): a character and its "
         "description, or for vader+ its valence."),
    NUMBER("limits.entities", GSI_INT, limits_entities, 1, 1 << 30, "16777216",
           "Entities (of all views) per task. Beyond it new ones are not counted, and "
           "entities_refused says how often."),
    NUMBER(
        "limits.comments", GSI_INT, limits_comments, 1, GS_TASK_COMMENTS_MAX, "2000000",
        "Comments per partition that are remembered for comments.horizon, about 60 bytes each. "
        "Beyond it new ones are counted but not remembered, and comments_refused says how many."),
    NUMBER("clock.idle_after", GSI_DURATION, idle_after_ms, SECOND, HOUR, "10s",
           "When every input stood at its end for this long, wall time moves the windows on."),
    NUMBER("checkpoint.interval", GSI_DURATION, checkpoint_interval_ms, 100, HOUR, "10s",
           "How often a task writes down what has changed; so much is read again after a crash. "
           "Sooner if more than 64 KiB has changed."),
    NUMBER("checkpoint.cycle", GSI_DURATION, checkpoint_cycle_ms, 10 * SECOND, 24 * HOUR, "30m",
           "Within this time what did not change is written once more, a little with each "
           "checkpoint, so that older ones are not needed. The topic must keep several of these."),
    CHOICE("checkpoint.on_gap", checkpoint_on_gap, "stop", "stop|continue",
           "An input has lost records that were never read: the partition stops and says so, or "
           "goes on without them."),
    NUMBER("drain.limit", GSI_DURATION, drain_limit_ms, SECOND, 600 * SECOND, "20s",
           "How long SIGTERM may take to write what is pending before the process ends."),
    TEXT("admin.listen", GSI_TEXT, admin_listen, "127.0.0.1:9464",
         "Where /livez, /readyz and /metrics are served. Empty: nowhere."),
    NUMBER("admin.grace", GSI_DURATION, admin_grace_ms, 0, HOUR, "30s",
           "How long Redis may be away before /readyz says so."),
    NUMBER(
        "dlq.max_ratio", GSI_RATIO, dlq_max_permille, 0, 1000, "5%",
        "More bad records than this share, of at least 1,000 of a partition within a minute, and "
        "the partition stops and says so, instead of draining a topic into the DLQ. 100%: "
        "never."),
    CHOICE("log.level", log_level, "info", "error|warn|info|debug", "How much is logged."),
    CHOICE("log.format", log_format, "logfmt", "logfmt|json", "How a line is written."),
};
const size_t gsi_config_key_count = GS_COUNT_OF(gsi_config_keys);
_Static_assert(GS_COUNT_OF(gsi_config_keys) <= GSI_KEYS_MAX, "origins have room for every key");

const struct gsi_key *gsi_config_find(struct gs_str name)
{
    for (size_t i = 0; i < gsi_config_key_count; i++)
        if (gs_str_equal(gs_str_of(gsi_config_keys[i].name), name))
            return &gsi_config_keys[i];
    return NULL;
}

bool gsi_config_is_section(struct gs_str name)
{
    for (size_t i = 0; i < gsi_config_key_count; i++)
        if (strncmp(gsi_config_keys[i].name, name.data, name.len) == 0 &&
            gsi_config_keys[i].name[name.len] == '.')
            return true;
    return false;
}

/* Levenshtein's distance of two short names. */
static uint32_t distance(struct gs_str a, const char *b)
{
    enum { MAX = 64 };
    uint32_t row[MAX + 1];
    uint32_t width = (uint32_t)strlen(b);
    if (a.len > MAX || width > MAX)
        return UINT_MAX;
    for (uint32_t j = 0; j <= width; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= a.len; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= width; j++) {
            uint32_t change = diagonal + (a.data[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = GS_MIN(change, GS_MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}

const char *gsi_config_nearest(struct gs_str name)
{
    const char *best = NULL;
    uint32_t least = 1 + name.len / 3;
    for (size_t i = 0; i < gsi_config_key_count; i++) {
        const char *full = gsi_config_keys[i].name;
        const char *dot = strrchr(full, '.');
        uint32_t d = distance(name, full);
        if (dot)
            d = GS_MIN(d, distance(name, dot + 1) + 1);
        if (d <= least) {
            least = d;
            best = full;
        }
    }
    return best;
}
