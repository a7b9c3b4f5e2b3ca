#!/usr/bin/env bash
# Two daemons side by side: neither sees the other's containers, both publish ports, both end cleanly.
. "$(dirname "$0")/lib.inc"
need docker curl
start_daemon
docker_busybox
mkdir "$work/second"
second_flags=(--data-root "$work/second/root" --exec-root "$work/second/run" --bip "10.$((100 + slot)).200.1/24"
  --label place=second --mtu 1400)
setsid "$bin/rundletd" "${second_flags[@]}" </dev/null >"$work/second/log" 2>&1 &
second_pid=$!
second() { DOCKER_HOST=unix://$work/second/run/rundlet.sock timeout -k 1 30 docker "$@"; }
wait_until 20 second version || fail "the second daemon does not answer: $(cat "$work/second/log")"
tar -C "$work/busybox" -c . | second import -c 'CMD ["/bin/sh"]' - busybox:latest >/dev/null

docker_ run -d --name box -p 127.0.0.1:$((26000 + slot)):80 busybox sh -c 'mkdir /w; echo one >/w/index.html; httpd -f -h /w' >/dev/null
second run -d --name box -p 127.0.0.1:$((27000 + slot)):80 busybox sh -c 'mkdir /w; echo two >/w/index.html; httpd -f -h /w' >/dev/null
wait_until 5 curl -fs "http://127.0.0.1:$((26000 + slot))/"
wait_until 5 curl -fs "http://127.0.0.1:$((27000 + slot))/"
equal "$(curl -fs "http://127.0.0.1:$((26000 + slot))/") $(curl -fs "http://127.0.0.1:$((27000 + slot))/")" "one two"
equal "$(docker_ ps -q | wc -l) $(second ps -q | wc -l)" "1 1"
equal "$(second inspect -f '{{.NetworkSettings.Networks.bridge.Gateway}}' box)" "10.$((100 + slot)).200.1"
equal "$(second exec box cat /sys/class/net/eth0/mtu)" 1400
equal "$(second info -f '{{.Labels}}')" "[place=second]"
exits 125 second run --rm -p 127.0.0.1:$((26000 + slot)):80 busybox true
contains "$output" "already"
second rm -f box >/dev/null
equal "$(curl -fs "http://127.0.0.1:$((26000 + slot))/")" one
kill $second_pid
wait $second_pid || fail "a clean stop ends with success"
"$bin/rundletd" "${second_flags[@]}" --tear-down >"$work/second/names"
! ip -o link show "$(sed -n 's/^bridge //p' "$work/second/names")" 2>/dev/null || fail "its bridge is left"
equal "$(curl -fs "http://127.0.0.1:$((26000 + slot))/")" one
docker_ rm -f box >/dev/null
