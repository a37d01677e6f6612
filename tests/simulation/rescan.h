/* rescan.h -- what the two halves of the naive reading share. */
#ifndef GS_SIMULATION_RESCAN_H
#define GS_SIMULATION_RESCAN_H

#include "simulation.h"

/* The entity of a view that a record belongs to, which is created if need be; ENTITIES_MAX: the
 * record is not in this view. */
uint32_t rescan_entity_of(struct rescan *rescan, uint8_t view, const struct gs_event *event,
                          int64_t t_ms);

#endif
