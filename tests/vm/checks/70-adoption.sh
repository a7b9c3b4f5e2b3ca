# kill -9 of the daemon: containers go on, and the next daemon takes them over.
# shellcheck disable=SC2154 # of checks.inc
rd run -d --name writer box sh -c 'i=0; while :; do echo line $i; i=$((i+1)); usleep 50000; done' >/dev/null
rd run -d --name frozen --network none box sleep 1000 >/dev/null
rd run -d --name short --network none box sh -c 'sleep 2; exit 42' >/dev/null
rd run -d --name hungry --network none -m 16m box sh -c 'sleep 2; exec dd if=/dev/zero of=/dev/null bs=64M count=1' >/dev/null
rd pause frozen >/dev/null
pid=$(field writer .State.Pid)
pids="$(field short .State.Pid) $(field hungry .State.Pid)"
both_ended() { local one; for one in $pids; do absent /proc/$one || return; done; }
kill_daemon
check "the container runs without a daemon" kill -0 "$pid"
within 60 both_ended
sleep 1
check "the daemon starts again" start_daemon
check "the container is adopted" equal "$(field writer '.State.Status') $(field writer '.State.Pid')" "running $pid"
check "an exit meanwhile has its code" equal "$(field short '.State.Status') $(field short '.State.ExitCode')" "exited 42"
check "an OOM kill meanwhile is known" equal "$(field hungry '.State.ExitCode') $(field hungry '.State.OOMKilled')" "137 true"
check "a paused one is still paused" equal "$(field frozen '.State.Status')" paused
check "and goes on" rd unpause frozen
check "exec works" equal "$(rd exec frozen echo in)" in
rd logs writer >/tmp/log
seq 0 $(($(wc -l </tmp/log) - 1)) | sed 's/^/line /' >/tmp/expected
check "no line is lost" cmp /tmp/log /tmp/expected
check "lines of before, between and after" at_least "$(wc -l </tmp/log)" 60
check "stop works" rd stop -t 1 writer frozen
check "their cgroups are gone" equal "$(ls -d $parent/*/ 2>/dev/null)" ""
rd rm writer frozen short hungry >/dev/null
