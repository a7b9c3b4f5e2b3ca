#!/usr/bin/env bash
# `run` in its plain forms: output, exit codes, options of the process and its surroundings.
. "$(dirname "$0")/lib.inc"
start_daemon
busybox_image

equal "$(rd run --rm busybox echo hello)" hello
status=0; rd run --rm busybox sh -c 'exit 7' || status=$?
equal $status 7 "the container's exit code"
status=0; rd run --rm busybox no-such-program 2>"$work/err" || status=$?
equal $status 127
contains "$(cat "$work/err")" "executable file not found in \$PATH"
status=0; rd run --rm busybox /etc/passwd 2>"$work/err" || status=$?
equal $status 126
contains "$(cat "$work/err")" "permission denied"
status=0; rd run --rm no-such-image:1 true 2>"$work/err" || status=$?
equal $status 125
status=0; rd run --no-such-flag busybox true 2>"$work/err" || status=$?
equal $status 125
contains "$(cat "$work/err")" "no-such-flag"

equal "$(rd run --rm -e A=1 -e B=2 busybox sh -c 'echo $A$B')" 12
equal "$(rd run --rm -w /tmp/deep/er busybox pwd)" /tmp/deep/er
equal "$(rd run --rm -u nobody busybox id -u)" 65534
equal "$(rd run --rm -u 123:456 busybox sh -c 'echo $(id -u):$(id -g)')" 123:456
refused "unable to find user ghost" rd run --rm -u ghost busybox true
equal "$(rd run --rm --hostname cask busybox hostname)" cask
equal "$(rd run --rm --entrypoint echo busybox from entrypoint)" "from entrypoint"
equal "$(echo piped | rd run --rm -i busybox cat)" piped
equal "$(rd run --rm busybox sh -c 'echo out; echo err >&2' 2>/dev/null)" out
equal "$(rd run --rm busybox sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" err

# -d gives the id, the name is kept, a second one of that name is refused
id=$(rd run -d --name one busybox sleep 1000)
equal ${#id} 64
refused 'The container name "/one" is already in use' rd run -d --name one busybox true
equal "$(rd ps --format '{{.Names}} {{.Image}}')" "one busybox"
rd rename one uno
equal "$(rd inspect -f '{{.Name}}' uno)" /uno
refused "stop the container before removing" rd rm uno
rd rm -f uno >/dev/null
equal "$(rd ps -aq)" ""

# --rm leaves nothing
rd run --rm --name gone busybox true
equal "$(rd ps -aq)" ""
