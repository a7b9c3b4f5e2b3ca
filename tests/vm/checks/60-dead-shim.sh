# A shim that dies takes its container with it, children of a session of their own included: they are ended by cgroup.kill.
run_family() { # NAME
  rd run -d --name "$1" --network none box sh -c 'setsid sleep 1001 & setsid sleep 1002 & exec sleep 1003' >/dev/null
}
status_of() { field "$1" '.State.Status'; }
nobody() { equal "$(processes "sleep 100")" ""; }
exited() { equal "$(status_of "$1")" exited; }

run_family orphan
group=$(group_of orphan)
check "the kernel has cgroup.kill" test -e "$group/cgroup.kill"
check "the family runs" equal "$(wc -l <"$group/cgroup.procs") $(processes "sleep 100" | wc -l)" "3 3"
kill -9 "$(shim_of orphan)"
check "with the shim dead the container exits" within 20 exited orphan
check "exit code 137, with the reason" equal "$(field orphan '.State.ExitCode') $(field orphan '.State.Error')" \
  "137 the container's shim died"
check "no process of it is left" within 5 nobody
check "its cgroup is gone" absent "$group"
check "it starts again" rd start orphan
rd rm -f orphan >/dev/null

run_family forsaken
group=$(group_of forsaken)
shim=$(shim_of forsaken)
kill_daemon
kill -9 "$shim"
start_daemon
check "shim and daemon dead: the next daemon ends the container" within 20 exited forsaken
check "shim and daemon dead: exit code 137" equal "$(field forsaken .State.ExitCode)" 137
check "shim and daemon dead: no process is left" within 5 nobody
check "shim and daemon dead: the cgroup is gone" absent "$group"
rd rm forsaken >/dev/null
