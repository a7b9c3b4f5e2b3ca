#!/usr/bin/env bash
# A file has at most 400 lines, a function at most 60, and half of all functions have at most 10.
# A function is found by its braces: a `{` whose statement has a parameter list, at namespace or class level. Strings,
# comments and preprocessor lines are left out. Lambdas count as part of the function around them.
# `sizes.sh --list` prints every function's length instead.
. "$(dirname "$0")/lib.inc"
list=0
[ "${1:-}" != --list ] || list=1

long_files() {
  find "${folders[@]}" tests scripts .ci cmake -type f \( -name '*.cc' -o -name '*.h' -o -name '*.sh' -o -name '*.inc' \
    -o -name '*.cmake' -o -path 'scripts/*' -o -path '.ci/*' \) | LC_ALL=C sort | xargs wc -l |
    awk '$2 != "total" && $1 > 400 { print $2 ":401: the file has " $1 " lines, 400 is the limit" }'
}

functions() {
  find "${folders[@]}" tests -type f \( -name '*.cc' -o -name '*.h' \) | LC_ALL=C sort | xargs awk -v list=$list '
function finish_file() {
  if (file != "" && depth != 0) print file ":1: braces do not match: tests/lint/sizes.sh cannot read this file"
}
# What a brace opens, told by the statement before it: n namespace, t type, f function, o anything else.
function kind_of(statement,    bare) {
  if (statement ~ /(^|[^A-Za-z0-9_])namespace([^A-Za-z0-9_]|$)|extern ""/) return "n"
  bare = statement
  gsub(/operator *(==|!=|<=>|<=|>=|=|<|>|\(\))/, "operator", bare)
  while (gsub(/\([^()]*\)/, "#", bare)) {}  # parameter lists
  if (bare ~ /=/) return "o"
  if (bare ~ /#/) return "f"
  if (bare ~ /(^|[^A-Za-z0-9_])(class|struct|union|enum)([^A-Za-z0-9_]|$)/) return "t"
  return "o"
}
function open_brace() {
  outer = depth == 0 ? "n" : kinds[depth]
  ++depth
  kinds[depth] = outer ~ /[nt]/ ? kind_of(text) : "o"
  starts[depth] = kinds[depth] == "f" ? begun : 0
  text = ""
}
function close_brace(    size) {
  if (depth == 0) return
  if (kinds[depth] == "f") {
    size = FNR - starts[depth] + 1
    if (list) print size, FILENAME ":" starts[depth]
    else if (size > 60) print FILENAME ":" starts[depth] ": the function has " size " lines, 60 is the limit"
    if (FILENAME !~ /^tests\//) { ++count[size]; ++functions }
  }
  --depth
  text = ""
}
# Raw strings, then strings, characters and comments, emptied.
function strip(line,    at, rest) {
  if (raw) {
    at = index(line, raw)
    if (!at) return ""
    line = "\"\"" substr(line, at + length(raw)); raw = ""
  }
  while (match(line, /R"[A-Za-z_]*\(/)) {
    raw = ")" substr(line, RSTART + 2, RLENGTH - 3) "\""
    rest = substr(line, RSTART + RLENGTH)
    line = substr(line, 1, RSTART - 1) "\"\""
    at = index(rest, raw)
    if (!at) break
    line = line substr(rest, at + length(raw))
    raw = ""
  }
  gsub(/\\./, "", line)
  gsub(/"[^"]*"/, "\"\"", line)
  gsub(/\047[^\047]\047|\047\047/, "0", line)
  sub(/\/\/.*/, "", line)
  return line
}
FNR == 1 { finish_file(); file = FILENAME; depth = 0; text = ""; raw = ""; continued = 0 }
!raw && (continued || /^[ \t]*#/) { continued = /\\$/; next }
{
  line = strip($0)
  while (match(line, /[{};]/)) {
    mark = substr(line, RSTART, 1)
    piece = substr(line, 1, RSTART - 1)
    if (piece !~ /^[ \t]*$/ && text ~ /^[ \t]*$/) begun = FNR
    text = text " " piece
    line = substr(line, RSTART + 1)
    if (mark == "{") open_brace()
    else if (mark == "}") close_brace()
    else text = ""
  }
  if (line !~ /^[ \t]*$/ && text ~ /^[ \t]*$/) begun = FNR
  text = text " " line
  if (text ~ /^[ \t]*(public|private|protected):[ \t]*$/) text = ""
}
END {
  finish_file()
  if (list) exit
  for (size = 1; size <= 1000 && 2 * seen < functions; ++size) seen += count[size]
  if (size - 1 > 10) print "tests/lint/sizes.sh:1: the median of " functions " functions is " size - 1 " lines, 10 is the limit"
}'
}

if [ $list = 1 ]; then
  functions | sort -n
else
  { long_files; functions; } | report
fi
