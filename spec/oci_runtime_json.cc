#include "base/codec/json.h"
#include "spec/oci_runtime.h"

namespace rundlet::spec {

template <class Visitor>
void describe(Visitor& v, OciUser& u) {
  v("uid", u.uid);
  v("gid", u.gid);
  v.omit_empty("umask", u.umask);
  v.omit_empty("additionalGids", u.additional_gids);
}

template <class Visitor>
void describe(Visitor& v, OciCapabilities& c) {
  v.omit_empty("bounding", c.bounding);
  v.omit_empty("effective", c.effective);
  v.omit_empty("inheritable", c.inheritable);
  v.omit_empty("permitted", c.permitted);
  v.omit_empty("ambient", c.ambient);
}

template <class Visitor>
void describe(Visitor& v, OciRlimit& r) {
  v("type", r.type);
  v("hard", r.hard);
  v("soft", r.soft);
}

template <class Visitor>
void describe(Visitor& v, OciConsoleSize& s) {
  v("height", s.height);
  v("width", s.width);
}

template <class Visitor>
void describe(Visitor& v, OciProcess& p) {
  v.omit_empty("terminal", p.terminal);
  v.omit_empty("consoleSize", p.console_size);
  v("user", p.user);
  v.omit_empty("args", p.args);
  v.omit_empty("env", p.env);
  v("cwd", p.cwd);
  v.omit_empty("capabilities", p.capabilities);
  v.omit_empty("rlimits", p.rlimits);
  v.omit_empty("noNewPrivileges", p.no_new_privileges);
  v.omit_empty("oomScoreAdj", p.oom_score_adj);
  v.omit_empty("apparmorProfile", p.apparmor_profile);
  v.omit_empty("selinuxLabel", p.selinux_label);
  v.refuse("scheduler");
  v.refuse("ioPriority");
  v.refuse("execCPUAffinity");
}

template <class Visitor>
void describe(Visitor& v, OciIdMapping& m) {
  v("containerID", m.container_id);
  v("hostID", m.host_id);
  v("size", m.size);
}

template <class Visitor>
void describe(Visitor& v, OciMount& m) {
  v("destination", m.destination);
  v.omit_empty("type", m.type);
  v.omit_empty("source", m.source);
  v.omit_empty("options", m.options);
  v.omit_empty("uidMappings", m.uid_mappings);
  v.omit_empty("gidMappings", m.gid_mappings);
}

template <class Visitor>
void describe(Visitor& v, OciNamespace& n) {
  v("type", n.type);
  v.omit_empty("path", n.path);
}

template <class Visitor>
void describe(Visitor& v, OciDevice& d) {
  v("type", d.type);
  v("path", d.path);
  v.omit_empty("major", d.major);
  v.omit_empty("minor", d.minor);
  v.omit_empty("fileMode", d.file_mode);
  v.omit_empty("uid", d.uid);
  v.omit_empty("gid", d.gid);
}

template <class Visitor>
void describe(Visitor& v, OciDeviceRule& r) {
  v("allow", r.allow);
  v.omit_empty("type", r.type);
  v.omit_empty("major", r.major);
  v.omit_empty("minor", r.minor);
  v.omit_empty("access", r.access);
}

// kernel, kernelTCP and useHierarchy are obsolete: runtimes may ignore them.
template <class Visitor>
void describe(Visitor& v, OciMemory& m) {
  v.omit_empty("limit", m.limit);
  v.omit_empty("reservation", m.reservation);
  v.omit_empty("swap", m.swap);
  v.omit_empty("swappiness", m.swappiness);
  v.omit_empty("disableOOMKiller", m.disable_oom_killer);
  v.refuse("checkBeforeUpdate");
}

template <class Visitor>
void describe(Visitor& v, OciCpu& c) {
  v.omit_empty("shares", c.shares);
  v.omit_empty("quota", c.quota);
  v.omit_empty("period", c.period);
  v.omit_empty("realtimeRuntime", c.realtime_runtime);
  v.omit_empty("realtimePeriod", c.realtime_period);
  v.omit_empty("cpus", c.cpus);
  v.omit_empty("mems", c.mems);
  v.refuse("burst");
  v.refuse("idle");
}

template <class Visitor>
void describe(Visitor& v, OciPids& p) {
  v("limit", p.limit);
}

template <class Visitor>
void describe(Visitor& v, OciWeightDevice& d) {
  v("major", d.major);
  v("minor", d.minor);
  v.omit_empty("weight", d.weight);
  v.refuse("leafWeight");
}

template <class Visitor>
void describe(Visitor& v, OciThrottleDevice& d) {
  v("major", d.major);
  v("minor", d.minor);
  v("rate", d.rate);
}

template <class Visitor>
void describe(Visitor& v, OciBlockIo& b) {
  v.omit_empty("weight", b.weight);
  v.omit_empty("weightDevice", b.weight_device);
  v.omit_empty("throttleReadBpsDevice", b.read_bps);
  v.omit_empty("throttleWriteBpsDevice", b.write_bps);
  v.omit_empty("throttleReadIOPSDevice", b.read_iops);
  v.omit_empty("throttleWriteIOPSDevice", b.write_iops);
  v.refuse("leafWeight");
}

template <class Visitor>
void describe(Visitor& v, OciResources& r) {
  v.omit_empty("devices", r.devices);
  v.omit_empty("memory", r.memory);
  v.omit_empty("cpu", r.cpu);
  v.omit_empty("pids", r.pids);
  v.omit_empty("blockIO", r.block_io);
  v.omit_empty("unified", r.unified);
  v.refuse("hugepageLimits");
  v.refuse("network");
  v.refuse("rdma");
}

template <class Visitor>
void describe(Visitor& v, OciSyscallArg& a) {
  v("index", a.index);
  v("value", a.value);
  v.omit_empty("valueTwo", a.value_two);
  v("op", a.op);
}

template <class Visitor>
void describe(Visitor& v, OciSyscallRule& r) {
  v("names", r.names);
  v("action", r.action);
  v.omit_empty("errnoRet", r.errno_ret);
  v.omit_empty("args", r.args);
}

template <class Visitor>
void describe(Visitor& v, OciSeccomp& s) {
  v("defaultAction", s.default_action);
  v.omit_empty("defaultErrnoRet", s.default_errno_ret);
  v.omit_empty("architectures", s.architectures);
  v.omit_empty("flags", s.flags);
  v.omit_empty("listenerPath", s.listener_path);
  v.omit_empty("syscalls", s.syscalls);
  v.refuse("listenerMetadata");
}

template <class Visitor>
void describe(Visitor& v, OciHook& h) {
  v("path", h.path);
  v.omit_empty("args", h.args);
  v.omit_empty("env", h.env);
  v.omit_empty("timeout", h.timeout);
}

template <class Visitor>
void describe(Visitor& v, OciHooks& h) {
  v.omit_empty("prestart", h.prestart);
  v.omit_empty("createRuntime", h.create_runtime);
  v.omit_empty("createContainer", h.create_container);
  v.omit_empty("startContainer", h.start_container);
  v.omit_empty("poststart", h.poststart);
  v.omit_empty("poststop", h.poststop);
}

template <class Visitor>
void describe(Visitor& v, OciLinux& l) {
  v.omit_empty("uidMappings", l.uid_mappings);
  v.omit_empty("gidMappings", l.gid_mappings);
  v.omit_empty("sysctl", l.sysctl);
  v.omit_empty("resources", l.resources);
  v.omit_empty("cgroupsPath", l.cgroups_path);
  v.omit_empty("namespaces", l.namespaces);
  v.omit_empty("devices", l.devices);
  v.omit_empty("seccomp", l.seccomp);
  v.omit_empty("rootfsPropagation", l.rootfs_propagation);
  v.omit_empty("maskedPaths", l.masked_paths);
  v.omit_empty("readonlyPaths", l.readonly_paths);
  v.omit_empty("mountLabel", l.mount_label);
  for (const char* name : {"intelRdt", "personality", "timeOffsets", "netDevices", "memoryPolicy"})
    v.refuse(name);
}

template <class Visitor>
void describe(Visitor& v, OciRoot& r) {
  v("path", r.path);
  v.omit_empty("readonly", r.readonly);
}

template <class Visitor>
void describe(Visitor& v, OciConfig& c) {
  v("ociVersion", c.oci_version);
  v.omit_empty("process", c.process);
  v("root", c.root);
  v.omit_empty("hostname", c.hostname);
  v.omit_empty("domainname", c.domainname);
  v.omit_empty("mounts", c.mounts);
  v("hooks", c.hooks);
  v.omit_empty("annotations", c.annotations);
  v("linux", c.linux_);
}

template <class Visitor>
void describe(Visitor& v, OciState& s) {
  v("ociVersion", s.oci_version);
  v("id", s.id);
  v("status", s.status);
  v("pid", s.pid);
  v("bundle", s.bundle);
  v.omit_empty("annotations", s.annotations);
}

OciConfig parse_oci_config(std::string_view text) {
  return json::decode<OciConfig>(text, json::Unknown::ignore);
}
OciProcess parse_oci_process(std::string_view text) {
  return json::decode<OciProcess>(text, json::Unknown::ignore);
}
std::string to_json(const OciConfig& config) {
  return json::encode(config);
}
std::string to_json(const OciProcess& process) {
  return json::encode(process);
}
std::string to_json(const OciState& state) {
  return json::encode(state);
}

}  // namespace rundlet::spec
