/* ablation.h -- included before everything else in the build whose rooms can be weakened: one rule
 * of the protocol is left out, and the simulator must notice. A hook is `if (GS_ABLATED(RULE))`; in
 * the product it is the constant false. */
#ifndef GS_ABLATION_H
#define GS_ABLATION_H

/* X(RULE, of how many schedules one goes wrong at least, what is done instead) */
#define GS_ABLATIONS(X)                                                                            \
    X(DUPLICATE_DELIVERY, "a record that is delivered twice is folded twice")                      \
    X(MEMORY_AS_OF, "memories expire, and records are late, by as_of")                             \
    X(SPREAD_AS_OF, "the growth of a snapshot is spread up to as_of")                              \
    X(SHORT_MEMORY, "the memory of event ids takes in what is accepted only")                      \
    X(SHORT_MEMORY_LOST, "the memory of event ids is not restored")                                \
    X(LATE_VERDICT, "a comment that turns out to be a copy stays counted")                         \
    X(SIGHTINGS_KNOWN, "copies and bursts are not asked of a comment that is known already")       \
    X(SIGHTINGS_DROPPED, "copies and bursts do not take in what its text alone drops")             \
    X(SIGHTINGS_LOST, "the memories of copies and bursts are not restored")                        \
    X(SIGHTINGS_FAILED, "the sightings of a failed cut do not count as new again")                 \
    X(QUALITY, "the quality of a comment is not in the cut")                                       \
    X(ZERO_PANE, "a pane that became zero is not in the cut")                                      \
    X(TOMBSTONE, "a comment that was deleted is not in the cut")                                   \
    X(FAILED_CUT, "what a failed cut took does not count as changed again")                        \
    X(FAILED_NAMES, "what a failed cut named is not named again")                                  \
    X(CUT_NUMBER, "the number of a failed cut is used again, and nobody looks twice")              \
    X(BARRIER_H, "as_of stands for the H of every input")                                          \
    X(BARRIER_R, "the barrier holds no R")                                                         \
    X(CYCLE_EARLY, "ancestors leave the lineage before the cycle has come round")                  \
    X(CYCLE_UNACKED, "the cycle counts cuts that failed")                                          \
    X(CYCLE_NAMES, "what was named before a cycle is not named again after it")                    \
    X(PARTS, "a cut that lacks parts is taken for whole")                                          \
    X(CHAIN, "a hole in a lineage is not noticed")                                                 \
    X(LINEAGE_ORDER, "entries are read in the order of the log")                                   \
    X(LINEAGE, "all records below the barrier are read")                                           \
    X(EXPIRY_BY_H, "panes expire by H at restore, not by the barrier's as_of")                     \
    X(TOKEN, "Redis does not compare the token")                                                   \
    X(TOKEN_REUSED, "a batch leaves the token that it found")                                      \
    X(TAKE_KNOWN, "a takeover's token counts as sent before its reply was read")                   \
    X(UNKNOWN_TOKEN, "an unknown token is taken for the last one")                                 \
    X(CLEAN_IGNORED, "a new owner writes only what its replay touches, whatever Redis holds")      \
    X(CLEAN_TRUSTED, "every batch says that all is clean")                                         \
    X(CLEAN_SUM, "the offsets up to which all is clean are compared by their sum")                 \
    X(CLEAN_AS_OF, "the clock up to which all is clean is not compared")                           \
    X(CLEAN_AGE, "an old guard is believed that all is clean")                                     \
    X(CLEAN_REFRESHED, "that all is clean is believed however long ago cells were written")        \
    X(REPLAY_PASSES, "what the replay cannot add anywhere marks nothing")                          \
    X(HOLD, "nothing is held back")                                                                \
    X(HOLD_SUM, "offsets are compared by their sum")                                               \
    X(GUARD_AS_OF, "as_of does not go on from the guard's")                                        \
    X(LETTERS, "a barrier is not held back for letters to the DLQ")

enum gs_ablation {
    GS_ABLATION_NONE,
#define X(rule, text) GS_ABLATION_##rule,
    GS_ABLATIONS(X)
#undef X
        GS_ABLATION_COUNT
};
extern enum gs_ablation gs_ablation;
#define GS_ABLATED(rule) (gs_ablation == GS_ABLATION_##rule)

#endif
