// /version, /info, /events and the error body of the Docker Engine API v1.51.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rundlet::spec::docker_api {

inline constexpr char kApiVersion[] = "1.51";
inline constexpr char kMinApiVersion[] = "1.24";

struct ComponentVersion {
  std::string name, version;
  std::map<std::string, std::string> details;
};

struct SystemVersion {
  std::string platform_name;
  std::vector<ComponentVersion> components;
  std::string version, api_version, min_api_version, git_commit, os, arch, kernel_version, build_time;
};

struct SystemInfo {
  std::string id;
  int containers = 0, containers_running = 0, containers_paused = 0, containers_stopped = 0, images = 0;
  std::string driver;
  std::vector<std::vector<std::string>> driver_status;
  std::string docker_root_dir;
  std::vector<std::string> volume_plugins, network_plugins, log_plugins;
  bool memory_limit = false, swap_limit = false, cpu_cfs_period = false, cpu_cfs_quota = false,
       cpu_shares = false;
  bool cpu_set = false, pids_limit = false, oom_kill_disable = false, ipv4_forwarding = false, debug = false;
  int fds = 0, threads = 0;
  std::string system_time, logging_driver, cgroup_driver, cgroup_version;
  int events_listeners = 0;
  std::string kernel_version, operating_system, os_version, os_type, architecture;
  int cpus = 0;
  int64_t mem_total = 0;
  std::vector<std::string> insecure_registries, registry_mirrors;
  std::string name;
  std::vector<std::string> labels;
  std::string server_version;
  std::map<std::string, std::string> runtimes;  // name → path
  std::string default_runtime;
  bool live_restore = true;
  std::string init_binary;
  std::vector<std::string> security_options, warnings;
  struct AddressPool {
    std::string base;
    int size = 0;
  };
  std::vector<AddressPool> default_address_pools;
};

// type: container image network volume daemon builder
struct Event {
  std::string type, action, id;
  std::map<std::string, std::string> attributes;
  TimePoint time;
};

std::string to_json(const SystemVersion& version);
SystemVersion parse_system_version(std::string_view text);
std::string to_json(const SystemInfo& info);
SystemInfo parse_system_info(std::string_view text);
// With the deprecated fields (status, id, from) that old clients read.
std::string to_json(const Event& event);
Event parse_event(std::string_view text);
// {"message": …}
std::string error_body(std::string_view message);
std::string parse_error_body(std::string_view text);

// "filters" query parameter: {"label": ["a"], "status": {"running": true}} (both forms are in use).
using Filters = std::map<std::string, std::vector<std::string>>;
Filters parse_filters(std::string_view text);
std::string to_json(const Filters& filters);

}  // namespace rundlet::spec::docker_api
