#!/usr/bin/env bash
# Goal: no script has a known trap of the shell. Method: shellcheck on all that a shell reads.
set -euo pipefail
cd "${GS_ROOT:-$(dirname "$0")/../..}"

scripts=()
while IFS= read -r file; do
    [ -f "$file" ] || continue
    case $file in
    *.sh | *.bash) scripts+=("$file") ;;
    *) if head -c 64 "$file" | grep -qaE '^#!.*\b(ba)?sh\b'; then scripts+=("$file"); fi ;;
    esac
done < <(git ls-files -co --exclude-standard)
[ "${#scripts[@]}" -gt 0 ] || { printf 'git lists no script here\n' && exit 1; }
printf 'checking %s scripts\n' "${#scripts[@]}"
shellcheck "${scripts[@]}"
