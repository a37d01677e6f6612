#!/usr/bin/env bash
# Prints the path of promtool, which checks metrics and rules as Prometheus does: the one on PATH,
# or one in the cache, built from its Go module first if need be. That takes minutes, once.
set -euo pipefail

readonly MODULE=github.com/prometheus/prometheus VERSION=v0.316.0 # that is Prometheus 3.16.0
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/groundswell
readonly CACHE

die() {
    printf 'promtool: %s\n' "$*" >&2
    exit 1
}

# Without service discovery: it would be most of the program, and nothing here asks for it.
build() { # FOLDER
    mkdir -p "$1/source"
    cd "$1/source"
    export GOTOOLCHAIN=${GOTOOLCHAIN:-auto} # a go that is too old fetches the one that it needs
    printf 'module tests\n' >go.mod
    go get "$MODULE/cmd/promtool@$VERSION"
    go build -trimpath -tags remove_all_sd -o ../promtool.new "$MODULE/cmd/promtool"
    mv ../promtool.new ../promtool
}

if command -v promtool; then
    exit 0
fi
folder=$CACHE/promtool-$VERSION
if [ ! -e "$folder/promtool" ]; then
    command -v go >/dev/null || die "neither promtool nor go is on PATH (golang-go)"
    mkdir -p "$CACHE"
    exec 9>"$folder.lock"
    flock 9
    if [ ! -e "$folder/promtool" ]; then
        printf 'promtool: building %s %s\n' "$MODULE" "$VERSION" >&2
        rm -rf "$folder"
        mkdir "$folder"
        (build "$folder") >"$folder/build.log" 2>&1 </dev/null || {
            tail -n 10 "$folder/build.log" >&2
            die "it could not be built (whole log: $folder/build.log)"
        }
    fi
    exec 9>&-
fi
printf '%s/promtool\n' "$folder"
