// HostConfig as dockerd 28 writes it and takes it. Resources Rundlet has no use for are written with docker's
// empty value and refused by name when they ask for something. For *_json.cc files only.
#pragma once

#include "spec/docker_api/container_describe.h"

namespace rundlet::spec::docker_api {

template <class Visitor>
void describe(Visitor& v, RestartPolicy& p) {
  v("Name", p.name);
  v("MaximumRetryCount", p.maximum_retry_count);
}

template <class Visitor>
void describe(Visitor& v, LogConfig& c) {
  v("Type", c.type);
  v("Config", c.config);
}

template <class Visitor>
void describe(Visitor& v, Ulimit& u) {
  v("Name", u.name);
  v("Hard", u.hard);
  v("Soft", u.soft);
}

template <class Visitor>
void describe(Visitor& v, DeviceMapping& d) {
  v("PathOnHost", d.path_on_host);
  v("PathInContainer", d.path_in_container);
  v("CgroupPermissions", d.cgroup_permissions);
}

template <class Visitor>
void describe(Visitor& v, MountBindOptions& o) {
  v.omit_empty("Propagation", o.propagation);
  v.omit_empty("NonRecursive", o.non_recursive);
  v.omit_empty("CreateMountpoint", o.create_mountpoint);
  v.omit_empty("ReadOnlyNonRecursive", o.read_only_non_recursive);
  v.omit_empty("ReadOnlyForceRecursive", o.read_only_force_recursive);
}

template <class Visitor>
void describe(Visitor& v, MountVolumeOptions& o) {
  v.omit_empty("NoCopy", o.no_copy);
  v.omit_empty("Labels", o.labels);
  v.omit_empty("Subpath", o.subpath);
}

template <class Visitor>
void describe(Visitor& v, MountTmpfsOptions& o) {
  v.omit_empty("SizeBytes", o.size_bytes);
  v.omit_empty("Mode", o.mode);
}

template <class Visitor>
void describe(Visitor& v, MountRequest& m) {
  v.omit_empty("Type", m.type);
  v.omit_empty("Source", m.source);
  v.omit_empty("Target", m.target);
  v.omit_empty("ReadOnly", m.read_only);
  v.omit_empty("Consistency", m.consistency);
  v.omit_empty("BindOptions", m.bind_options);
  v.omit_empty("VolumeOptions", m.volume_options);
  v.omit_empty("TmpfsOptions", m.tmpfs_options);
}

template <class Visitor>
void describe_resources(Visitor& v, HostConfig& c) {
  v("CpuShares", c.cpu_shares);
  v("Memory", c.memory);
  v("NanoCpus", c.nano_cpus);
  v("CgroupParent", c.cgroup_parent);
  v.fixed("BlkioWeight", "0");
  for (const char* name : {"BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps",
                           "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps"})
    v.fixed(name, "[]");
  v("CpuPeriod", c.cpu_period);
  v("CpuQuota", c.cpu_quota);
  v.fixed("CpuRealtimePeriod", "0");
  v.fixed("CpuRealtimeRuntime", "0");
  v("CpusetCpus", c.cpuset_cpus);
  v("CpusetMems", c.cpuset_mems);
  v("Devices", c.devices);
  v.null_if_empty("DeviceCgroupRules", c.device_cgroup_rules);
  v.fixed("DeviceRequests", "null");
  v("MemoryReservation", c.memory_reservation);
  v("MemorySwap", c.memory_swap);
  v("MemorySwappiness", c.memory_swappiness);
  v("OomKillDisable", c.oom_kill_disable);
  v("PidsLimit", c.pids_limit);
  v("Ulimits", c.ulimits);
  for (const char* name : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"})
    v.fixed(name, "0");
}

template <class Visitor>
void describe(Visitor& v, HostConfig& c) {
  v.null_if_empty("Binds", c.binds);
  v("ContainerIDFile", c.container_id_file);
  v("LogConfig", c.log_config);
  v("NetworkMode", c.network_mode);
  v("PortBindings", c.port_bindings);
  v("RestartPolicy", c.restart_policy);
  v("AutoRemove", c.auto_remove);
  v.fixed("VolumeDriver", "\"\"");
  v.null_if_empty("VolumesFrom", c.volumes_from);
  v.omit_empty("Mounts", c.mounts);
  v.omit_empty("ConsoleSize", c.console_size);
  v.omit_empty("Annotations", c.annotations);
  v.null_if_empty("CapAdd", c.cap_add);
  v.null_if_empty("CapDrop", c.cap_drop);
  v("CgroupnsMode", c.cgroupns_mode);
  v("Dns", c.dns);
  v("DnsOptions", c.dns_options);
  v("DnsSearch", c.dns_search);
  v.null_if_empty("ExtraHosts", c.extra_hosts);
  v.null_if_empty("GroupAdd", c.group_add);
  v("IpcMode", c.ipc_mode);
  v.fixed("Cgroup", "\"\"");
  v.fixed("Links", "null");
  v("OomScoreAdj", c.oom_score_adj);
  v("PidMode", c.pid_mode);
  v("Privileged", c.privileged);
  v("PublishAllPorts", c.publish_all_ports);
  v("ReadonlyRootfs", c.readonly_rootfs);
  v.null_if_empty("SecurityOpt", c.security_opt);
  v.omit_empty("Tmpfs", c.tmpfs);
  v("UTSMode", c.uts_mode);
  v("UsernsMode", c.userns_mode);
  v("ShmSize", c.shm_size);
  v.omit_empty("Sysctls", c.sysctls);
  v.omit_empty("Runtime", c.runtime);
  v.fixed("Isolation", "\"\"", "\"default\"");
  describe_resources(v, c);
  v.omit_empty("Init", c.init);
  v("MaskedPaths", c.masked_paths);
  v("ReadonlyPaths", c.readonly_paths);
}

}  // namespace rundlet::spec::docker_api
