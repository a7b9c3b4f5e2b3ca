# The container's own view of the hierarchy, and how its processes get into theirs.
# shellcheck disable=SC2154 # of checks.inc
check "the first process sees itself at the root" equal "$(rd run --rm --network none box cat /proc/self/cgroup)" "0::/"
rd run -d --name seer --network none box sleep 1000 >/dev/null
check "exec sees itself at the root" equal "$(rd exec seer cat /proc/self/cgroup)" "0::/"
check "from outside both are in the container's cgroup" equal \
  "$(cut -d: -f3 "/proc/$(field seer .State.Pid)/cgroup")" "/rundlet/$(field seer .Id)"
check "the mount shows the container's cgroup only" equal "$(rd exec seer cat /sys/fs/cgroup/cgroup.procs | head -n 1)" 1
check "it cannot be written" refused "Read-only" rd exec seer mkdir /sys/fs/cgroup/sub
rd rm -f seer >/dev/null
check "--cgroupns host shows the whole path" contains \
  "$(rd run --rm --network none --cgroupns host box cat /proc/self/cgroup)" 0::/rundlet/

# A process that is cloned into its cgroup is never moved: the kernel's trace of moves stays empty.
trace=/sys/kernel/tracing
echo 1 >$trace/events/cgroup/cgroup_attach_task/enable
mkdir $cgroups/probe
sleep 100 &
probe=$!
echo $probe >$cgroups/probe/cgroup.procs
kill $probe
wait $probe 2>/dev/null
rd run -d --name cloned --network none box sleep 1000 >/dev/null
rd exec cloned true
check "the trace sees a process that is moved" grep -q dst_path=/probe $trace/trace
check "start and exec clone into the cgroup (CLONE_INTO_CGROUP)" equal "$(grep -c dst_path=/rundlet $trace/trace)" 0
echo 0 >$trace/events/cgroup/cgroup_attach_task/enable
rmdir $cgroups/probe
rd rm -f cloned >/dev/null

# A container may have a hierarchy of its own: v2 then takes no process at its top.
rd run -d --name nested --network none --privileged box sh -c 'cd /sys/fs/cgroup && mkdir leaf other && echo 1 >leaf/cgroup.procs &&
  echo +memory +pids >cgroup.subtree_control && echo ready && exec sleep 1000' >/dev/null
within 10 equal "$(rd logs nested)" ready
group=$(group_of nested)
check "a privileged container divides its cgroup" contains "$(cat $group/cgroup.subtree_control)" memory
check "exec still gets in" equal "$(rd exec nested cat /proc/self/cgroup)" 0::/leaf
check "top lists processes of cgroups below" contains "$(rd top nested)" "sleep 1000"
rd rm -f nested >/dev/null
check "the cgroup and those below it are removed" absent "$group"
