#!/usr/bin/env bash
# Header discipline: the expensive headers stay in the few files that need them (docs/architecture.md, "Build time").
. "$(dirname "$0")/lib.inc"

# Which source may include what: the heavy header, then the files that may.
heavy() {
  { includes '<'; includes '"'; } | awk -F: '
  BEGIN {
    only("^nlohmann/", "^base/codec/json\\.(h|cc)$", "nlohmann/json only through base/codec/json.h")
    only("^base/codec/json\\.h$",
         "^base/codec/|_json\\.cc$|_describe\\.h$|^cli/format/(json|go_template[a-z_]*)\\.(cc|h)$",
         "json.h only in *_json.cc and codec files")
    only("_describe\\.h$", "_json\\.cc$|_describe\\.h$", "a *_describe.h brings json.hpp: *_json.cc files only")
    only("^cli/format/go_template_functions\\.h$", "^cli/format/go_template[a-z_]*\\.cc$",
         "brings json.hpp: the template files only")
    only("^CLI/", "(^|/)args\\.cc$", "CLI11 only in one args.cc per program")
    only("^boost/", "^base/http/[a-z_]+\\.cc$", "Boost only in base/http/*.cc")
    only("^sqlite3\\.h$", "^base/db/", "SQLite only in base/db")
    only("^curl/", "^(registry-client|builder/ops)/[a-z_]+\\.(cc|h)$", "libcurl only in registry-client and builder/ops")
    only("^archive", "^base/codec/", "libarchive only in base/codec")
    only("^(openssl|zstd|isa-l|zlib|lzma|bzlib)", "^base/", "hashes, compression and TLS only in base")
    only("^(libmnl|libnftnl|libnl3?|netlink)/", "^base/net/", "netlink only in base/net")
    only("^seccomp\\.h$", "^runtime/isolation/", "libseccomp only in runtime/isolation")
    only("^(regex|iostream|filesystem|bits/stdc\\+\\+\\.h)$", "^$", "costs too much to compile")
  }
  function only(header, files, why) { ++rules; heavy[rules] = header; may[rules] = files; reason[rules] = why }
  { for (i = 1; i <= rules; ++i) if ($3 ~ heavy[i] && $1 !~ may[i]) print $1 ":" $2 ": <" $3 ">: " reason[i] }'
}

# Every header starts with #pragma once, after its opening comment.
once() {
  sources | grep '\.h$' | xargs awk '
    FNR == 1 { if (file && !ok) print file ":1: the first line after the opening comment is not #pragma once"
               file = FILENAME; ok = 0; decided = 0 }
    decided || /^\/\// || /^$/ { next }
    { decided = 1; ok = /^#pragma once$/ }
    END { if (file && !ok) print file ":1: the first line after the opening comment is not #pragma once" }'
}

# Every .cc includes its own header first, so that every header compiles alone somewhere.
own_first() {
  local source header first
  sources | grep '\.cc$' | while read -r source; do
    header=${source%.cc}.h
    [ -f "$header" ] || continue
    first=$(grep -m1 -E '^#include' "$source" || true)
    [ "$first" = "#include \"$header\"" ] || echo "$source:1: its first include is not \"$header\""
  done
}

{ heavy; once; own_first; } | report
