#!/usr/bin/env bash
# Builds the libraries that the distribution has only in versions too old for us, from the
# distribution's own source packages, into a cached prefix outside the tree.
#
#   build-libraries.sh          builds what is missing or of another version
#   build-libraries.sh --check  exit status only: is everything there?
#
# apt fetches and verifies the sources. Its own lists and configuration stay untouched: the newer
# releases are known only to a private list in a scratch folder, whose base address is the one that
# this machine's apt uses already.
set -euo pipefail

readonly RDKAFKA_VERSION=2.14.2 # shipped and tested
readonly RDKAFKA_MINIMUM=2.10.0 # before it a commit during a rebalance can lose the assignment
readonly HIREDIS_VERSION=1.2.0  # the first with TLS and an adapter that reports poll errors
readonly RECIPE=6               # raise it when the way of building changes

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly PREFIX=${GS_DEPS_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/groundswell/deps}
SCRATCH=

say() { printf 'deps: %s\n' "$*"; }
die() {
    printf 'deps: %s\n' "$*" >&2
    exit 1
}

at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# A library of the distribution will do if it is new enough and can be linked the way we do it.
system_has() { # MODULE MINIMUM
    env -u PKG_CONFIG_PATH pkg-config --exists "$1 >= $2"
}

stamp_of() { # NAME
    local version=$RDKAFKA_VERSION
    [ "$1" = hiredis ] && version=$HIREDIS_VERSION
    # shellcheck source=/dev/null
    printf '%s %s recipe %s on %s\n' "$1" "$version" "$RECIPE" \
        "$(. /etc/os-release && printf '%s %s' "$ID" "${VERSION_ID:-rolling}") $(uname -m)"
}

is_built() { # NAME MODULE...
    local name=$1 stamp=
    shift
    [ -r "$PREFIX/.stamp-$name" ] || return 1
    read -r stamp <"$PREFIX/.stamp-$name"
    [ "$stamp" = "$(stamp_of "$name")" ] || return 1
    PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig pkg-config --exists "$@"
}

has_rdkafka() {
    is_built librdkafka "rdkafka-static >= $RDKAFKA_MINIMUM" ||
        system_has rdkafka-static "$RDKAFKA_MINIMUM"
}

has_hiredis() {
    is_built hiredis "hiredis >= $HIREDIS_VERSION" "hiredis_ssl >= $HIREDIS_VERSION" ||
        { system_has hiredis "$HIREDIS_VERSION" && system_has hiredis_ssl "$HIREDIS_VERSION"; }
}

apt_private() { # apt-get or apt-cache, arguments
    "$1" -c "$SCRATCH/apt.conf" "${@:2}"
}

# Prepares apt to see the source packages of newer releases, in the scratch folder only.
private_apt() {
    local id base keyring='' suites components=main suite
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && printf '%s' "$ID")
    # shellcheck disable=SC2016 # apt-get expands these
    base=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 !~ /Security/ && !seen { print $NF; seen = 1 }')
    [ -n "$base" ] || die "apt knows no package archive: check /etc/apt/sources.list*"
    suites="testing unstable"
    if [ "$id" = ubuntu ]; then
        suites=devel
        components="main universe"
    fi
    [ -r "/usr/share/keyrings/$id-archive-keyring.gpg" ] &&
        keyring="[signed-by=/usr/share/keyrings/$id-archive-keyring.gpg]"
    mkdir -p "$SCRATCH/lists/partial" "$SCRATCH/cache/archives/partial"
    for suite in $suites; do
        printf 'deb-src %s %s %s %s\n' "$keyring" "$base" "$suite" "$components"
    done >"$SCRATCH/sources.list"
    # Hooks are cleared because those of container images empty the shared package cache, under
    # the feet of an apt-get that may be installing at this moment.
    cat >"$SCRATCH/apt.conf" <<CONF
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
Dir::Etc::sourcelist "$SCRATCH/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$SCRATCH/lists";
Dir::Cache "$SCRATCH/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
CONF
    apt_private apt-get -q update >"$SCRATCH/update.log" 2>&1 ||
        die "apt cannot read the source lists: $(tail -n 3 "$SCRATCH/update.log")"
}

# Prints the version of NAME to take: WANTED if it is to be had, else the newest that is at least
# MINIMUM.
choose_version() { # NAME WANTED MINIMUM
    local all newest
    all=$(apt_private apt-cache showsrc "$1" | awk '/^Version:/ { print $2 }' | sort -V)
    newest=$(printf '%s\n' "$all" | grep -E "^$2-" | tail -n 1 || true)
    [ -n "$newest" ] || newest=$(printf '%s\n' "$all" | tail -n 1)
    at_least "${newest%-*}" "$3" ||
        die "no source package of $1 >= $3 in the archive that apt uses (newest: ${newest:-none})"
    printf '%s\n' "$newest"
}

# Fetches and unpacks into $SCRATCH/NAME. Debian's patches are skipped: they take out bundled parts
# that older releases do not have as packages.
fetch() { # NAME WANTED MINIMUM
    local version
    version=$(choose_version "$1" "$2" "$3")
    say "fetching the source of $1 $version"
    (cd "$SCRATCH" && apt_private apt-get -q source --download-only "$1=$version") \
        >"$SCRATCH/$1.log" 2>&1 || die "fetching $1 failed: $(tail -n 3 "$SCRATCH/$1.log")"
    dpkg-source --skip-patches -x "$SCRATCH/$1_${version#*:}.dsc" "$SCRATCH/$1" \
        >>"$SCRATCH/$1.log" 2>&1 || die "unpacking $1 failed: $(tail -n 3 "$SCRATCH/$1.log")"
}

logged() { # NAME command...
    "${@:2}" >>"$SCRATCH/$1.log" 2>&1 || {
        tail -n 30 "$SCRATCH/$1.log" >&2
        die "building $1 failed"
    }
}

# Static and position independent: the program carries its own copy and needs nothing at run time.
# Kerberos is left out; PLAIN, SCRAM and OAUTHBEARER (with OIDC, hence curl) need no Cyrus SASL.
build_rdkafka() {
    fetch librdkafka "$RDKAFKA_VERSION" "$RDKAFKA_MINIMUM"
    cd "$SCRATCH/librdkafka"
    # Each says what it mends. Another release has it already, or needs a patch of its own.
    for patch in "$HERE/librdkafka-$RDKAFKA_VERSION"-*.patch; do
        if patch -p1 --forward --dry-run <"$patch" >/dev/null 2>&1; then
            logged librdkafka patch -p1 --forward <"$patch"
        else
            say "$(basename "$patch") does not fit this source and is left out"
        fi
    done
    say "building librdkafka (about a minute)"
    logged librdkafka ./configure --prefix="$PREFIX" --no-download --disable-debug-symbols \
        --disable-gssapi --enable-ssl --enable-zlib --enable-zstd --enable-lz4-ext --enable-curl \
        --CFLAGS='-g1 -fno-omit-frame-pointer'
    logged librdkafka make -C src -j "$(nproc)" librdkafka.a librdkafka-static.a rdkafka-static.pc
    # CMake takes a bare path in Libs for an option and puts it before the objects that need it.
    sed -i 's|[^ ]*/librdkafka\.a|-lrdkafka|' src/rdkafka-static.pc
    mkdir -p "$PREFIX/include/librdkafka" "$PREFIX/lib/pkgconfig"
    install -m 0644 src/rdkafka.h src/rdkafka_mock.h "$PREFIX/include/librdkafka/"
    install -m 0644 src/librdkafka.a "$PREFIX/lib/"
    install -m 0644 src/rdkafka-static.pc "$PREFIX/lib/pkgconfig/"
}

# Writes our own pkg-config files: hiredis's name what a static link needs as private, which a
# build that links everything else dynamically does not ask for.
write_hiredis_pc() { # VERSION
    local common="prefix=$PREFIX
libdir=\${prefix}/lib
includedir=\${prefix}/include
Version: $1"
    cat >"$PREFIX/lib/pkgconfig/hiredis.pc" <<PC
$common
Name: hiredis
Description: Redis client (static)
Libs: -L\${libdir} -lhiredis
Cflags: -I\${includedir} -I\${includedir}/hiredis -D_FILE_OFFSET_BITS=64
PC
    cat >"$PREFIX/lib/pkgconfig/hiredis_ssl.pc" <<PC
$common
Name: hiredis_ssl
Description: TLS for the Redis client (static)
Requires: openssl
Libs: -L\${libdir} -lhiredis_ssl -lhiredis -lssl -lcrypto
Cflags: -I\${includedir} -I\${includedir}/hiredis
PC
}

build_hiredis() {
    local version part
    fetch hiredis "$HIREDIS_VERSION" "$HIREDIS_VERSION"
    say "building hiredis"
    cd "$SCRATCH/hiredis"
    logged hiredis make -j "$(nproc)" static USE_SSL=1 WARNINGS=-w \
        OPTIMIZATION='-O2 -fno-omit-frame-pointer' DEBUG_FLAGS=-g1
    mkdir -p "$PREFIX/include/hiredis/adapters" "$PREFIX/lib/pkgconfig"
    install -m 0644 hiredis.h hiredis_ssl.h async.h read.h sds.h alloc.h sockcompat.h \
        "$PREFIX/include/hiredis/"
    install -m 0644 adapters/libuv.h "$PREFIX/include/hiredis/adapters/"
    install -m 0644 libhiredis.a libhiredis_ssl.a "$PREFIX/lib/"
    for part in MAJOR MINOR PATCH; do
        version=${version:+$version.}$(awk -v n="HIREDIS_$part" '$2 == n { print $3 }' hiredis.h)
    done
    write_hiredis_pc "$version"
}

# A library counts as built only after a program has been linked with it and has run.
try_link() { # NAME MODULE CALL HEADER...
    local flags
    flags=$(PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig pkg-config --cflags --libs "$2")
    {
        printf '#include <%s>\n' stdio.h "${@:4}"
        printf 'int main(void) { return !(%s); }\n' "$3"
    } >"$SCRATCH/try.c"
    # shellcheck disable=SC2086 # the flags are words
    logged "$1" cc -o "$SCRATCH/try" "$SCRATCH/try.c" $flags -lpthread
    logged "$1" "$SCRATCH/try"
    stamp_of "$1" >"$PREFIX/.stamp-$1"
}

main() {
    if [ "${1:-}" = --check ]; then
        has_rdkafka && has_hiredis
        return
    fi
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/groundswell-deps.XXXXXX")
    trap 'rm -rf "$SCRATCH"' EXIT
    mkdir -p "$PREFIX"
    has_rdkafka && has_hiredis && return
    private_apt
    if ! has_hiredis; then
        rm -f "$PREFIX/.stamp-hiredis"
        (build_hiredis)
        try_link hiredis hiredis_ssl \
            'redisInitOpenSSL() == REDIS_OK && redisCreateSSLContext(0, 0, 0, 0, 0, 0)' \
            hiredis/hiredis.h hiredis/hiredis_ssl.h
    fi
    if ! has_rdkafka; then
        rm -f "$PREFIX/.stamp-librdkafka"
        (build_rdkafka)
        try_link librdkafka rdkafka-static 'rd_kafka_version() >= 0x020a00ff' librdkafka/rdkafka.h
    fi
    say "libraries are in $PREFIX"
}

main "$@"
