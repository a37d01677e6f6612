#!/usr/bin/env bash
# Goal: a header can be included alone, in C and before anything else. Method: the compiler parses
# each public header as a file of its own, with all warnings as errors.
set -euo pipefail
cd "${GS_ROOT:-$(dirname "$0")/../..}"

prefix=${GS_DEPS_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/groundswell/deps}
modules=(rdkafka-static hiredis hiredis_ssl libuv avro-c jansson yaml-0.1 libxxhash libutf8proc
    libmicrohttpd libcurl)
mapfile -t flags < <(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags "${modules[@]}" |
    xargs -n 1)
failed=0
for header in include/groundswell/*.h; do
    printf '#include "%s"\n#include "%s"\nextern int unused;\n' "$header" "$header" |
        cc -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Werror -I. -Iinclude "${flags[@]}" -x c - || {
        printf '%s does not compile alone: include in it what it uses\n' "$header"
        failed=1
    }
done
exit "$failed"
