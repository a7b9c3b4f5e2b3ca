#!/usr/bin/env bash
# Every verb of rundlet has a manual page, every flag stands in its page, and every page is clean roff.
. "$(dirname "$0")/lib.inc"

# Names of the flags that the help shows: `…, 'x', "name", "what it does"`. Those without help are aliases or refused.
verb_flags() { # FILE…
  cat "$@" | tr '\n' ' ' | grep -oE "[{,] *('.'|0), \"[a-z-]+\", *\"[^\"]" | sed -E 's/.*, "([a-z-]+)".*/\1/' || true
}
cli11_flags() { grep -oE '"(-[A-Za-z],)?--[a-z-]+' "$1" | sed 's/.*--//' || true; }

# FILE NAME…: which flags are missing from the page.
missing_from() {
  local page=$1 flag
  shift
  [ -f "$page" ] || { echo "$page:1: there is no such page"; return; }
  for flag in "$@"; do
    grep -qF -- "\\-\\-${flag//-/\\-}\\fR" "$page" || echo "$page:1: --$flag is not in it"
  done
}

verbs() {
  local source verb files
  for source in cli/commands/*.cc; do
    verb=$(basename "$source" .cc)
    files=("$source")
    case $verb in run | create) files+=(cli/options/container_flags.cc cli/options/create_options.cc) ;; esac
    mapfile -t flags < <(verb_flags "${files[@]}")
    missing_from "man/rundlet-$verb.1" "${flags[@]}"
  done
}

programs() {
  mapfile -t flags < <(verb_flags cli/args.cc)
  missing_from man/rundlet.1 "${flags[@]}"
  mapfile -t flags < <(cli11_flags daemon/args.cc)
  missing_from man/rundletd.8 "${flags[@]}"
  mapfile -t flags < <(cli11_flags runtime/args.cc)
  missing_from man/rundlet-oci.8 "${flags[@]}"
}

references() {
  grep -noE 'rundlet[a-z\\-]*(\\fR| )\([0-9]\)' man/* | while IFS=: read -r file line text; do
    page=$(sed -E 's/\\fR//; s/\\//g; s/ //; s/\(([0-9])\)/.\1/' <<<"$text")
    [ -f "man/$page" ] || echo "$file:$line: there is no page $page"
  done
}

roff() {
  command -v groff >/dev/null || return 0
  local page
  for page in man/*; do groff -man -Tutf8 -ww -z "$page" 2>&1; done
}

{ verbs; programs; references; roff; } | report
