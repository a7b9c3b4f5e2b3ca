#!/usr/bin/env bash
# kill -9 of the daemon in every state of a container: running, paused, exited meanwhile, exec'd, attached, published.
. "$(dirname "$0")/lib.inc"
need docker curl
start_daemon
docker_busybox
port=$((25000 + slot))
docker_ run -d --name writer busybox sh -c 'i=0; while :; do echo line $i; i=$((i+1)); usleep 10000; done' >/dev/null
docker_ run -d --name frozen busybox sleep 1000 >/dev/null
docker_ pause frozen >/dev/null
docker_ run -d --name short busybox sh -c 'sleep 1; exit 42' >/dev/null
docker_ run -d --name gone --rm busybox sleep 1 >/dev/null
docker_ run -d --name web -p 127.0.0.1:$port:80 busybox sh -c 'mkdir /w; echo up >/w/index.html; httpd -f -h /w' >/dev/null
docker_ exec -d writer sleep 777
docker_ run -d -i --name reader busybox sh -c 'read x; echo got $x; exit 3' >/dev/null
(sleep 3; echo late) | DOCKER_HOST=unix://$socket timeout 20 docker attach reader >"$work/attached" 2>&1 &
attached=$!
wait_until 5 curl -fs "http://127.0.0.1:$port/" || fail "the published port does not answer"
pid=$(docker_ inspect -f '{{.State.Pid}}' writer)
sleep 0.5
kill_daemon
equal "$(curl -fs "http://127.0.0.1:$port/")" up "the port answers without a daemon"
sleep 1.5
start_daemon

equal "$(docker_ inspect -f '{{.State.Pid}} {{.State.Status}}' writer)" "$pid running"
equal "$(docker_ inspect -f '{{.State.Status}} {{.State.ExitCode}}' short)" "exited 42"
equal "$(docker_ inspect -f '{{.State.Status}}' frozen)" paused
refused "No such object: gone" docker_ inspect gone
docker_ unpause frozen >/dev/null
equal "$(docker_ exec frozen echo in)" in
contains "$(docker_ top writer)" "sleep 777"
wait $attached || true
contains "$(cat "$work/attached")" "got late"
equal "$(docker_ wait reader)" 3
docker_ logs writer >"$work/log"
seq 0 $(($(wc -l <"$work/log") - 1)) | sed 's/^/line /' | cmp - "$work/log" || fail "lines were lost"
[ "$(wc -l <"$work/log")" -gt 120 ] || fail "the writer did not go on"
exits 125 docker_ run --rm -p 127.0.0.1:$port:80 busybox true
contains "$output" "port is already allocated"
docker_ stop -t 0 web >/dev/null
docker_ start web >/dev/null
wait_until 5 curl -fs "http://127.0.0.1:$port/" || fail "the port does not come back"

# the shim is killed, with and without a daemon: 137, and nothing of the container stays
shim_of() { awk '/^PPid/ {print $2}' "/proc/$(docker_ inspect -f '{{.State.Pid}}' "$1")/status"; }
kill -9 "$(shim_of frozen)"
exited() { [ "$(docker_ inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1")" = "exited 137" ]; }
wait_until 10 exited frozen || fail "a dead shim was not noticed"
shim=$(shim_of writer)
kill_daemon
kill -9 "$shim"
start_daemon
wait_until 10 exited writer || fail "a shim that died without a daemon was not noticed"
gone() { ! grep -qs '^State:.*[^Z] (' "/proc/$pid/status"; } # a zombie waits for whoever is its parent now
wait_until 5 gone || fail "the process outlived its shim"
docker_ start writer >/dev/null
for c in $(docker_ ps -aq); do docker_ rm -f "$c" >/dev/null; done
