#include "daemon/engine/inspect.h"

#include "daemon/engine/exec.h"
#include "daemon/engine/host_config.h"
#include "daemon/engine/logs.h"
#include "daemon/engine/sandbox.h"

namespace rundlet::daemon {
namespace {

docker_api::ContainerState state_of(const ContainerRecord& record) {
  docker_api::ContainerState state;
  state.status = state_name(record.status);
  state.running = is_running(record.status) || record.status == Status::restarting;
  state.paused = record.status == Status::paused;
  state.restarting = record.status == Status::restarting;
  state.oom_killed = record.oom_killed;
  state.dead = record.status == Status::dead;
  state.pid = record.pid;
  state.exit_code = record.exit_code;
  state.error = record.error;
  state.started_at = record.started_at;
  state.finished_at = record.finished_at;
  if (!record.health.status.empty()) state.health = record.health;
  return state;
}

docker_api::DriverData graph_driver(Engine& engine, const ContainerRecord& record) {
  docker_api::DriverData driver;
  driver.name = "overlay2";
  if (record.snapshot.empty() || !engine.images.snapshots().info(record.snapshot)) return driver;
  auto directories = engine.images.snapshots().directories(record.snapshot);
  driver.data["UpperDir"] = engine.images.snapshots().own_directory(record.snapshot);
  std::string lower;
  for (size_t i = 1; i < directories.size(); ++i) lower += (lower.empty() ? "" : ":") + directories[i];
  driver.data["LowerDir"] = lower;
  return driver;
}

int64_t image_size(Engine& engine, const std::string& snapshot) {
  int64_t total = 0;
  for (auto id = snapshot; !id.empty();) {
    total += engine.images.snapshots().usage(id);
    auto info = engine.images.snapshots().info(id);
    id = info ? info->parent : "";
  }
  return total;
}

docker_api::NetworkSettings network_settings(const Engine& engine, const ContainerRecord& record) {
  docker_api::NetworkSettings settings;
  if (is_running(record.status)) {
    settings.sandbox_id = record.sandbox;
    settings.sandbox_key = namespace_pin(engine, record.sandbox);
  }
  settings.ports = port_map(record);
  settings.networks = endpoint_settings(engine, record);
  return settings;
}

docker_api::HostConfig shown_host_config(const Engine& engine, const ContainerRecord& record) {
  docker_api::HostConfig host = record.host_config;
  if (host.network_mode.empty()) host.network_mode = "bridge";
  if (host.restart_policy.name.empty()) host.restart_policy.name = "no";
  if (host.runtime.empty()) host.runtime = engine.config.default_runtime;
  if (host.ipc_mode.empty()) host.ipc_mode = "private";
  if (host.cgroupns_mode.empty()) host.cgroupns_mode = "private";
  if (host.shm_size == 0) host.shm_size = 64 << 20;
  return host;
}

}  // namespace

std::map<std::string, std::optional<std::vector<docker_api::PortBinding>>> port_map(
    const ContainerRecord& record) {
  std::map<std::string, std::optional<std::vector<docker_api::PortBinding>>> ports;
  if (!record.endpoint) return ports;
  for (const auto& [port, unused] : record.config.exposed_ports)
    ports[port.find('/') == port.npos ? port + "/tcp" : port];
  for (const BoundPort& bound : record.endpoint->ports) {
    auto& bindings = ports[std::to_string(bound.container_port) + "/" + bound.protocol];
    if (!bindings) bindings.emplace();
    bindings->push_back({bound.host_ip, std::to_string(bound.host_port)});
  }
  return ports;
}

std::map<std::string, docker_api::EndpointSettings> endpoint_settings(const Engine& engine,
                                                                      const ContainerRecord& record) {
  std::map<std::string, docker_api::EndpointSettings> networks;
  NetworkKind kind = parse_network_mode(record.host_config.network_mode).kind;
  if (kind == NetworkKind::container) return networks;
  std::string name = kind == NetworkKind::bridge ? "bridge" : record.host_config.network_mode;
  docker_api::EndpointSettings& settings = networks[name];
  settings.network_id = network_id(engine, name);
  if (!record.endpoint) return networks;
  settings.endpoint_id = record.endpoint->id;
  settings.gateway = record.endpoint->gateway;
  settings.ip_address = record.endpoint->ip_address;
  settings.ip_prefix_len = record.endpoint->prefix_length;
  settings.mac_address = record.endpoint->mac_address;
  return networks;
}

docker_api::ContainerInspect inspect_container(Engine& engine, const ContainerPtr& container, bool size) {
  ContainerRecord record = container->record();
  docker_api::ContainerInspect inspect;
  inspect.id = record.id;
  inspect.created = record.created;
  inspect.path = record.path;
  inspect.args = record.args;
  inspect.state = state_of(record);
  inspect.image = record.image_id;
  auto files = sandbox_files(engine, record.sandbox);
  inspect.resolv_conf_path = files["resolv.conf"];
  inspect.hostname_path = files["hostname"];
  inspect.hosts_path = files["hosts"];
  inspect.log_path = log_path(engine, record.id);
  inspect.name = "/" + record.name;
  inspect.restart_count = record.restart_count;
  inspect.driver = "overlay2";
  inspect.platform = "linux";
  for (const ExecPtr& exec : engine.execs.of_container(record.id))
    if (inspect_exec(*exec).running) inspect.exec_ids.push_back(exec->id);
  inspect.host_config = shown_host_config(engine, record);
  inspect.graph_driver = graph_driver(engine, record);
  if (size) {
    inspect.size_rw = engine.images.snapshots().usage(record.snapshot);
    inspect.size_root_fs = image_size(engine, record.snapshot);
  }
  inspect.mounts = record.mounts;
  inspect.config = record.config;
  inspect.network_settings = network_settings(engine, record);
  return inspect;
}

}  // namespace rundlet::daemon
