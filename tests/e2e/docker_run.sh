#!/usr/bin/env bash
# `docker run` and `create` with the real docker CLI: exit codes, error texts, options of the process and its limits.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
run() { docker_ run --rm "$@"; }

contains "$(docker_ version)" "Rundlet Engine"
equal "$(docker_ info -f '{{.Driver}} {{.DefaultRuntime}}')" "overlay2 rundlet"
exits 7 run busybox sh -c 'exit 7'
exits 127 run busybox no-such-program
contains "$output" 'exec: "no-such-program": executable file not found in $PATH'
exits 126 run busybox /etc/passwd
contains "$output" 'exec: "/etc/passwd": permission denied'
exits 125 run -u ghost busybox true
contains "$output" "unable to find user ghost: no matching entries in passwd file"
exits 125 run busybox:nope true
contains "$output" "Unable to find image 'busybox:nope' locally"

equal "$(run -e A=1 -e B=2 busybox sh -c 'echo $A$B')" 12
equal "$(run -w /tmp/deep/er busybox pwd)" /tmp/deep/er
equal "$(run -u nobody busybox id -u)" 65534
equal "$(run -u 12:34 busybox sh -c 'echo $(id -u):$(id -g)')" 12:34
contains "$(run --group-add users busybox id)" "100(users)"
equal "$(run --hostname cask busybox hostname)" cask
equal "$(run --entrypoint echo busybox from entrypoint)" "from entrypoint"
equal "$(echo piped | run -i busybox cat)" piped
equal "$(run busybox sh -c 'echo out; echo err >&2' 2>/dev/null)" out
contains "$(run --init busybox ps)" "docker-init -- ps"
contains "$(run --tmpfs /t:size=1m busybox mount)" "tmpfs on /t type tmpfs (rw,nosuid,nodev,noexec,relatime,size=1024k)"
exits 1 run --read-only busybox touch /x
contains "$output" "Read-only file system"
equal "$(run --ulimit nofile=100:200 busybox sh -c 'ulimit -n; ulimit -Hn' | xargs)" "100 200"
contains "$(run --shm-size 10m busybox df /dev/shm)" 10240
contains "$(run --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward)" 1
contains "$(run --security-opt no-new-privileges busybox grep NoNew /proc/self/status)" 1
equal "$(run --cap-drop all busybox awk '/CapEff/ {print $2}' /proc/self/status)" 0000000000000000
equal "$(run --cap-drop ALL --cap-add net_admin busybox awk '/CapEff/ {print $2}' /proc/self/status)" 0000000000001000
equal "$(run -m 64m --memory-reservation 32m busybox sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null ||
  cat /sys/fs/cgroup/memory.max')" 67108864
equal "$(run --pids-limit 20 busybox sh -c 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max')" 20

# many bytes both ways, unharmed
head -c 3000000 /dev/urandom >"$work/bytes"
sum=$(sha256sum <"$work/bytes")
equal "$(run -i busybox cat <"$work/bytes" | sha256sum)" "$sum"
equal "$(run -i busybox sha256sum <"$work/bytes")" "$sum"
equal "$(run busybox sh -c 'yes | head -c 5000000' | wc -c)" 5000000

# identity
id=$(docker_ run -d --name one --label a=b --cidfile "$work/cid" busybox sleep 1000)
equal "$(cat "$work/cid")" "$id"
exits 125 docker_ run -d --name one busybox true
contains "$output" "Conflict. The container name \"/one\" is already in use by container \"$id\". You have to remove (or rename)"
exits 125 docker_ run -d --name 'bad name' busybox true
contains "$output" 'Invalid container name (bad name), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'
docker_ rm -f one >/dev/null
docker_ create --name two busybox sh -c 'exit 3' >/dev/null
equal "$(docker_ ps -a --format '{{.Names}} {{.Status}}')" "two Created"
exits 3 docker_ start -a two
equal "$(docker_ inspect -f '{{.State.Status}} {{.State.ExitCode}}' two)" "exited 3"
docker_ rm two >/dev/null
equal "$(docker_ ps -aq)" "" "--rm leaves nothing"
