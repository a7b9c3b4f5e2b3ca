# Nothing stays behind.
# shellcheck disable=SC2154 # of checks.inc
end_daemon() {
  kill $daemon_pid
  wait $daemon_pid 2>/dev/null
  true
}
check "no container is left" equal "$(rd ps -aq)" ""
end_daemon
check "tear-down" rundletd --tear-down
check "the parent cgroup is gone" absent $parent
check "no cgroup is left" equal "$(find $cgroups -mindepth 1 -type d)" ""
check "no process is left" equal "$(processes rundlet)" ""
check "no mount is left" equal "$(grep -e /run/rundlet -e /var/lib/rundlet /proc/mounts)" ""
