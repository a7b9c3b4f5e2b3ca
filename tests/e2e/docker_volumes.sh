#!/usr/bin/env bash
# Bind mounts, named and anonymous volumes, tmpfs: content, owners, read-only, life time.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
run() { docker_ run --rm "$@"; }
volumes() { ls "$root/volumes" | wc -l; }

mkdir "$work/host"
echo host >"$work/host/file"
equal "$(run -v "$work/host:/mnt" busybox sh -c 'cat /mnt/file; echo box >/mnt/made')" host
equal "$(cat "$work/host/made")" box
exits 1 run -v "$work/host:/mnt:ro" busybox touch /mnt/x
contains "$output" "Read-only file system"
run -v "$work/fresh/dir:/mnt" busybox true
[ -d "$work/fresh/dir" ] || fail "docker makes a missing bind source"
equal "$(run --mount "type=bind,src=$work/host/file,dst=/etc/one,readonly" busybox cat /etc/one)" host

# a named volume takes the image's content and stays
equal "$(run -v data:/etc busybox sh -c 'head -n 1 /etc/passwd; echo kept >/etc/kept')" "root:x:0:0:root:/root:/bin/sh"
equal "$(run -v data:/other:ro busybox cat /other/kept)" kept
equal "$(run -v empty:/etc:nocopy busybox ls /etc | xargs)" "hostname hosts resolv.conf"
equal "$(run --mount type=volume,src=data,dst=/x busybox cat /x/kept)" kept
equal "$(volumes)" 2

# an anonymous one goes with its container
run -v /scratch busybox sh -c 'echo x >/scratch/x'
equal "$(volumes)" 2
docker_ create --name holds -v /scratch busybox true >/dev/null
equal "$(volumes)" 3
docker_ rm holds >/dev/null
equal "$(volumes)" 3 "rm without -v keeps it"
docker_ create --name holds -v /scratch busybox true >/dev/null
docker_ rm -v holds >/dev/null
equal "$(volumes)" 3
# VOLUME of an image: a volume with the content that lies there
docker_ create --name shell busybox true >/dev/null
docker_ commit -c 'VOLUME /etc' shell declares >/dev/null
docker_ run -d --name user declares sleep 100 >/dev/null
contains "$(docker_ exec user mount)" " on /etc type"
equal "$(docker_ exec user head -n 1 /etc/group)" root:x:0:
contains "$(docker_ inspect -f '{{json .Mounts}}' user)" '"Destination":"/etc"'
docker_ rm -fv user shell >/dev/null
equal "$(volumes)" 3

equal "$(run --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700 busybox stat -c %a /t)" 700
equal "$(run --read-only --tmpfs /t busybox sh -c 'touch /t/x && echo ok')" ok
equal "$(run -v "$work/host:/a" -v "$work/host/file:/a/b/c" busybox cat /a/b/c)" host "parents are mounted first"
