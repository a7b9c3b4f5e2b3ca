# The daemon starts on a machine that has nothing but the unified hierarchy.
# shellcheck disable=SC2154 # of checks.inc
check "only cgroup v2 is mounted" equal "$(grep -c ' cgroup ' /proc/mounts) $(stat -f -c %t $cgroups)" "0 63677270"
check "the daemon starts" start_daemon
check "info tells version 2" equal "$(rd info -f '{{.CgroupVersion}}')" 2

mkdir -p /tmp/box/bin /tmp/box/etc /tmp/box/tmp
cp -a /bin/. /tmp/box/bin/
cp /etc/passwd /etc/group /tmp/box/etc/
import_box() { tar -C /tmp/box -c . | rd import - box; }
check "an image is imported" import_box
check "a container runs and its output arrives" equal "$(rd run --rm box echo hello)" hello
status=0
rd run --rm box sh -c 'exit 7' || status=$?
check "its exit code arrives" equal $status 7
check "a container reaches its gateway over the bridge" \
  rd run --rm box sh -c 'ping -c 1 -W 5 $(ip route | sed -n "s/^default via \([^ ]*\).*/\1/p")'
build_step() { printf 'FROM box\nRUN cat /proc/self/cgroup && echo built >/file\n' | rd build -t built - && rd run --rm built cat /file; }
check "a build step runs" contains "$(build_step 2>&1)" built
check "nothing is left in the parent cgroup" equal "$(ls -d $parent/*/ 2>/dev/null)" ""
