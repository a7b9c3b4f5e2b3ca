#!/usr/bin/env bash
# What goes in and out of a container: logs, attach, exec, terminals, detaching.
. "$(dirname "$0")/lib.inc"
need docker python3
start_daemon
docker_busybox
export DOCKER_HOST=unix://$socket

# logs
docker_ run -d --name ten busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do echo l$i; usleep 100000; done; echo err >&2' >/dev/null
equal "$(docker_ logs -f ten 2>/dev/null | xargs)" "l1 l2 l3 l4 l5 l6 l7 l8 l9 l10"
equal "$(docker_ logs ten 2>&1 >/dev/null)" err
equal "$(docker_ logs --tail 3 ten 2>/dev/null | xargs)" "l9 l10"
equal "$(docker_ logs --tail 0 ten 2>&1)" ""
fifth=$(docker_ logs -t ten 2>/dev/null | sed -n 5p)
contains "$fifth" "Z l5"
fifth=${fifth% *}
equal ${#fifth} 30 "nine digits of a second"
equal "$(docker_ logs --since "$fifth" ten 2>/dev/null | head -n 1)" l5
equal "$(docker_ logs --until "$fifth" ten 2>/dev/null | tail -n 1)" l5
equal "$(docker_ logs --since 1h --tail 1 ten 2>&1)" err
exits 0 timeout 5 docker logs -f --tail 1 ten
docker_ rm ten >/dev/null

# rotation
docker_ run --name rotated --log-opt max-size=2k --log-opt max-file=3 busybox seq 1 200 >/dev/null
docker_ logs rotated >"$work/rotated"
equal "$(tail -n 1 "$work/rotated")" 200
first=$(head -n 1 "$work/rotated")
[ "$first" -gt 1 ] || fail "the log was not rotated"
seq "$first" 200 | cmp - "$work/rotated" || fail "rotation lost lines"
docker_ rm rotated >/dev/null

# attach and its standard input
docker_ run -d -i --name reader busybox sh -c 'read x; echo got $x; read y; echo $y >&2; exit 6' >/dev/null
exits 6 sh -c '(sleep 0.3; echo foo; sleep 0.2; echo bar) | timeout 10 docker attach reader'
equal "$output" "got foo
bar"
refused "You cannot attach to a stopped container" docker_ attach reader
docker_ rm reader >/dev/null

# exec
id=$(docker_ run -d --name box -e FROM=container busybox sleep 1000)
exits 9 docker_ exec box sh -c 'exit 9'
exits 127 docker_ exec box no-such-program
contains "$output" 'OCI runtime exec failed: exec failed: unable to start container process: exec: "no-such-program": executable file not found in $PATH'
exits 126 docker_ exec box /etc/passwd
contains "$output" "permission denied"
exits 126 docker_ exec -u ghost box id
contains "$output" "unable to find user ghost"
exits 127 docker_ exec -w /no/such box pwd
equal "$(docker_ exec -u nobody -e A=5 -w /tmp box sh -c 'echo $(id -u) $A $FROM $PWD')" "65534 5 container /tmp"
equal "$(echo in | docker_ exec -i box cat)" in
docker_ exec -d box sh -c 'echo later >/tmp/later; sleep 777'
contains "$(docker_ top box)" "sleep 777"
equal "$(docker_ exec box cat /tmp/later)" later
refused "executable file not found" docker_ exec -d box no-such-program
head -c 1000000 /dev/urandom >"$work/bytes"
equal "$(docker_ exec -i box cat <"$work/bytes" | sha256sum)" "$(sha256sum <"$work/bytes")"
exec_id=$(api -X POST -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' "http://d/containers/$id/exec" | sed 's/.*"Id":"\([^"]*\)".*/\1/')
equal "$(api -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d '{"Detach":true}' "http://d/exec/$exec_id/start")" 200
equal "$(api -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d '{"Detach":true}' "http://d/exec/$exec_id/start")" 409

# terminals
exits 5 on_terminal '# =tty\n' '# =stty size\n' '# =exit 5\n' -- docker run -it --rm busybox sh
contains "$output" /dev/pts/0
contains "$output" "33 101"
exits 0 on_terminal '# =\x10\x11' -- docker run -it --name term busybox sh
equal "$(docker_ inspect -f '{{.State.Status}}' term)" running
exits 1 on_terminal 'attached=q\x01' -- sh -c 'sleep 1; printf attached; exec docker attach --detach-keys q,ctrl-a term'
exits 3 on_terminal "attached=\\nexit 3\\n" -- sh -c "printf attached; exec docker attach term"
docker_ rm term >/dev/null
exits 4 on_terminal '$ =id -u\n' '$ =exit 4\n' -- docker exec -it -u nobody box sh
contains "$output" 65534
docker_ rm -f box >/dev/null
