#!/usr/bin/env bash
# Every shell script of the tree is clean under shellcheck.
. "$(dirname "$0")/lib.inc"
command -v shellcheck >/dev/null || { echo "shellcheck is not installed: skipped" >&2; exit 77; }

find scripts .ci tests examples -type f ! -name '*.md' | LC_ALL=C sort | while read -r file; do
  IFS= read -r first <"$file" || continue
  case $file:$first in *:'#!'*sh|*.sh:*|*.inc:*) printf '%s\n' "$file" ;; esac
done | xargs shellcheck -x -P SCRIPTDIR -s bash -S warning -f gcc 2>&1 | report
