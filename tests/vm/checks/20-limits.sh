# Every limit of the command line arrives in its v2 file, and the kernel enforces it.
# shellcheck disable=SC2154 # of checks.inc
rd run -d --name limited --network none -m 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 \
  --cpuset-cpus 0 --pids-limit 12 box sh -c 'while :; do :; done' >/dev/null
group=$(group_of limited)
check "-m is memory.max" equal "$(cat $group/memory.max)" 67108864
check "--memory-swap is memory.swap.max, swap alone" equal "$(cat $group/memory.swap.max)" 33554432
check "--memory-reservation is memory.low" equal "$(cat $group/memory.low)" 33554432
check "--cpus is cpu.max" equal "$(cat $group/cpu.max)" "50000 100000"
check "--cpu-shares is cpu.weight" equal "$(cat $group/cpu.weight)" 20
check "--cpuset-cpus is cpuset.cpus" equal "$(cat $group/cpuset.cpus)" 0
check "--pids-limit is pids.max" equal "$(cat $group/pids.max)" 12
check "the container reads the same" equal "$(rd exec limited cat /sys/fs/cgroup/memory.max)" 67108864
milliseconds() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20/' /proc/uptime; }
half_used() { # in about two seconds; the machine's clock is not steady, so there is room
  local used time
  used=$(value $group/cpu.stat usage_usec)
  time=$(milliseconds)
  sleep 2
  used=$((($(value $group/cpu.stat usage_usec) - used) / 1000))
  time=$(($(milliseconds) - time))
  [ $((used * 100)) -le $((time * 65)) ] || { echo "used $used of $time ms"; return 1; }
}
check "the cpu quota throttles" at_least "$(value $group/cpu.stat nr_throttled)" 1
check "the cpu quota holds" half_used
check "the pids limit refuses the next fork" refused "can't fork" rd exec limited sh -c \
  'for i in $(seq 20); do sleep 100 & done; exit 0'
check "the kernel counted it" at_least "$(value $group/pids.events max)" 1
check "stop within its time although all its cpu is used" rd stop -t 1 limited
check "its cgroup is gone" absent "$group"
check "a limit of a stopped container stays in its record" equal "$(field limited .HostConfig.Memory)" 67108864
rd rm limited >/dev/null

rd run -d --name free --network none -m 64m box sleep 1000 >/dev/null
group=$(group_of free)
check "-m alone allows as much swap" equal "$(cat $group/memory.swap.max)" 67108864
check "what is not limited is not" equal "$(cat $group/pids.max $group/cpu.max $group/memory.high | tr '\n' ' ')" "max max 100000 max "
rd rm -f free >/dev/null
rd run -d --name child --network none --cgroup-parent team box sleep 1000 >/dev/null
group=$cgroups/team/$(field child .Id)
check "--cgroup-parent" equal "$(cat $group/cgroup.procs)" "$(field child .State.Pid)"
rd rm -f child >/dev/null
check "its cgroup is gone" absent "$group"
rmdir $cgroups/team

status=0
rd run --name eater --network none -m 16m box dd if=/dev/zero of=/dev/null bs=64M count=1 >/dev/null 2>&1 || status=$?
check "out of memory: exit 137" equal $status 137
check "out of memory: State.OOMKilled" equal "$(field eater .State.OOMKilled)" true
check "out of memory: an event" contains \
  "$(timeout 20 rundlet events --since 60s --until 0s --filter event=oom --format '{{.Actor.Attributes.name}}')" eater
rd rm eater >/dev/null
status=0
rd run --name plain --network none -m 16m box sh -c 'kill -9 $$; exit 9' >/dev/null 2>&1 || status=$?
check "an exit without want of memory is not called so" equal "$status $(field plain .State.OOMKilled)" "9 false"
rd rm plain >/dev/null
check "a swappiness, which v2 has not, is refused by name" refused swappiness \
  rd run --rm --network none --memory-swappiness 10 box true
check "a refused start leaves no cgroup" equal "$(ls -d $parent/*/ 2>/dev/null)" ""
