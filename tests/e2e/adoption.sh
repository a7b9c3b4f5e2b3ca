#!/usr/bin/env bash
# The daemon is killed with -9 while containers run: nothing stops, no line and no exit status is lost.
. "$(dirname "$0")/lib.inc"
start_daemon
busybox_image

rd run -d --name writer busybox sh -c 'i=0; while :; do echo line $i; i=$((i+1)); usleep 10000; done' >/dev/null
rd run -d --name sleeper busybox sleep 1000 >/dev/null
rd run -d --name short busybox sh -c 'sleep 1; exit 42' >/dev/null
rd run -d --name web -p 127.0.0.1:$((20000 + slot)):80 busybox sh -c 'mkdir /w; echo up >/w/index.html; httpd -f -h /w' >/dev/null
wait_until 5 curl -fs "http://127.0.0.1:$((20000 + slot))/" || fail "the published port does not answer"
writer_pid=$(rd inspect -f '{{.State.Pid}}' writer)
sleep 0.5
kill_daemon
kill -0 "$writer_pid" || fail "the writer died with the daemon"
equal "$(curl -fs "http://127.0.0.1:$((20000 + slot))/")" up "the port answers without a daemon"
sleep 2
start_daemon

equal "$(rd inspect -f '{{.State.Pid}} {{.State.Status}}' writer)" "$writer_pid running"
equal "$(rd inspect -f '{{.State.Status}} {{.State.ExitCode}}' short)" "exited 42" "an exit that happened meanwhile"
equal "$(rd ps --format '{{.Names}}' | sort | tr '\n' ' ')" "sleeper web writer "
rd logs writer >"$work/log"
seq 0 $(($(wc -l <"$work/log") - 1)) | sed 's/^/line /' >"$work/expected"
cmp "$work/log" "$work/expected" || fail "lines were lost"
[ "$(wc -l <"$work/log")" -gt 150 ] || fail "the writer did not go on: $(wc -l <"$work/log") lines"
equal "$(rd exec sleeper echo in)" in
equal "$(curl -fs "http://127.0.0.1:$((20000 + slot))/")" up
rd stop -t 1 writer sleeper web >/dev/null
equal "$(rd ps -q)" ""
rd start sleeper >/dev/null
equal "$(rd inspect -f '{{.State.Status}}' sleeper)" running
rd rm -f writer sleeper short web >/dev/null
