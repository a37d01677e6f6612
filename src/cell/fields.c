/* fields.c -- what a cell may carry, by name: the source of the contract's documents. */
#include "groundswell/cell.h"

static const struct gs_cell_field fields[] = {
    {"_v", "integer", "version of the contract"},
    {"_from_ms", "integer", "start of the window, Unix ms, included"},
    {"_to_ms", "integer", "end of the window, Unix ms, not included"},
    {"_as_of_ms", "integer", "the task's event-time clock when the cell was written"},
    {"_updated_ms", "integer", "wall time of the write"},
    {"_at", "array", "next offset per input topic, in the order of meta's topics"},
    {"_task", "integer", "the task (partition) that writes the cell"},
    {"campaign_id", "string", "the campaign of a campaign view"},
    {"influencer_id", "string", "author of the post; influencer of the campaign view"},
    {"handle", "string", "from the newest profile"},
    {"platform", "string", "from the newest profile"},
    {"tier", "string", "nano, micro, mid, macro or mega, by followers"},
    {"followers", "integer", "of the newest profile, else of the last post that tells them"},
    {"posts", "integer", "posts published"},
    {"comments", "integer", "comments by others than the influencer"},
    {"clean", "integer", "comments that were not dropped"},
    {"author_replies", "integer", "comments by the influencer"},
    {"pos", "integer", "clean comments with compound >= 0.05"},
    {"neg", "integer", "clean comments with compound <= -0.05"},
    {"neu", "integer", "clean comments in between"},
    {"unk", "integer", "clean comments without a score"},
    {"likes", "integer", "likes"},
    {"dislikes", "integer", "dislikes"},
    {"shares", "integer", "shares and quotes"},
    {"saves", "integer", "saves"},
    {"views", "integer", "views"},
    {"reach", "integer", "accounts reached"},
    {"impressions", "integer", "impressions"},
    {"clicks", "integer", "clicks"},
    {"conversions", "integer", "conversions"},
    {"value_micros", "integer", "value of conversions, in 1e-6 of the currency"},
    {"platform_comments", "integer", "comments by the platform's own count"},
    {"purged", "integer", "sum of decreases of the platform's counters"},
    {"drop", "object", "comments dropped, by reason"},
    {"_late", "integer", "records that came too late for this window"},
    {"_clamped", "integer", "records whose event time lay after their record time"},
    {"engagement", "integer", "likes + comments + shares + saves"},
    {"er_followers", "number", "engagement / followers"},
    {"er_clean", "number", "(likes + shares + saves + clean) / followers"},
    {"nss", "number", "net sentiment score: (pos - neg) / (pos + neu + neg)"},
    {"polarity", "number", "(pos - neg) / (pos + neg)"},
    {"bhi", "number", "brand health index: pos / (pos + neg)"},
    {"bhi_lo", "number", "lower end of bhi's Wilson 95 % interval"},
    {"bhi_hi", "number", "upper end of bhi's Wilson 95 % interval"},
    {"noise_ratio", "number", "(comments - clean) / comments"},
    {"mean_sentiment", "number", "mean compound of scored comments, -1 to 1"},
    {"sd_sentiment", "number", "population standard deviation of the compound"},
};

const struct gs_cell_field *gs_cell_fields(size_t *count)
{
    *count = GS_COUNT_OF(fields);
    return fields;
}
