/* function.c -- the two functions that run inside Redis. Each is one atomic step: the guard is
 * compared and moved on together with the cells, so no writer can act on a guard that is no longer
 * there. Library and functions carry a hash of this text, so that two versions can live side by
 * side.
 *
 * take:  keys guard         args owner cluster group partitions generation token force takeover
 *        -> OK before token at as_of clean_at clean_as_of clean_meaning age refreshed
 *           | STALE | FOREIGN, their and our cluster group partitions
 * write: keys guard cell...
 *        args owner generation expect token seq at as_of clean meaning refreshed
 *             (expiry value)...
 *        -> OK failed why | EMPTY | FENCED | REGRESSED
 * guard: owner cluster group partitions generation token seq at as_of written, and of the last
 *        write with clean = 1: clean_at clean_as_of clean_meaning clean_refreshed; clean = -1
 *        removes these, and so does a clean write of which a key was refused.
 *        at, refreshed: comma-separated, per input and per window; written, clean_refreshed: the
 *        server's clock in ms, age, refreshed: how long ago that is. */
#include "internal.h"

#include <stdio.h>

static const char code[] =
    "local function now()\n"
    "  local t = redis.call('TIME')\n"
    "  return t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "end\n"
    "-- times to ages, and back\n"
    "local function turned(list)\n"
    "  local ms = now()\n"
    "  return (string.gsub(list, '-?%d+', function(n) return string.format('%.0f', ms - n) end))\n"
    "end\n"
    "local function take(keys, args)\n"
    "  local owner, cluster, group, partitions, generation = unpack(args, 1, 5)\n"
    "  local token, force, takeover = args[6], args[7] == '1', args[8] == '1'\n"
    "  local g = redis.call('HMGET', keys[1], 'owner', 'cluster', 'group', 'partitions',\n"
    "                       'generation', 'token', 'at', 'as_of', 'clean_at', 'clean_as_of',\n"
    "                       'clean_meaning', 'written', 'clean_refreshed')\n"
    "  local foreign = g[1] and (g[2] ~= cluster or g[3] ~= group or g[4] ~= partitions)\n"
    "  if foreign and not takeover then\n"
    "    return {'FOREIGN', g[2] or '', g[3] or '', g[4] or '', cluster, group, partitions}\n"
    "  end\n"
    "  local other = g[1] and g[1] ~= owner and not foreign\n"
    "  if other and (tonumber(g[5]) or -1) >= tonumber(generation) and not force then\n"
    "    return {'STALE'}\n"
    "  end\n"
    "  if foreign then\n"
    "    redis.call('DEL', keys[1])\n"
    "    for i = 7, 13 do g[i] = false end\n"
    "  end\n"
    "  redis.call('HSET', keys[1], 'owner', owner, 'cluster', cluster, 'group', group,\n"
    "             'partitions', partitions, 'generation', generation, 'token', token)\n"
    "  local before = not g[1] and 'NOBODY' or g[1] == owner and 'SELF' or 'OTHER'\n"
    "  local written = tonumber(g[12] or '')\n"
    "  return {'OK', before, g[6] or '', g[7] or '', g[8] or '', g[9] or '', g[10] or '',\n"
    "          g[11] or '', written and string.format('%.0f', now() - written) or '',\n"
    "          turned(g[13] or '')}\n"
    "end\n"
    "local function write(keys, args)\n"
    "  local g = redis.call('HMGET', keys[1], 'owner', 'generation', 'token')\n"
    "  if not g[1] then return {'EMPTY'} end\n"
    "  if g[1] ~= args[1] or g[2] ~= args[2] then return {'FENCED'} end\n"
    "  if g[3] ~= args[3] then return {'REGRESSED'} end\n"
    "  local failed, why = 0, ''\n"
    "  for i = 2, #keys do\n"
    "    local expiry, value = args[7 + 2 * i], args[8 + 2 * i]\n"
    "    local reply\n"
    "    if value == '' then reply = redis.pcall('DEL', keys[i])\n"
    "    else reply = redis.pcall('SET', keys[i], value, 'PX', expiry) end\n"
    "    if type(reply) == 'table' and reply.err then failed, why = failed + 1, reply.err end\n"
    "  end\n"
    "  redis.call('HSET', keys[1], 'token', args[4], 'seq', args[5], 'at', args[6],\n"
    "             'as_of', args[7], 'written', now())\n"
    "  if args[8] == '1' and failed == 0 then\n"
    "    redis.call('HSET', keys[1], 'clean_at', args[6], 'clean_as_of', args[7],\n"
    "               'clean_meaning', args[9], 'clean_refreshed', turned(args[10]))\n"
    "  elseif args[8] ~= '0' then\n"
    "    redis.call('HDEL', keys[1], 'clean_at', 'clean_as_of', 'clean_meaning',\n"
    "               'clean_refreshed')\n"
    "  end\n"
    "  return {'OK', failed, why}\n"
    "end\n";

void gsi_sink_functions(struct gsi_functions *functions)
{
    uint64_t hash = gs_hash64(code, sizeof code - 1, 0);
    struct gs_buf *text = &functions->code;
    unsigned long long h = (unsigned long long)hash;
    text->len = 0;
    gs_buf_printf(text, "#!lua name=groundswell_%016llx\n", h);
    gs_buf_add_text(text, code);
    gs_buf_printf(text, "redis.register_function('gs_take_%016llx', take)\n", h);
    gs_buf_printf(text, "redis.register_function('gs_write_%016llx', write)\n", h);
    snprintf(functions->library, sizeof functions->library, "groundswell_%016llx", h);
    snprintf(functions->take, sizeof functions->take, "gs_take_%016llx", h);
    snprintf(functions->write, sizeof functions->write, "gs_write_%016llx", h);
}
