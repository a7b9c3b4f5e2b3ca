#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/engine/host_config.h"
#include "spec/capability.h"
#include "spec/oci_defaults.h"

namespace rundlet::daemon {
namespace {

constexpr uint64_t kCpuPeriod = 100'000;  // microseconds

// "net_admin" and "CAP_NET_ADMIN" are the same.
std::string canonical_capability(const std::string& name) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "ALL") return upper;
  if (!upper.starts_with("CAP_")) upper.insert(0, "CAP_");
  if (!spec::capability_number(upper))
    throw_invalid("invalid CapAdd: unknown capability: \"" + name + "\"");
  return upper;
}

// The daemon's own effective set.
std::vector<std::string> held_capabilities() {
  std::string status = read_file("/proc/self/status");
  size_t line = status.find("CapEff:");
  if (line == status.npos) throw_error(ErrorCode::internal, "/proc/self/status tells no CapEff");
  uint64_t bits = std::strtoull(status.c_str() + line + 7, nullptr, 16);
  std::vector<std::string> held;
  auto names = spec::capability_names();
  for (size_t number = 0; number < names.size(); ++number)
    if (bits >> number & 1) held.emplace_back(names[number]);
  return held;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> canonical(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) result.push_back(canonical_capability(name));
  return result;
}

spec::OciMemory memory_limits(const docker_api::HostConfig& host) {
  spec::OciMemory memory;
  if (host.memory > 0) memory.limit = host.memory;
  if (host.memory_reservation > 0) memory.reservation = host.memory_reservation;
  if (host.memory_swap != 0) {
    memory.swap = host.memory_swap;
  } else if (host.memory > 0) {
    memory.swap = host.memory * 2;
  }
  if (host.memory_swappiness && *host.memory_swappiness >= 0)
    memory.swappiness = static_cast<uint64_t>(*host.memory_swappiness);
  memory.disable_oom_killer = host.oom_kill_disable;
  return memory;
}

spec::OciCpu cpu_limits(const docker_api::HostConfig& host) {
  spec::OciCpu cpu;
  if (host.cpu_shares > 0) cpu.shares = static_cast<uint64_t>(host.cpu_shares);
  if (host.nano_cpus > 0) {
    cpu.period = kCpuPeriod;
    cpu.quota = host.nano_cpus * static_cast<int64_t>(kCpuPeriod) / 1'000'000'000;
  }
  if (host.cpu_period > 0) cpu.period = static_cast<uint64_t>(host.cpu_period);
  if (host.cpu_quota != 0) cpu.quota = host.cpu_quota;
  cpu.cpus = host.cpuset_cpus;
  cpu.mems = host.cpuset_mems;
  return cpu;
}

}  // namespace

std::vector<std::string> capabilities(const docker_api::HostConfig& host) {
  std::vector<std::string> held = held_capabilities();
  std::vector<std::string> add = canonical(host.cap_add);
  std::vector<std::string> drop = canonical(host.cap_drop);
  if (host.privileged) return held;
  std::vector<std::string> wanted;
  if (contains(add, "ALL")) {
    wanted = held;
  } else if (!contains(drop, "ALL")) {
    wanted = spec::default_capabilities();
  }
  for (const std::string& name : add)
    if (name != "ALL" && !contains(wanted, name)) wanted.push_back(name);
  if (!contains(drop, "ALL") || contains(add, "ALL"))
    std::erase_if(wanted, [&](const std::string& name) { return contains(drop, name); });
  // What the daemon itself does not hold it cannot give: only an explicit request for it is an error (in the kernel's
  // words, at start); the defaults shrink.
  std::erase_if(wanted, [&](const std::string& name) { return !contains(held, name) && !contains(add, name); });
  return wanted;
}

spec::OciResources resources(const docker_api::HostConfig& host) {
  spec::OciResources limits;
  limits.memory = memory_limits(host);
  limits.cpu = cpu_limits(host);
  if (host.pids_limit && *host.pids_limit != 0) limits.pids = spec::OciPids{*host.pids_limit};
  return limits;
}

}  // namespace rundlet::daemon
