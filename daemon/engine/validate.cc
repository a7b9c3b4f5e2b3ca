#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "daemon/engine/host_config.h"

namespace rundlet::daemon {
namespace {

constexpr int64_t kMinMemory = 6 * 1024 * 1024;

[[noreturn]] void refuse(const std::string& field) {
  throw_error(ErrorCode::unimplemented, "unsupported field HostConfig." + field);
}

void refuse_unsupported(const docker_api::HostConfig& host) {
  for (const auto& mount : host.mounts)
    if (mount.volume_options && !mount.volume_options->labels.empty()) refuse("Mounts.VolumeOptions.Labels");
  if (!host.volumes_from.empty()) refuse("VolumesFrom");
  if (!host.ipc_mode.empty() && host.ipc_mode != "private" && host.ipc_mode != "host")
    refuse("IpcMode \"" + host.ipc_mode + "\"");
  if (!host.pid_mode.empty() && host.pid_mode != "host") refuse("PidMode \"" + host.pid_mode + "\"");
  if (!host.uts_mode.empty() && host.uts_mode != "host") refuse("UTSMode \"" + host.uts_mode + "\"");
  if (!host.userns_mode.empty() && host.userns_mode != "host")
    refuse("UsernsMode \"" + host.userns_mode + "\"");
  if (!host.cgroupns_mode.empty() && host.cgroupns_mode != "private" && host.cgroupns_mode != "host")
    throw_invalid("invalid cgroup namespace mode: " + host.cgroupns_mode);
  if (!host.device_cgroup_rules.empty()) refuse("DeviceCgroupRules");
}

void validate_resources(const docker_api::HostConfig& host) {
  if (host.memory != 0 && host.memory < kMinMemory) throw_invalid("Minimum memory limit allowed is 6MB");
  if (host.memory_swap > 0 && host.memory == 0)
    throw_invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (host.memory > 0 && host.memory_swap > 0 && host.memory_swap < host.memory)
    throw_invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (host.memory_reservation > 0 && host.memory > 0 && host.memory < host.memory_reservation)
    throw_invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  if (host.nano_cpus < 0) throw_invalid("NanoCPUs cannot be negative");
  if (host.nano_cpus > 0 && (host.cpu_quota > 0 || host.cpu_period > 0))
    throw_invalid("Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set");
  if (host.cpu_period != 0 && (host.cpu_period < 1000 || host.cpu_period > 1'000'000))
    throw_invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (host.cpu_quota > 0 && host.cpu_quota < 1000)
    throw_invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  if (host.oom_score_adj < -1000 || host.oom_score_adj > 1000)
    throw_invalid("Invalid value " + std::to_string(host.oom_score_adj) +
                  ", range for oom score adj is [-1000, 1000]");
}

void validate_restart(const docker_api::HostConfig& host) {
  static constexpr std::array<std::string_view, 5> kPolicies{"", "no", "always", "unless-stopped",
                                                             "on-failure"};
  const auto& policy = host.restart_policy;
  if (std::find(kPolicies.begin(), kPolicies.end(), policy.name) == kPolicies.end())
    throw_invalid("invalid restart policy: unknown policy '" + policy.name +
                  "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
  if (policy.maximum_retry_count != 0 && policy.name != "on-failure")
    throw_invalid("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  if (policy.maximum_retry_count < 0)
    throw_invalid("invalid restart policy: maximum retry count cannot be negative");
  if (host.auto_remove && !policy.name.empty() && policy.name != "no")
    throw_invalid("can't create 'AutoRemove' container with restart policy");
}

void validate_health(const spec::HealthConfig& health) {
  constexpr int64_t kMillisecond = 1'000'000;
  auto check = [](int64_t value, const char* name) {
    if (value != 0 && value < kMillisecond)
      throw_invalid(std::string(name) + " in Healthcheck cannot be less than 1ms");
  };
  check(health.interval, "Interval");
  check(health.timeout, "Timeout");
  check(health.start_period, "StartPeriod");
  check(health.start_interval, "StartInterval");
  if (health.retries < 0) throw_invalid("Retries in Healthcheck cannot be negative");
  if (health.test.empty()) return;
  const std::string& kind = health.test[0];
  if (kind != "NONE" && kind != "CMD" && kind != "CMD-SHELL")
    throw_invalid("Unknown healthcheck type '" + kind + "' (expected 'CMD')");
}

void validate_network(const docker_api::ContainerConfig& config, const docker_api::HostConfig& host) {
  NetworkMode mode = parse_network_mode(host.network_mode);
  bool publishes = !host.port_bindings.empty() || host.publish_all_ports;
  if (mode.kind == NetworkKind::container && publishes)
    throw_invalid("conflicting options: port publishing and the container type network mode");
  if (mode.kind == NetworkKind::container && !config.hostname.empty())
    throw_invalid("conflicting options: hostname and the network mode");
  if (config.network_disabled) throw_error(ErrorCode::unimplemented, "unsupported field NetworkDisabled");
  if (!config.mac_address.empty()) throw_error(ErrorCode::unimplemented, "unsupported field MacAddress");
  port_requests(config, host);
}

void validate_security(const docker_api::HostConfig& host) {
  for (const std::string& option : host.security_opt) {
    bool known = option == "no-new-privileges" || option == "no-new-privileges:true" ||
                 option == "no-new-privileges=true" || option == "no-new-privileges:false" ||
                 option == "no-new-privileges=false" || option == "seccomp=unconfined" ||
                 option == "seccomp:unconfined" || option == "apparmor=unconfined" ||
                 option == "label=disable" || option == "systempaths=unconfined";
    if (!known) refuse("SecurityOpt \"" + option + "\"");
  }
  capabilities(host);
}

}  // namespace

void validate(const docker_api::ContainerConfig& config, const docker_api::HostConfig& host) {
  refuse_unsupported(host);
  validate_resources(host);
  validate_restart(host);
  validate_security(host);
  validate_network(config, host);
  if (config.healthcheck) validate_health(*config.healthcheck);
  if (!config.working_dir.empty() && config.working_dir[0] != '/')
    throw_invalid("the working directory '" + config.working_dir +
                  "' is invalid, it needs to be an absolute path");
  if (!config.stop_signal.empty() && !proc::signal_from_string(config.stop_signal))
    throw_invalid("invalid signal: " + config.stop_signal);
  if (config.entrypoint.items.empty() && config.cmd.items.empty()) throw_invalid("no command specified");
  const auto& log = host.log_config.type;
  if (!log.empty() && log != "json-file" && log != "none")
    throw_error(ErrorCode::unimplemented, "unsupported field HostConfig.LogConfig.Type \"" + log + "\"");
  if (log != "none") parse_log_options(host.log_config.config);
}

NetworkMode parse_network_mode(const std::string& mode) {
  if (mode.empty() || mode == "default" || mode == "bridge") return {NetworkKind::bridge, ""};
  if (mode == "none") return {NetworkKind::none, ""};
  if (mode == "host") return {NetworkKind::host, ""};
  if (mode.starts_with("container:") && mode.size() > 10) return {NetworkKind::container, mode.substr(10)};
  if (mode.starts_with("container:")) throw_invalid("invalid container format container:<name|id>");
  // Not "not found": the client would take that for a missing image, and pull.
  throw_invalid("failed to set up container networking: network " + mode + " not found");
}

}  // namespace rundlet::daemon
