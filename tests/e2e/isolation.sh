#!/usr/bin/env bash
# What a container may see and do: namespaces, capabilities, seccomp, masked paths, limits.
. "$(dirname "$0")/lib.inc"
start_daemon
busybox_image
in_box() { rd run --rm busybox "$@"; }

equal "$(in_box sh -c 'echo $$')" 1 "a pid namespace of its own"
for ns in pid mnt net uts ipc cgroup; do
  inside=$(in_box readlink /proc/self/ns/$ns)
  [ "$inside" != "$(readlink /proc/self/ns/$ns)" ] || fail "shares the host's $ns namespace"
done
equal "$(in_box grep CapEff /proc/self/status | awk '{print $2}')" 00000000a80425fb "docker's default capabilities"
equal "$(rd run --rm --cap-drop ALL busybox grep CapEff /proc/self/status | awk '{print $2}')" 0000000000000000
equal "$(rd run --rm --cap-drop ALL --cap-add NET_ADMIN busybox grep CapEff /proc/self/status | awk '{print $2}')" \
  0000000000001000
refused "unknown capability" rd run --rm --cap-add NONSENSE busybox true
equal "$(in_box grep Seccomp: /proc/self/status | awk '{print $2}')" 2 "a seccomp filter is loaded"
equal "$(in_box sh -c 'wc -c </proc/keys')" 0 "masked"
refused "Read-only" in_box sh -c 'echo 1 >/proc/sys/kernel/panic'
refused "Read-only" in_box sh -c 'mkdir /sys/x'
refused "Read-only" rd run --rm --read-only busybox touch /x
equal "$(rd run --rm --read-only --tmpfs /scratch busybox sh -c 'touch /scratch/x && echo ok')" ok

# limits
equal "$(rd run --rm -m 64m busybox sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')" 67108864
equal "$(rd run --rm --pids-limit 20 busybox sh -c 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max')" 20
contains "$(rd run --rm --cpus 0.5 busybox sh -c 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cat /sys/fs/cgroup/cpu.max')" 50000
status=0
rd run --name eater -m 16m busybox sh -c 'x=a; while :; do x=$x$x; done' >/dev/null 2>&1 || status=$?
equal $status 137
equal "$(rd inspect -f '{{.State.OOMKilled}}' eater)" true
rd rm eater >/dev/null
refused "Minimum memory limit allowed is 6MB" rd run --rm -m 1m busybox true
