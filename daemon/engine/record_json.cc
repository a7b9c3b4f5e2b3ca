// The stored form of a container: the API's own JSON for the parts that the API defines.

#include "base/codec/json.h"
#include "daemon/engine/container.h"

namespace rundlet::daemon {
namespace {

// The API's mount point and endpoint settings, as this file stores them.
struct StoredMount {
  docker_api::MountPoint mount;
};
template <class V>
void describe(V& v, StoredMount& s) {
  v("Type", s.mount.type);
  v.omit_empty("Name", s.mount.name);
  v("Source", s.mount.source);
  v("Destination", s.mount.destination);
  v.omit_empty("Driver", s.mount.driver);
  v.omit_empty("Mode", s.mount.mode);
  v("RW", s.mount.rw);
  v.omit_empty("Propagation", s.mount.propagation);
}

struct StoredPort {
  BoundPort port;
};
template <class V>
void describe(V& v, StoredPort& s) {
  v("ContainerPort", s.port.container_port);
  v("Protocol", s.port.protocol);
  v("HostIp", s.port.host_ip);
  v("HostPort", s.port.host_port);
}

struct StoredEndpoint {
  Endpoint endpoint;
  std::vector<StoredPort> ports;
};
template <class V>
void describe(V& v, StoredEndpoint& s) {
  v("ID", s.endpoint.id);
  v("IPAddress", s.endpoint.ip_address);
  v("Gateway", s.endpoint.gateway);
  v("MacAddress", s.endpoint.mac_address);
  v("PrefixLength", s.endpoint.prefix_length);
  v("Ports", s.ports);
}

struct StoredRecord {
  ContainerRecord record;
  std::string status;
  json::Raw config, host_config, health;
  std::map<std::string, std::vector<std::string>> aliases;  // of each network
  std::vector<StoredMount> mounts;
  std::optional<StoredEndpoint> endpoint;
};
template <class V>
void describe(V& v, StoredRecord& s) {
  v("ID", s.record.id);
  v("Name", s.record.name);
  v("Created", s.record.created);
  v("Config", s.config);
  v("HostConfig", s.host_config);
  v("Networks", s.aliases);
  v("ImageID", s.record.image_id);
  v("Snapshot", s.record.snapshot);
  v("Path", s.record.path);
  v("Args", s.record.args);
  v("Mounts", s.mounts);
  v("Status", s.status);
  v("Pid", s.record.pid);
  v("ExitCode", s.record.exit_code);
  v("OOMKilled", s.record.oom_killed);
  v("Error", s.record.error);
  v("StartedAt", s.record.started_at);
  v("FinishedAt", s.record.finished_at);
  v("RestartCount", s.record.restart_count);
  v("ManuallyStopped", s.record.manually_stopped);
  v("Sandbox", s.record.sandbox);
  v("Endpoint", s.endpoint);
  v("Health", s.health);
  v("RestartDelayMs", s.record.restart_delay_ms);
}

StoredEndpoint stored(const Endpoint& endpoint) {
  StoredEndpoint s{endpoint, {}};
  for (const BoundPort& port : endpoint.ports) s.ports.push_back({port});
  return s;
}

Endpoint restored(const StoredEndpoint& s) {
  Endpoint endpoint = s.endpoint;
  for (const StoredPort& port : s.ports) endpoint.ports.push_back(port.port);
  return endpoint;
}

}  // namespace

std::string to_json(const ContainerRecord& record) {
  StoredRecord s;
  s.record = record;
  s.status = to_string(record.status);
  s.config.text = docker_api::to_json(record.config);
  s.host_config.text = docker_api::to_json(record.host_config);
  s.health.text = docker_api::to_json(record.health);
  for (const auto& [network, settings] : record.networking.endpoints_config) s.aliases[network] = settings.aliases;
  for (const auto& mount : record.mounts) s.mounts.push_back({mount});
  if (record.endpoint) s.endpoint = stored(*record.endpoint);
  return json::encode(s);
}

ContainerRecord parse_container_record(std::string_view text) {
  auto s = json::decode<StoredRecord>(text, json::Unknown::ignore);
  ContainerRecord record = std::move(s.record);
  record.status = status_from_string(s.status);
  record.config = docker_api::parse_container_config(s.config.text);
  record.host_config = docker_api::parse_host_config(s.host_config.text);
  record.health = docker_api::parse_health(s.health.text);
  for (const auto& [network, aliases] : s.aliases) record.networking.endpoints_config[network].aliases = aliases;
  for (const StoredMount& mount : s.mounts) record.mounts.push_back(mount.mount);
  if (s.endpoint) record.endpoint = restored(*s.endpoint);
  return record;
}

}  // namespace rundlet::daemon
