/* score_json.c -- a line for programs. */
#include "score.h"

#include <inttypes.h>

const char *gsi_class_name(uint8_t class)
{
    static const char *const names[] = {[GS_CLASS_POSITIVE] = "positive",
                                        [GS_CLASS_NEGATIVE] = "negative",
                                        [GS_CLASS_NEUTRAL] = "neutral",
                                        [GS_CLASS_UNKNOWN] = "unknown"};
    return names[class];
}

const char *gsi_verdict_name(uint8_t action)
{
    static const char *const names[] = {[GS_VERDICT_KEEP] = "keep",
                                        [GS_VERDICT_DOWNWEIGHT] = "downweight",
                                        [GS_VERDICT_DROP] = "drop"};
    return names[action];
}

void gsi_add_decimal(struct gs_buf *out, int64_t value, int decimals)
{
    char digits[24];
    int at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (int i = 0; i <= decimals || rest; i++) {
        if (i == decimals && i)
            digits[--at] = '.';
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (value < 0)
        digits[--at] = '-';
    gs_buf_add(out, digits + at, sizeof digits - (size_t)at);
}

static void add_reasons(struct gs_buf *out, const struct gsi_scored *scored, uint32_t reasons)
{
    const char *before = "\"";
    if (scored->is_self)
        gs_buf_add_text(out, "\"self\"");
    for (; reasons; reasons &= reasons - 1) {
        gs_buf_add_text(out, before);
        gs_buf_add_text(out, gs_reason_name((enum gs_reason)__builtin_ctz(reasons)));
        gs_buf_add_text(out, "\"");
        before = ",\"";
    }
}

void gsi_score_json(struct gs_buf *out, const struct gsi_scored *scored,
                    const struct gs_clean_verdict *verdict)
{
    gs_buf_add_text(out, "{\"neg\":");
    gsi_add_decimal(out, scored->neg_1e3, 3);
    gs_buf_add_text(out, ",\"neu\":");
    gsi_add_decimal(out, scored->neu_1e3, 3);
    gs_buf_add_text(out, ",\"pos\":");
    gsi_add_decimal(out, scored->pos_1e3, 3);
    gs_buf_add_text(out, ",\"compound\":");
    gsi_add_decimal(out, scored->compound_1e4, 4);
    gs_buf_add_text(out, ",\"class\":\"");
    gs_buf_add_text(out, gsi_class_name(scored->class));
    gs_buf_add_text(out, "\",\"verdict\":\"");
    gs_buf_add_text(out, gsi_verdict_name(verdict->action));
    gs_buf_add_text(out, "\",\"reasons\":[");
    add_reasons(out, scored, verdict->reasons);
    gs_buf_add_text(out, "],\"quality\":");
    gsi_add_decimal(out, (verdict->quality * 10000 + 128) / 256, 4);
    if (scored->is_read)
        gs_buf_printf(out,
                      ",\"words\":%" PRIu32 ",\"normal_hash\":\"%016" PRIx64 "%016" PRIx64 "\"",
                      scored->words, scored->hash.high, scored->hash.low);
    gs_buf_add_text(out, "}\n");
}
