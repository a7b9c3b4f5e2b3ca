#include "spec/oci_defaults.h"

namespace rundlet::spec {
namespace {

OciMount mount_of(std::string destination, std::string type, std::string source,
                  std::vector<std::string> options) {
  OciMount mount;
  mount.destination = std::move(destination);
  mount.type = std::move(type);
  mount.source = std::move(source);
  mount.options = std::move(options);
  return mount;
}

std::vector<OciMount> default_mounts() {
  return {
      mount_of("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
      mount_of("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
      mount_of("/dev/pts", "devpts", "devpts",
               {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
      mount_of("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
      mount_of("/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}),
      mount_of("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
      mount_of("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
  };
}

OciDeviceRule allow(const char* type, std::optional<int64_t> major, std::optional<int64_t> minor,
                    const char* access) {
  return {true, type, major, minor, access};
}

std::vector<OciDeviceRule> default_device_rules() {
  return {
      {false, "a", {}, {}, "rwm"}, allow("c", 1, 3, "rwm"),  // null
      allow("c", 1, 5, "rwm"),                               // zero
      allow("c", 1, 7, "rwm"),                               // full
      allow("c", 1, 8, "rwm"),                               // random
      allow("c", 1, 9, "rwm"),                               // urandom
      allow("c", 5, 0, "rwm"),                               // tty
      allow("c", 5, 1, "rwm"),                               // console
      allow("c", 5, 2, "rwm"),                               // ptmx
      allow("c", 136, {}, "rwm"),                            // pts
      allow("c", {}, {}, "m"),     allow("b", {}, {}, "m"),
  };
}

}  // namespace

const std::vector<std::string>& default_capabilities() {
  static const std::vector<std::string> capabilities = {
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
      "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
      "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
      "CAP_KILL",    "CAP_AUDIT_WRITE",
  };
  return capabilities;
}

OciCapabilities capability_sets(const std::vector<std::string>& capabilities) {
  OciCapabilities sets;
  sets.bounding = sets.effective = sets.permitted = capabilities;
  return sets;
}

OciConfig default_linux_config() {
  OciConfig config;
  OciProcess& process = config.process.emplace();
  process.capabilities = capability_sets(default_capabilities());
  config.mounts = default_mounts();
  OciLinux& linux_part = config.linux_;
  linux_part.sysctl = {{"net.ipv4.ip_unprivileged_port_start", "0"},
                       {"net.ipv4.ping_group_range", "0 2147483647"}};
  linux_part.resources.emplace().devices = default_device_rules();
  for (const char* type : {"mount", "network", "uts", "pid", "ipc", "cgroup"}) {
    linux_part.namespaces.push_back({type, ""});
  }
  linux_part.masked_paths = {
      "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
      "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
      "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
  };
  linux_part.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  return config;
}

}  // namespace rundlet::spec
