#!/usr/bin/env bash
# Restart policies: retries and their delays, what stop means to them, and what a daemon start does.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
state() { docker_ inspect -f '{{.State.Status}} {{.RestartCount}}' "$1"; }
is() { [ "$(state "$1")" = "$2" ]; }

docker_ run -d --name thrice --restart on-failure:3 busybox sh -c 'echo x; exit 4' >/dev/null
wait_until 10 is thrice "exited 3" || fail "on-failure:3: $(state thrice)"
equal "$(docker_ inspect -f '{{.State.ExitCode}}' thrice)" 4
equal "$(docker_ logs thrice | wc -l)" 4
docker_ run -d --name fine --restart on-failure:3 busybox true >/dev/null
wait_until 5 is fine "exited 0" || fail "success is no failure: $(state fine)"
docker_ start thrice >/dev/null
wait_until 10 is thrice "exited 3" || fail "a start by hand begins the count anew: $(state thrice)"

# delays double from 100 ms: in two seconds there is room for four restarts
docker_ run -d --name eager --restart always busybox true >/dev/null
sleep 2
count=$(docker_ inspect -f '{{.RestartCount}}' eager)
[ "$count" -ge 3 ] && [ "$count" -le 5 ] || fail "$count restarts in two seconds"
docker_ stop eager >/dev/null
count=$(docker_ inspect -f '{{.RestartCount}}' eager)
sleep 2
equal "$(state eager)" "exited $count" "a stopped container is not restarted"
docker_ rm thrice fine eager >/dev/null

# what a daemon start brings back
for policy in always unless-stopped no; do
  docker_ run -d --name "$policy" --restart $policy busybox sleep 1000 >/dev/null
  docker_ run -d --name "$policy-stopped" --restart $policy busybox sleep 1000 >/dev/null
  docker_ stop -t 0 "$policy-stopped" >/dev/null
  docker_ create --name "$policy-created" --restart $policy busybox sleep 1000 >/dev/null
done
pids=$(for c in $(docker_ ps -q); do docker_ inspect -f '{{.State.Pid}}' "$c"; done)
kill_daemon
for pid in $pids; do kill -9 "$pid"; done
sleep 0.5
start_daemon
up() { docker_ ps --format '{{.Names}}' | sort | xargs; }
all_up() { [ "$(up)" = "always always-stopped unless-stopped" ]; }
wait_until 5 all_up || fail "after a daemon start these run: $(up)"
equal "$(docker_ inspect -f '{{.State.Status}} {{.State.ExitCode}}' no)" "exited 137"
for c in $(docker_ ps -aq); do docker_ rm -f "$c" >/dev/null; done
