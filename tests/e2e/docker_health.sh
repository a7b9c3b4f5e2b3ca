#!/usr/bin/env bash
# Healthchecks: starting, healthy, unhealthy; events, timeouts, output; pause and stop.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
health() { docker_ inspect -f '{{.State.Health.Status}}' "$1"; }
is() { [ "$(health "$1")" = "$2" ]; }

docker_ run -d --name box --health-cmd 'test -f /ok || { echo not yet; exit 1; }' --health-interval 200ms --health-retries 2 \
  --health-start-period 1s --health-start-interval 100ms busybox sleep 1000 >/dev/null
contains "$(docker_ ps --format '{{.Status}}')" "(health: starting)"
sleep 0.5
equal "$(health box)" starting "failures within the start period do not count"
docker_ exec box touch /ok
wait_until 5 is box healthy || fail "not healthy: $(health box)"
contains "$(docker_ ps --filter health=healthy --format '{{.Names}} {{.Status}}')" "(healthy)"
docker_ exec box rm /ok
wait_until 5 is box unhealthy || fail "not unhealthy: $(health box)"
contains "$(docker_ inspect -f '{{json .State.Health.Log}}' box)" '"ExitCode":1,"Output":"not yet\n"'
equal "$(docker_ events --since 1m --until "$(date +%s.%N)" --filter container=box --format '{{.Action}}' | grep health | xargs)" \
  "health_status: healthy health_status: unhealthy"
docker_ pause box >/dev/null
docker_ unpause box >/dev/null
docker_ exec box touch /ok
wait_until 5 is box healthy || fail "probing does not go on after unpause"
kill_daemon
start_daemon
equal "$(health box)" healthy "health outlives the daemon"
docker_ exec box rm /ok
wait_until 5 is box unhealthy || fail "an adopted container is not probed"
docker_ rm -f box >/dev/null

# a probe that hangs, and one that writes more than anyone keeps
docker_ run -d --name slow --health-cmd 'echo begun; sleep 30' --health-interval 100ms --health-timeout 300ms --health-retries 1 \
  busybox sleep 1000 >/dev/null
wait_until 5 is slow unhealthy || fail "a probe that hangs does not time out"
contains "$(docker_ inspect -f '{{json (index .State.Health.Log 0)}}' slow)" \
  '"ExitCode":-1,"Output":"Health check exceeded timeout (300ms): begun'
docker_ run -d --name loud --health-cmd 'yes | head -c 3000000' --health-interval 100ms --health-timeout 10s busybox sleep 1000 >/dev/null
wait_until 8 is loud healthy || fail "a probe with much output is stuck"
equal "$(docker_ inspect -f '{{len (index .State.Health.Log 0).Output}}' loud)" 4096
docker_ run -d --name none --no-healthcheck busybox sleep 1000 >/dev/null
equal "$(docker_ inspect -f '{{.State.Health}}' none)" "<nil>"
docker_ rm -f slow loud none >/dev/null
