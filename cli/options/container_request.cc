#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/fd.h"
#include "cli/format/json.h"
#include "cli/options/container_options.h"
#include "cli/options/key_values.h"
#include "cli/options/mounts.h"
#include "cli/options/ports.h"
#include "cli/options/value_checks.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::ContainerConfig;
using spec::docker_api::CreateContainerRequest;
using spec::docker_api::HostConfig;

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

void set_streams(const ContainerOptions& o, ContainerConfig& config) {
  config.attach_stdin = o.interactive || contains(o.attach, "stdin");
  config.attach_stdout = o.attach.empty() || contains(o.attach, "stdout");
  config.attach_stderr = o.attach.empty() || contains(o.attach, "stderr");
  config.tty = o.tty;
  config.open_stdin = o.interactive;
  config.stdin_once = config.open_stdin && config.attach_stdin;
}

void set_command(const ContainerOptions& o, const std::vector<std::string>& image_and_command,
                 ContainerConfig& config) {
  config.image = image_and_command.at(0);
  if (image_and_command.size() > 1) {
    config.cmd.is_set = true;
    config.cmd.items.assign(image_and_command.begin() + 1, image_and_command.end());
  }
  // An empty one, [""], takes the image's entrypoint away.
  if (o.entrypoint) config.entrypoint = {{*o.entrypoint}, true};
}

std::optional<spec::HealthConfig> make_health(const ContainerOptions& o) {
  bool given = !o.health_cmd.empty() || o.health_interval != 0 || o.health_timeout != 0 ||
               o.health_start_period != 0 || o.health_start_interval != 0 || o.health_retries != 0;
  if (o.no_healthcheck) {
    if (given) throw_invalid("--no-healthcheck conflicts with --health-* options");
    spec::HealthConfig none;
    none.test = {"NONE"};
    return none;
  }
  if (!given) return std::nullopt;
  if (o.health_interval < 0) throw_invalid("--health-interval cannot be negative");
  if (o.health_timeout < 0) throw_invalid("--health-timeout cannot be negative");
  if (o.health_retries < 0) throw_invalid("--health-retries cannot be negative");
  if (o.health_start_period < 0) throw_invalid("--health-start-period cannot be negative");
  if (o.health_start_interval < 0) throw_invalid("--health-start-interval cannot be negative");
  spec::HealthConfig health;
  if (!o.health_cmd.empty()) health.test = {"CMD-SHELL", o.health_cmd};
  health.interval = o.health_interval;
  health.timeout = o.health_timeout;
  health.start_period = o.health_start_period;
  health.start_interval = o.health_start_interval;
  health.retries = o.health_retries;
  return health;
}

ContainerConfig make_config(const ContainerOptions& o, const std::vector<std::string>& image_and_command) {
  ContainerConfig config;
  config.hostname = o.hostname;
  config.domainname = o.domainname;
  config.user = o.user;
  config.env = collect_env(o.env_files, o.env);
  config.labels = collect_labels(o.label_files, o.labels);
  config.working_dir = o.workdir;
  config.stop_signal = o.stop_signal;
  if (o.stop_timeout) config.stop_timeout = static_cast<int>(*o.stop_timeout);
  config.healthcheck = make_health(o);
  set_streams(o, config);
  set_command(o, image_and_command, config);
  return config;
}

// "seccomp=FILE" becomes the file's content; "name:value" is the old form of "name=value".
std::string security_option(const std::string& text) {
  auto pair = cut(text, '=');
  if (!pair && text != "no-new-privileges") {
    pair = cut(text, ':');
    if (!pair) throw_invalid(fmt::format("Invalid --security-opt: \"{}\"", text));
  }
  if (!pair || pair->first != "seccomp" || pair->second == "unconfined" || pair->second == "builtin")
    return text;
  try {
    return "seccomp=" + compact_json(read_named_file(pair->second));
  } catch (const Error& e) {
    throw e.with_context(fmt::format("opening seccomp profile ({}) failed", pair->second));
  }
}

void set_isolation(const ContainerOptions& o, HostConfig& host) {
  host.privileged = o.privileged;
  auto capabilities = normalise_capabilities(o.cap_add, o.cap_drop);
  host.cap_add = capabilities.add;
  host.cap_drop = capabilities.drop;
  for (const std::string& option : o.security_opts) {
    if (option == "systempaths=unconfined") {
      host.masked_paths.emplace();
      host.readonly_paths.emplace();
    } else {
      host.security_opt.push_back(security_option(option));
    }
  }
  host.group_add = o.group_add;
  host.sysctls = to_map(o.sysctls);
  host.device_cgroup_rules = o.device_cgroup_rules;
  host.pid_mode = o.pid;
  host.ipc_mode = o.ipc;
  host.uts_mode = o.uts;
  host.userns_mode = o.userns;
  host.cgroupns_mode = o.cgroupns;
}

void set_resources(const ContainerOptions& o, HostConfig& host) {
  if (o.memory_swappiness < -1 || o.memory_swappiness > 100)
    throw_invalid(
        fmt::format("invalid value: {}. Valid memory swappiness range is 0-100", o.memory_swappiness));
  host.memory = o.memory;
  host.memory_reservation = o.memory_reservation;
  host.memory_swap = o.memory_swap;
  if (o.memory_swappiness >= 0) host.memory_swappiness = o.memory_swappiness;
  host.oom_kill_disable = o.oom_kill_disable;
  host.oom_score_adj = static_cast<int>(o.oom_score_adj);
  host.nano_cpus = o.nano_cpus;
  host.cpu_shares = o.cpu_shares;
  host.cpu_period = o.cpu_period;
  host.cpu_quota = o.cpu_quota;
  host.cpuset_cpus = o.cpuset_cpus;
  host.cpuset_mems = o.cpuset_mems;
  host.cgroup_parent = o.cgroup_parent;
  host.pids_limit = o.pids_limit;
  std::map<std::string, spec::docker_api::Ulimit> by_name;
  for (const std::string& text : o.ulimits) {
    auto ulimit = parse_ulimit(text);
    by_name[ulimit.name] = ulimit;
  }
  for (auto& [name, ulimit] : by_name) host.ulimits.push_back(ulimit);
}

void set_filesystems(const ContainerOptions& o, CreateContainerRequest& request) {
  HostConfig& host = request.host_config;
  for (const std::string& volume : o.volumes) add_volume(volume, request.config, host);
  for (const std::string& mount : o.mounts) host.mounts.push_back(parse_mount(mount));
  for (const std::string& text : o.tmpfs) {
    auto pair = cut(text, ':');
    host.tmpfs[pair ? pair->first : text] = pair ? pair->second : "";
  }
  host.volumes_from = o.volumes_from;
  for (const std::string& device : o.devices) host.devices.push_back(parse_device(device));
  host.readonly_rootfs = o.read_only;
  host.shm_size = o.shm_size;
}

bool is_user_defined(const std::string& network) {
  return network != "default" && network != "bridge" && network != "host" && network != "none" &&
         !network.starts_with("container:");
}

void set_network(const ContainerOptions& o, CreateContainerRequest& request) {
  HostConfig& host = request.host_config;
  host.network_mode = o.networks.empty() ? "default" : o.networks[0];
  for (const std::string& network : o.networks)
    if (network.find('=') != network.npos)
      throw_invalid(
          fmt::format("invalid network \"{}\": settings beside the name are not supported", network));
  if (!o.network_aliases.empty() && !is_user_defined(host.network_mode))
    throw_invalid("network-scoped aliases are only supported for user-defined networks");
  for (const std::string& spec : o.publish)
    add_published(spec, host.port_bindings, request.config.exposed_ports);
  for (const std::string& spec : o.expose) add_exposed(spec, request.config.exposed_ports);
  host.publish_all_ports = o.publish_all;
  host.extra_hosts = o.add_hosts;
  host.dns = o.dns;
  host.dns_options = o.dns_options;
  host.dns_search = o.dns_search;
  auto& endpoints = request.networking_config.endpoints_config;
  for (const std::string& network : o.networks)
    if (is_user_defined(network)) endpoints[network] = {};
  if (o.networks.empty() || is_user_defined(host.network_mode)) {
    endpoints[host.network_mode].mac_address = o.mac_address;
    endpoints[host.network_mode].aliases = o.network_aliases;
  } else {
    request.config.mac_address = o.mac_address;
  }
}

void set_logging(const ContainerOptions& o, HostConfig& host) {
  if (o.log_driver == "none" && !o.log_opts.empty())
    throw_invalid(fmt::format("invalid logging opts for driver {}", o.log_driver));
  host.log_config.type = o.log_driver;
  host.log_config.config = to_map(o.log_opts);
}

}  // namespace

CreateContainerRequest make_create_request(const ContainerOptions& o,
                                           const std::vector<std::string>& image_and_command) {
  CreateContainerRequest request;
  request.config = make_config(o, image_and_command);
  HostConfig& host = request.host_config;
  host.container_id_file = o.cid_file;
  host.restart_policy = parse_restart_policy(o.restart);
  host.auto_remove = o.auto_remove;
  if (o.auto_remove && host.restart_policy.name != "no" && !host.restart_policy.name.empty())
    throw_invalid("conflicting options: cannot specify both --restart and --rm");
  host.annotations = to_map(o.annotations);
  host.runtime = o.runtime;
  host.init = o.init;
  host.console_size = {0, 0};
  set_isolation(o, host);
  set_resources(o, host);
  set_filesystems(o, request);
  set_network(o, request);
  set_logging(o, host);
  return request;
}

}  // namespace rundlet::cli
