#!/usr/bin/env bash
# One container through its states: start stop kill restart pause unpause rename top diff commit wait rm, and the errors.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
status_of() { docker_ inspect -f '{{.State.Status}}' "$1"; }

id=$(docker_ run -d --name box busybox sleep 1000)
refused "cannot remove container \"/box\": container is running: stop the container before removing or force remove" docker_ rm box
docker_ rename box crate
equal "$(docker_ inspect -f '{{.Name}}' crate)" /crate
refused "No such object: box" docker_ inspect box
contains "$(docker_ top crate)" "sleep 1000"
equal "$(docker_ top crate -o pid,args | awk 'NR == 2 {print $2}')" sleep
docker_ pause crate >/dev/null
contains "$(docker_ ps --format '{{.Status}}')" "(Paused)"
refused "container $id is already paused" docker_ pause crate
refused "container $id is paused, unpause the container before exec" docker_ exec crate true
refused "cannot start a paused container, try unpause instead" docker_ start crate 2>&1
docker_ unpause crate >/dev/null
refused "container $id is not paused" docker_ unpause crate
docker_ exec crate sh -c 'touch /new; rm /bin/tail; echo x >>/etc/passwd; mkdir /dir; touch /dir/file'
equal "$(docker_ diff crate | sort | xargs)" "A /dir A /dir/file A /new C /bin C /etc C /etc/passwd D /bin/tail"
docker_ stop -t 0 crate >/dev/null
equal "$(docker_ inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' crate)" "exited 137 0"
docker_ stop crate >/dev/null
refused "container $id is not running" docker_ kill crate
refused "container $id is not running" docker_ pause crate
refused "container $id is not running" docker_ top crate
refused "container $id is not running" docker_ exec crate true
docker_ start crate >/dev/null
equal "$(docker_ exec crate cat /dir/file)" "" "what was written is kept"
docker_ restart -t 0 crate >/dev/null
equal "$(status_of crate)" running
docker_ kill -s HUP crate >/dev/null
refused "invalid signal: NOPE" docker_ kill -s NOPE crate
docker_ pause crate >/dev/null
docker_ kill crate >/dev/null
equal "$(docker_ wait crate)" 137
equal "$(docker_ commit -m message -a me -c 'CMD ["ls","/dir"]' crate new:1)" "$(docker_ inspect -f '{{.Id}}' new:1)"
equal "$(docker_ run --rm new:1)" file
docker_ rm crate >/dev/null
refused "No such container: crate" docker_ rm crate
refused "No such container: crate" docker_ logs crate

# signals reach the process, its own exit code stays
docker_ run -d --name trap busybox sh -c 'trap "exit 9" TERM; trap "echo usr1" USR1; while :; do usleep 20000; done' >/dev/null
sleep 0.3
docker_ kill -s USR1 trap >/dev/null
wait_until 5 sh -c "[ \"\$(DOCKER_HOST=unix://$socket docker logs trap)\" = usr1 ]" || fail "USR1 was not delivered"
docker_ stop trap >/dev/null
equal "$(docker_ inspect -f '{{.State.ExitCode}}' trap)" 9
docker_ run -d --name quits --stop-signal QUIT busybox sh -c 'trap "exit 5" QUIT; while :; do usleep 20000; done' >/dev/null
sleep 0.3
docker_ stop quits >/dev/null
equal "$(docker_ inspect -f '{{.State.ExitCode}}' quits)" 5
docker_ rm trap quits >/dev/null

# lists
docker_ run -d --name up --label colour=red busybox sleep 1000 >/dev/null
docker_ run --name gone --label colour=blue busybox sh -c 'exit 2' || true
docker_ create --name fresh busybox true >/dev/null
names() { docker_ ps --format '{{.Names}}' "$@" | sort | xargs; }
equal "$(names)" up
equal "$(names -a)" "fresh gone up"
equal "$(names -n 2)" "fresh gone"
equal "$(names -l)" fresh
equal "$(names -a --filter status=exited)" gone
equal "$(names -a --filter exited=2)" gone
equal "$(names -a --filter label=colour)" "gone up"
equal "$(names -a --filter label=colour=red)" up
equal "$(names -a --filter name=res)" fresh
equal "$(names -a --filter before=gone)" up
equal "$(names -a --filter since=gone)" fresh
equal "$(names -a --filter ancestor=busybox)" "fresh gone up"
refused "invalid filter 'nonsense'" docker_ ps --filter nonsense=1
contains "$(docker_ ps -as --filter name=up)" "0B"
equal "$(docker_ ps -a --no-trunc --format '{{.Command}}' --filter name=gone)" "\"sh -c 'exit 2'\""
docker_ rm -f up gone fresh >/dev/null
