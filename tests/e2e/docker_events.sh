#!/usr/bin/env bash
# Events: what is told, in which order, with which attributes; filters, since and until; while it happens.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
DOCKER_HOST=unix://$socket timeout 60 docker events --format '{{.Type}} {{.Action}}' >"$work/live" 2>&1 &
extra_pids+=($!)
sleep 0.5
docker_busybox
begin=$(date +%s.%N)
docker_ run -d --name box --label a=b busybox sleep 1000 >/dev/null
docker_ exec box true
docker_ pause box >/dev/null
docker_ unpause box >/dev/null
docker_ rename box crate
docker_ stop -t 0 crate >/dev/null
docker_ rm crate >/dev/null
docker_ tag busybox other:1
docker_ rmi other:1 >/dev/null
actions() { docker_ events --since "$begin" --until "$(date +%s.%N)" --format '{{.Action}}' "$@" | xargs; }
equal "$(actions --filter type=container)" \
  "create start exec_create: true exec_start: true exec_die pause unpause rename kill die stop destroy"
equal "$(actions --filter type=network)" "connect disconnect"
equal "$(actions --filter type=image)" "tag untag"
equal "$(actions --filter event=die --filter event=start)" "start die"
equal "$(actions --filter label=a=b --filter event=create)" create
equal "$(actions --filter container=nobody)" ""
equal "$(docker_ events --since "$begin" --until "$(date +%s.%N)" --filter event=die \
  --format '{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.image}} {{.Actor.Attributes.name}} {{.Actor.Attributes.a}}')" "137 busybox crate b"
refused "invalid filter 'nonsense'" docker_ events --since 1m --until "$(date +%s.%N)" --filter nonsense=1
grep -q 'container destroy' "$work/live" || fail "nothing was told while it happened: $(cat "$work/live")"
grep -q 'image import' "$work/live" || fail "the import was not told"
