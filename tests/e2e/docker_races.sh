#!/usr/bin/env bash
# Many at once: runs, names that several want, kills during starts, removals during everything.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
jobs_=()
each() { for i in $(seq "$1"); do "$2" "$i" & jobs_+=($!); done; wait "${jobs_[@]}" || true; jobs_=(); }

run_one() { docker_ run --rm busybox echo "$1"; }
equal "$(each 20 run_one | sort -n | xargs)" "$(seq 20 | xargs)"

take_name() { docker_ create --name same busybox true 2>/dev/null || true; }
equal "$(each 10 take_name | wc -l)" 1
docker_ rm same >/dev/null

run_and_remove() { docker_ run -d --name same busybox sleep 1000; docker_ rm -f same; }
each 10 run_and_remove >"$work/out" 2>&1
if grep -v -e 'is already in use by container' -e 'No such container' -e "Run 'docker" -e '^$' -e '^same$' -e '^[0-9a-f]*$' \
  -e 'marked for removal' "$work/out"; then fail "an unexpected answer"; fi

start_and_kill() {
  docker_ create --name "k$1" busybox sleep 1000 >/dev/null
  docker_ start "k$1" >/dev/null 2>&1 &
  usleep $(($1 * 4000))
  docker_ kill "k$1" >/dev/null 2>&1 || true
  wait $! || true
  docker_ rm -f "k$1" >/dev/null
}
usleep() { sleep "$(printf '0.%06d' "$1")"; }
each 10 start_and_kill

quick_exit() { docker_ run --name "q$1" busybox sh -c "exit $1" || echo $?; }
equal "$(each 10 quick_exit | sort -n | xargs)" "$(seq 10 | xargs)"
for i in $(seq 10); do equal "$(docker_ rm "q$i")" "q$i"; done

docker_ run -d --name busy busybox sleep 1000 >/dev/null
exec_one() { docker_ exec busy echo "$1"; }
equal "$(each 15 exec_one | sort -n | xargs)" "$(seq 15 | xargs)"
stop_one() { docker_ stop -t 0 busy >/dev/null 2>&1; }
each 5 stop_one
equal "$(docker_ inspect -f '{{.State.Status}}' busy)" exited
docker_ rm busy >/dev/null
equal "$(docker_ ps -aq)" ""
equal "$(find "$exec_root/containers" "$exec_root/sandboxes" -mindepth 1 -maxdepth 1)" "" "run-time state"
equal "$(ls "$root/containers" | wc -l)" 0 "containers' folders"
