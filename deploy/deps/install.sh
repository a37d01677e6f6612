#!/usr/bin/env bash
# Installs what Groundswell needs on Debian or Ubuntu. Safe to run again; quick when all is there.
#
#   install.sh [build|run|test|all]
#     build  compiler, tools and libraries
#     run    build, and a Redis server: what the quick start needs
#     test   run, and what tests/run.sh uses: clang, cmocka, valgrind, shellcheck, Java, Maven, Go,
#            shells, and what checks manuals, units and packages
#     all    the same as test (the default)
#
# Packages come from the machine's own apt, as root or with sudo. What is on PATH already is not
# installed again. No service is started or enabled. Libraries that the distribution has only in
# older versions go into $GS_DEPS_PREFIX (build-libraries.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly CMAKE_MINIMUM=3.25 JAVA_MINIMUM=17

# Found as programs, as command:package, because many machines have them from elsewhere.
readonly BUILD_TOOLS="cc:gcc c++:g++ make:make cmake:cmake ninja:ninja-build pkg-config:pkg-config
    dpkg-source:dpkg-dev file:file"
readonly RUN_TOOLS="redis-server:redis-server redis-cli:redis-tools"
readonly TEST_TOOLS="clang:clang clang-format:clang-format clang-tidy:clang-tidy
    valgrind:valgrind shellcheck:shellcheck jq:jq curl:curl python3:python3 git:git mvn:maven
    go:golang-go zsh:zsh fish:fish man:man-db mandoc:mandoc lintian:lintian fakeroot:fakeroot
    systemd-analyze:systemd strace:strace"

readonly BUILD_PACKAGES="libc6-dev libuv1-dev libavro-dev libjansson-dev libyaml-dev libxxhash-dev
    libutf8proc-dev libmicrohttpd-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libzstd-dev
    liblz4-dev libjemalloc-dev"
readonly TEST_PACKAGES="libcmocka-dev"

say() { printf 'deps: %s\n' "$*"; }
die() {
    printf 'deps: %s\n' "$*" >&2
    exit 1
}

java_major() {
    java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;q'
}

missing_tools() { # command:package...
    local entry
    for entry in "$@"; do
        command -v "${entry%%:*}" >/dev/null || printf '%s\n' "${entry#*:}"
    done
}

missing_packages() { # package...
    local present
    present=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
        awk '$1 == "ii" { print $2 }' || true)
    comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$present" | sort -u)
}

# Sanitizers and fuzzers need clang's run-time library, whose package carries clang's version.
missing_clang_runtime() {
    local major
    compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null && return
    major=$(clang -dumpversion 2>/dev/null || apt-cache show clang | awk '/^Version:/ {
        sub(/^[0-9]*:/, "", $2); print $2; exit }')
    printf 'libclang-rt-%s-dev\n' "${major%%.*}"
}

missing_test_extras() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv\n'
    local major=0
    if command -v java >/dev/null; then major=$(java_major); fi
    [ "${major:-0}" -ge "$JAVA_MINIMUM" ] || printf 'default-jre-headless\n'
    missing_clang_runtime
}

missing() { # LEVEL
    # shellcheck disable=SC2086 # lists of words
    {
        missing_tools $BUILD_TOOLS
        missing_packages $BUILD_PACKAGES
        case $1 in run | test) missing_tools $RUN_TOOLS ;; esac
        if [ "$1" = test ]; then
            missing_tools $TEST_TOOLS
            missing_packages $TEST_PACKAGES
            missing_test_extras
        fi
    }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Runs apt-get install with no service started: maintainer scripts ask policy-rc.d first.
install_packages() { # package...
    local policy=/usr/sbin/policy-rc.d ours='' log status=0
    log=$(mktemp "${TMPDIR:-/tmp}/groundswell-apt.XXXXXX")
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 0755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get -q -o DPkg::Lock::Timeout=300 update &&
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"' \
        sh "$@" >"$log" 2>&1 </dev/null || status=$?
    [ -z "$ours" ] || as_root rm -f "$policy"
    if [ "$status" -ne 0 ]; then
        tail -n 20 "$log" >&2
        die "apt-get could not install: $* (whole log: $log)"
    fi
    rm -f "$log"
}

# Its package enables Redis for the next boot; what we start is our own, on a port of our own.
disable_redis_service() {
    command -v systemctl >/dev/null || return 0
    as_root systemctl disable --quiet redis-server 2>/dev/null || true
}

check_versions() {
    local have
    have=$(cmake --version | sed -n '1s/[^0-9]*//p')
    [ "$(printf '%s\n%s\n' "$CMAKE_MINIMUM" "$have" | sort -V | head -n 1)" = "$CMAKE_MINIMUM" ] ||
        die "cmake $have is too old: $CMAKE_MINIMUM or later is needed (Debian 12, Ubuntu 24.04)"
}

main() {
    local level=${1:-all} wanted cache=${XDG_CACHE_HOME:-$HOME/.cache}/groundswell
    case $level in
    build | run | test) ;;
    all) level='test' ;;
    *)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
        exit 64
        ;;
    esac
    command -v apt-get >/dev/null ||
        die "this is neither Debian nor Ubuntu (no apt-get): install by hand the packages that" \
            "${BASH_SOURCE[0]} lists, with librdkafka >= 2.10.0 and hiredis >= 1.2.0"

    mkdir -p "$cache"
    exec 9>"$cache/install.lock"
    flock 9 # two at once would fight over the same prefix
    mapfile -t wanted < <(missing "$level" | sort -u)
    if [ "${#wanted[@]}" -gt 0 ]; then
        [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
            die "needs root or sudo to install: ${wanted[*]}"
        say "installing ${wanted[*]}"
        install_packages "${wanted[@]}"
        [[ " ${wanted[*]} " != *" redis-server "* ]] || disable_redis_service
        mapfile -t wanted < <(missing "$level" | sort -u)
        [ "${#wanted[@]}" -eq 0 ] || die "still missing after the installation: ${wanted[*]}"
    fi
    check_versions
    "$HERE/build-libraries.sh" --check || "$HERE/build-libraries.sh"
}

main "$@"
