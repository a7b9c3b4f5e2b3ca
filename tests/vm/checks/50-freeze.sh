# pause and unpause by cgroup.freeze.
rd run -d --name counter --network none box sh -c 'i=0; while :; do i=$((i+1)); echo $i; usleep 50000; done' >/dev/null
group=$(group_of counter)
check "pause" rd pause counter
check "the cgroup is frozen" equal "$(cat $group/cgroup.freeze) $(value $group/cgroup.events frozen)" "1 1"
check "ps says so" contains "$(rd ps)" "(Paused)"
lines() { rd logs counter | wc -l; }
before=$(lines)
sleep 1
check "nothing runs while paused" equal "$(lines)" "$before"
check "exec into it is refused" refused paused rd exec counter true
check "unpause" rd unpause counter
check "the cgroup is thawed" equal "$(cat $group/cgroup.freeze) $(value $group/cgroup.events frozen)" "0 0"
goes_on() { at_least "$(lines)" $((before + 1)); }
check "it goes on" within 10 goes_on
rd pause counter >/dev/null
check "a paused container is removed by force" rd rm -f counter
check "its cgroup is gone" absent "$group"
