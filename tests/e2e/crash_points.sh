#!/usr/bin/env bash
# The daemon is killed at every named step of the engine in turn, each time in the middle of the same work. The next
# start repairs or rolls back: what is listed works, and what is not listed is gone.
. "$(dirname "$0")/lib.inc"
port=$((23000 + slot))
source=$here/../../daemon
points=$(grep -rhoE 'crash_point\("[a-z_.]+"\)' "$source/engine" "$source/volume" "$source/daemon.cc" | sed 's/.*"\(.*\)".*/\1/' | sort -u)
[ -n "$points" ] || fail "no crash points in $source"

work_on() { # what passes every step; errors are what a dying daemon gives
  rd run -d --name worker -p "127.0.0.1:$port:80" -v /tmp -v kept:/kept busybox sleep 1000
  rd exec worker true
  rd commit worker committed:1
  rd run --rm committed:1 true # the first container of an image makes its init layer
  rd stop -t 0 worker
  rd start worker
  rd rm -f -v worker
  rd rmi committed:1
} >>"$work/work.log" 2>&1

died() { ! kill -0 "$daemon_pid" 2>/dev/null; }

crash_at() { # POINT
  RUNDLET_CRASH_AT=$1 "$bin/rundletd" "${daemon_flags[@]}" >>"$work/daemon.log" 2>&1 &
  daemon_pid=$!
  answers_or_died() { died || api -f http://d/_ping; }
  wait_until 20 answers_or_died || fail "$1: the daemon neither answers nor dies"
  died || work_on || true
  wait_until 5 died || fail "$1 was never reached"
  wait "$daemon_pid" 2>/dev/null || true
  daemon_pid=
}

check_state() { # POINT
  local id status
  for id in $(rd ps -aq --no-trunc); do
    status=$(rd inspect -f '{{.State.Status}}' "$id") || fail "$1: container $id is listed and cannot be inspected"
    case $status in created | running | exited) ;; *) fail "$1: container is $status" ;; esac
    [ "$status" = running ] || continue
    equal "$(rd exec "$id" echo alive)" alive "$1: a running container takes no exec"
  done
  for id in $(rd ps -aq); do rd rm -f -v "$id" >/dev/null || fail "$1: cannot remove container $id"; done
  for id in $(rd images -q committed); do rd rmi -f "$id" >/dev/null || fail "$1: cannot remove the image"; done
  equal "$(find "$root/containers" "$exec_root/containers" "$exec_root/sandboxes" -mindepth 1 -maxdepth 1 2>/dev/null)" "" \
    "$1: left behind"
  equal "$(find "$root/volumes" -mindepth 1 -maxdepth 1 ! -name kept)" "" "$1: anonymous volumes left behind"
  equal "$(rd run --rm -p "127.0.0.1:$port:80" busybox echo fine)" fine "$1: the next container"
}

start_daemon
busybox_image
rd run -d --name seed busybox true >/dev/null # something to recover
rd wait seed >/dev/null
stop_daemon
for point in $points; do
  crash_at "$point"
  start_daemon
  check_state "$point"
  rd run -d --name seed busybox true >/dev/null
  rd wait seed >/dev/null
  stop_daemon
done
say "killed at $(wc -w <<<"$points") points"
