#!/usr/bin/env bash
# What is not supported, or makes no sense, is refused by name, with docker's words where docker has them.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
no() { # TEXT RUN-OPTIONS…
  local text=$1
  shift
  exits 125 docker_ run --rm "$@" busybox true
  contains "$output" "$text"
}
no "Minimum memory limit allowed is 6MB" -m 1m
no 'unknown capability: "CAP_NONSENSE"' --cap-add nonsense
no "invalid signal: NOPE" --stop-signal NOPE
no "the working directory 'rel' is invalid, it needs to be an absolute path" -w rel
no "Interval in Healthcheck cannot be less than 1ms" --health-cmd true --health-interval 1ns
no "unknown or invalid runtime name: foo" --runtime foo
no "network foo not found" --network foo
no "joining network namespace of container: No such container: ghost" --network container:ghost
no "conflicting options: port publishing and the container type network mode" --network container:x -p 80:80
no "unsupported field HostConfig.BlkioWeight" --blkio-weight 10
no "unsupported field HostConfig.DeviceRequests" --gpus all
no "unsupported field HostConfig.VolumesFrom" --volumes-from x
no "unsupported field HostConfig.Links" --link x
no "unsupported field HostConfig.StorageOpt" --storage-opt size=1g
no 'unsupported field HostConfig.LogConfig.Type "syslog"' --log-driver syslog
no "unknown log opt 'nonsense' for json-file log driver" --log-opt nonsense=1
no "invalid log opt max-file: \"abc\" is not a number" --log-opt max-file=abc
no "invalid mode: bad" -v vol:/x:bad
no "includes invalid characters for a local volume name" -v rel/x:/x
no "bind source path does not exist: /no/such" --mount type=bind,src=/no/such,dst=/x
no "Duplicate mount point: /x" -v aa:/x -v bb:/x
equal "$(docker_ ps -aq)" "" "a refused run makes nothing"

# fields that no flag sends
answer=$(api -X POST -H 'Content-Type: application/json' -d '{"Image":"busybox","HostConfig":{"Nonsense":1}}' \
  -w ' %{http_code}' http://d/v1.51/containers/create)
contains "$answer" "HostConfig.Nonsense"
contains "$answer" " 400"
equal "$(api -o /dev/null -w '%{http_code}' -X POST -d '{' -H 'Content-Type: application/json' http://d/containers/create)" 400
equal "$(api -o /dev/null -w '%{http_code}' http://d/nonsense)" 404
equal "$(api -o /dev/null -w '%{http_code}' http://d/v1.99/info)" 400
equal "$(api -o /dev/null -w '%{http_code}' http://d/v1.12/info)" 400
equal "$(api -o /dev/null -w '%{http_code}' http://d/v1.24/info)" 200
equal "$(api -o /dev/null -w '%{http_code}' http://d/containers/none/json)" 404
equal "$(api -o /dev/null -w '%{http_code}' http://d/networks)" 501
refused "is not supported by this version of Rundlet" docker_ network ls
refused "is not supported by this version of Rundlet" docker_ volume ls

# the daemon's own words
refused "unable to configure the daemon with file $work/bad.json" \
  sh -c "echo '{\"nonsense\": 1}' >$work/bad.json; $bin/rundletd --data-root $work/x --exec-root $work/y --config-file $work/bad.json"
refused "nonsense" "$bin/rundletd" --data-root "$work/x" --exec-root "$work/y" --config-file "$work/bad.json"
refused "specified both as a flag and in the configuration file: mtu" \
  sh -c "echo '{\"mtu\": 1400}' >$work/mtu.json; $bin/rundletd --mtu 1300 --data-root $work/x --exec-root $work/y --config-file $work/mtu.json"
refused "another rundletd uses" "$bin/rundletd" "${daemon_flags[@]}"
refused "mutual TLS" "$bin/rundletd" --data-root "$work/x" --exec-root "$work/y" -H tcp://127.0.0.1:1
