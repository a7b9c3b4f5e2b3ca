// OCI runtime configuration 1.0/1.1 (config.md, config-linux.md), the part a Linux runtime acts on. Unknown
// fields are ignored when read, as the spec demands of runtimes; a known field that cannot be honoured is an
// error.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/mount.h"

namespace rundlet::spec {

struct OciUser {
  uint32_t uid = 0, gid = 0;
  std::optional<uint32_t> umask;
  std::vector<uint32_t> additional_gids;
};

struct OciCapabilities {
  std::vector<std::string> bounding, effective, inheritable, permitted, ambient;  // "CAP_CHOWN"
};

struct OciRlimit {
  std::string type;  // "RLIMIT_NOFILE"
  uint64_t hard = 0, soft = 0;
};

struct OciConsoleSize {
  uint32_t height = 0, width = 0;
};

struct OciProcess {
  bool terminal = false;
  std::optional<OciConsoleSize> console_size;
  OciUser user;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd = "/";
  std::optional<OciCapabilities> capabilities;
  std::vector<OciRlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  std::string apparmor_profile;
  std::string selinux_label;
};

struct OciIdMapping {
  uint32_t container_id = 0, host_id = 0, size = 0;
};

struct OciMount : Mount {
  std::vector<OciIdMapping> uid_mappings, gid_mappings;
};

struct OciNamespace {
  std::string type;  // pid network mount ipc uts user cgroup time
  std::string path;  // empty: a new one
};

struct OciDevice {
  std::string type;  // c b u p
  std::string path;
  int64_t major = 0, minor = 0;
  std::optional<uint32_t> file_mode;
  std::optional<uint32_t> uid, gid;
};

struct OciDeviceRule {
  bool allow = false;
  std::string type;  // a c b
  std::optional<int64_t> major, minor;
  std::string access;  // rwm
};

struct OciMemory {
  std::optional<int64_t> limit, reservation, swap;  // bytes, -1: no limit; swap is memory + swap
  std::optional<uint64_t> swappiness;
  std::optional<bool> disable_oom_killer;
};

struct OciCpu {
  std::optional<uint64_t> shares;
  std::optional<int64_t> quota;  // microseconds per period
  std::optional<uint64_t> period;
  std::optional<int64_t> realtime_runtime;
  std::optional<uint64_t> realtime_period;
  std::string cpus, mems;
};

struct OciPids {
  int64_t limit = 0;  // <= 0: none
};

struct OciWeightDevice {
  int64_t major = 0, minor = 0;
  uint16_t weight = 0;
};
struct OciThrottleDevice {
  int64_t major = 0, minor = 0;
  uint64_t rate = 0;
};
struct OciBlockIo {
  uint16_t weight = 0;
  std::vector<OciWeightDevice> weight_device;
  std::vector<OciThrottleDevice> read_bps, write_bps, read_iops, write_iops;
};

struct OciResources {
  std::vector<OciDeviceRule> devices;
  std::optional<OciMemory> memory;
  std::optional<OciCpu> cpu;
  std::optional<OciPids> pids;
  std::optional<OciBlockIo> block_io;
  std::map<std::string, std::string> unified;  // cgroup v2 file → value
};

struct OciSyscallArg {
  uint32_t index = 0;
  uint64_t value = 0, value_two = 0;
  std::string op;  // SCMP_CMP_EQ …
};
struct OciSyscallRule {
  std::vector<std::string> names;
  std::string action;  // SCMP_ACT_ALLOW …
  std::optional<uint32_t> errno_ret;
  std::vector<OciSyscallArg> args;
};
struct OciSeccomp {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<std::string> architectures;  // SCMP_ARCH_X86_64 …
  std::vector<std::string> flags;
  std::string listener_path;
  std::vector<OciSyscallRule> syscalls;
};

struct OciHook {
  std::string path;
  std::vector<std::string> args, env;
  std::optional<int> timeout;  // seconds
};
struct OciHooks {
  std::vector<OciHook> prestart, create_runtime, create_container, start_container, poststart, poststop;
};

struct OciLinux {
  std::vector<OciIdMapping> uid_mappings, gid_mappings;
  std::map<std::string, std::string> sysctl;
  std::optional<OciResources> resources;
  std::string cgroups_path;
  std::vector<OciNamespace> namespaces;
  std::vector<OciDevice> devices;
  std::optional<OciSeccomp> seccomp;
  std::string rootfs_propagation;
  std::vector<std::string> masked_paths, readonly_paths;
  std::string mount_label;
};

struct OciRoot {
  std::string path;
  bool readonly = false;
};

struct OciConfig {
  std::string oci_version = "1.1.0";
  std::optional<OciProcess> process;
  OciRoot root;
  std::string hostname, domainname;
  std::vector<OciMount> mounts;
  OciHooks hooks;
  std::map<std::string, std::string> annotations;
  OciLinux linux_;
};

// state.md
struct OciState {
  std::string oci_version = "1.1.0";
  std::string id;
  std::string status;  // creating created running stopped paused
  int pid = 0;
  std::string bundle;
  std::map<std::string, std::string> annotations;
};

OciConfig parse_oci_config(std::string_view text);
OciProcess parse_oci_process(std::string_view text);
std::string to_json(const OciConfig& config);
std::string to_json(const OciProcess& process);
std::string to_json(const OciState& state);

}  // namespace rundlet::spec
