# rundlet-oci by itself, with update, pause and delete.
# shellcheck disable=SC2154 # of checks.inc
mkdir -p /var/bundle
cp -a /tmp/box /var/bundle/rootfs
(cd /var/bundle && rundlet-oci spec)
sed -i -e 's/"terminal":true/"terminal":false/' -e 's/"args":\["sh"\]/"args":["sleep","1000"]/' \
  -e 's|"linux":{|"linux":{"cgroupsPath":"/oci/one",|' /var/bundle/config.json
group=$cgroups/oci/one
oci() { timeout 60 rundlet-oci "$@"; }
run_detached() { oci run -d -b /var/bundle one </dev/null >/dev/null 2>&1; }
check "rundlet-oci run -d" run_detached
check "in the cgroup of its config" at_least "$(wc -l <$group/cgroup.procs)" 1
check "update" oci update --memory 33554432 --memory-swap 67108864 --cpu-quota 20000 --cpu-period 50000 --cpu-share 2048 \
  --pids-limit 20 --cpuset-cpus 0 one
check "update: memory.max and memory.swap.max" equal "$(cat $group/memory.max $group/memory.swap.max | tr '\n' ' ')" \
  "33554432 33554432 "
check "update: cpu.max" equal "$(cat $group/cpu.max)" "20000 50000"
check "update: cpu.weight" equal "$(cat $group/cpu.weight)" 79
check "update: pids.max and cpuset.cpus" equal "$(cat $group/pids.max $group/cpuset.cpus | tr '\n' ' ')" "20 0 "
check "update of one limit leaves the others" oci update --pids-limit 30 one
check "they are as before" equal "$(cat $group/pids.max $group/memory.max $group/cpu.max | tr '\n' ' ')" "30 33554432 20000 50000 "
check "update of the quota keeps the period" oci update --cpu-quota 10000 one
check "it does" equal "$(cat $group/cpu.max)" "10000 50000"
check "update of the period keeps the quota" oci update --cpu-period 25000 one
check "it does" equal "$(cat $group/cpu.max)" "10000 25000"
check "update of memory plus swap counts from the memory limit" oci update --memory-swap 50331648 one
check "it does" equal "$(cat $group/memory.max $group/memory.swap.max | tr '\n' ' ')" "33554432 16777216 "
check "update --blkio-weight" oci update --blkio-weight 500 one
check "it is io.weight" equal "$(value $group/io.weight default)" 4950
truncate -s 1M /tmp/disk
losetup /dev/loop0 /tmp/disk
update_rates() {
  echo '{"blockIO":{"throttleReadBpsDevice":[{"major":7,"minor":0,"rate":1048576}],
    "throttleWriteIOPSDevice":[{"major":7,"minor":0,"rate":100}]}}' | oci update -r - one
}
check "update of a device's rates" update_rates
check "they are io.max" equal "$(cat $group/io.max)" "7:0 rbps=1048576 wbps=max riops=max wiops=100"
losetup -d /dev/loop0
update_devices() { echo '{"devices":[{"allow":false,"access":"rwm"}]}' | oci update -r - one; }
check "update of the device rules" update_devices
check "/dev/null still opens" oci exec one sh -c 'echo x >/dev/null'
update_unified() { echo '{"unified":{"memory.high":"16777216"}}' | oci update -r - one; }
check "update of resources.unified" update_unified
check "it is written" equal "$(cat $group/memory.high)" 16777216
check "pause" oci pause one
check "state says paused" contains "$(oci state one | tr -d ' ')" '"status":"paused"'
check "resume" oci resume one
check "exec" equal "$(oci exec one cat /proc/self/cgroup)" 0::/
check "ps lists its processes" contains "$(oci ps one)" "sleep 1000"
check "delete --force" oci delete --force one
check "its cgroup is gone" absent $group
rmdir $cgroups/oci
