// The flags that run and create share, and the request they make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "spec/docker_api/container.h"

namespace rundlet::cli {

// As they were typed; lists hold checked values.
struct ContainerOptions {
  // What runs
  std::optional<std::string> entrypoint;
  std::string user, workdir, stop_signal, platform, runtime;
  std::optional<int64_t> stop_timeout;
  std::optional<bool> init;
  std::vector<std::string> env, env_files, labels, label_files, annotations;
  bool tty = false, interactive = false, auto_remove = false;
  std::vector<std::string> attach;
  // Name and identity
  std::string name, cid_file, hostname, domainname, restart = "no";
  // File systems
  std::vector<std::string> volumes, mounts, tmpfs, volumes_from, devices;
  bool read_only = false;
  int64_t shm_size = 0;
  // Network
  std::vector<std::string> publish, expose, networks, network_aliases, add_hosts, dns, dns_options,
      dns_search;
  bool publish_all = false;
  std::string mac_address;
  // Isolation
  bool privileged = false;
  std::vector<std::string> cap_add, cap_drop, security_opts, group_add, sysctls, device_cgroup_rules;
  std::string pid, ipc, uts, userns, cgroupns;
  // Resources
  int64_t memory = 0, memory_reservation = 0, memory_swap = 0, memory_swappiness = -1;
  int64_t nano_cpus = 0, cpu_shares = 0, cpu_period = 0, cpu_quota = 0, pids_limit = 0, oom_score_adj = 0;
  std::string cpuset_cpus, cpuset_mems, cgroup_parent;
  bool oom_kill_disable = false;
  std::vector<std::string> ulimits;
  // Health
  std::string health_cmd;
  int64_t health_interval = 0, health_timeout = 0, health_start_period = 0, health_start_interval = 0;  // ns
  int64_t health_retries = 0;
  bool no_healthcheck = false;
  // Logs
  std::string log_driver;
  std::vector<std::string> log_opts;
};

void add_container_flags(FlagSet& flags, ContainerOptions& options);

// `image_and_command` is what follows the flags. Reads env, label and seccomp files. Throws invalid_argument
// in docker's words for values that make no sense together.
spec::docker_api::CreateContainerRequest make_create_request(
    const ContainerOptions& options, const std::vector<std::string>& image_and_command);

}  // namespace rundlet::cli
