// Answers about containers.
#include "spec/docker_api/host_config_describe.h"

namespace rundlet::spec::docker_api {
namespace {

constexpr auto kAnswer = json::Unknown::ignore;

}  // namespace

template <class Visitor>
void describe(Visitor& v, HealthcheckResult& r) {
  v.zero_time("Start", r.start);
  v.zero_time("End", r.end);
  v("ExitCode", r.exit_code);
  v("Output", r.output);
}

template <class Visitor>
void describe(Visitor& v, Health& h) {
  v("Status", h.status);
  v("FailingStreak", h.failing_streak);
  v("Log", h.log);
}

template <class Visitor>
void describe(Visitor& v, ContainerState& s) {
  v("Status", s.status);
  v("Running", s.running);
  v("Paused", s.paused);
  v("Restarting", s.restarting);
  v("OOMKilled", s.oom_killed);
  v("Dead", s.dead);
  v("Pid", s.pid);
  v("ExitCode", s.exit_code);
  v("Error", s.error);
  v.zero_time("StartedAt", s.started_at);
  v.zero_time("FinishedAt", s.finished_at);
  v.omit_empty("Health", s.health);
}

// The default bridge's endpoint stands again at the top level, for clients from before there were networks.
void describe_bridge_endpoint(json::Writer& v, const NetworkSettings& s) {
  static const EndpointSettings kNone;
  auto found = s.networks.find("bridge");
  const EndpointSettings& e = found == s.networks.end() ? kNone : found->second;
  v("EndpointID", e.endpoint_id);
  v("Gateway", e.gateway);
  v("GlobalIPv6Address", e.global_ipv6_address);
  v("GlobalIPv6PrefixLen", e.global_ipv6_prefix_len);
  v("IPAddress", e.ip_address);
  v("IPPrefixLen", e.ip_prefix_len);
  v("IPv6Gateway", e.ipv6_gateway);
  v("MacAddress", e.mac_address);
}

void describe_bridge_endpoint(json::Reader&, const NetworkSettings&) {}

template <class Visitor>
void describe(Visitor& v, NetworkSettings& s) {
  v("Bridge", s.bridge);
  v("SandboxID", s.sandbox_id);
  v("SandboxKey", s.sandbox_key);
  v("Ports", s.ports);
  v.fixed("HairpinMode", "false");
  v.fixed("LinkLocalIPv6Address", "\"\"");
  v.fixed("LinkLocalIPv6PrefixLen", "0");
  v.fixed("SecondaryIPAddresses", "null");
  v.fixed("SecondaryIPv6Addresses", "null");
  describe_bridge_endpoint(v, s);
  v("Networks", s.networks);
}

template <class Visitor>
void describe(Visitor& v, ContainerInspect& c) {
  v("Id", c.id);
  v("Created", c.created);
  v("Path", c.path);
  v("Args", c.args);
  v("State", c.state);
  v("Image", c.image);
  v("ResolvConfPath", c.resolv_conf_path);
  v("HostnamePath", c.hostname_path);
  v("HostsPath", c.hosts_path);
  v("LogPath", c.log_path);
  v("Name", c.name);
  v("RestartCount", c.restart_count);
  v("Driver", c.driver);
  v("Platform", c.platform);
  v("MountLabel", c.mount_label);
  v("ProcessLabel", c.process_label);
  v("AppArmorProfile", c.app_armor_profile);
  v.null_if_empty("ExecIDs", c.exec_ids);
  v("HostConfig", c.host_config);
  v("GraphDriver", c.graph_driver);
  v.omit_empty("SizeRw", c.size_rw);
  v.omit_empty("SizeRootFs", c.size_root_fs);
  v("Mounts", c.mounts);
  v("Config", c.config);
  v("NetworkSettings", c.network_settings);
}

template <class Visitor>
void describe(Visitor& v, PortSummary& p) {
  v.omit_empty("IP", p.ip);
  v("PrivatePort", p.private_port);
  v.omit_empty("PublicPort", p.public_port);
  v("Type", p.type);
}

template <class Visitor>
void describe(Visitor& v, ContainerSummary& c) {
  v("Id", c.id);
  v("Names", c.names);
  v("Image", c.image);
  v("ImageID", c.image_id);
  v("Command", c.command);
  v("Created", c.created);
  v("Ports", c.ports);
  v.omit_empty("SizeRw", c.size_rw);
  v.omit_empty("SizeRootFs", c.size_root_fs);
  v("Labels", c.labels);
  v("State", c.state);
  v("Status", c.status);
  v.nested("HostConfig", [&](auto& host) { host("NetworkMode", c.network_mode); });
  v.nested("NetworkSettings", [&](auto& settings) { settings("Networks", c.networks); });
  v("Mounts", c.mounts);
}

template <class Visitor>
void describe(Visitor& v, ContainerCreated& c) {
  v("Id", c.id);
  v("Warnings", c.warnings);
}

template <class Visitor>
void describe(Visitor& v, WaitResult& r) {
  v("StatusCode", r.status_code);
  auto message = [&](auto& error) { error("Message", r.error); };
  if constexpr (std::is_same_v<Visitor, json::Writer>) {
    if (!r.error.empty()) v.nested("Error", message);
  } else {
    v.nested("Error", message);
  }
}

template <class Visitor>
void describe(Visitor& v, TopResult& r) {
  v("Processes", r.processes);
  v("Titles", r.titles);
}

template <class Visitor>
void describe(Visitor& v, FilesystemChange& c) {
  v("Kind", c.kind);
  v("Path", c.path);
}

template <class Visitor>
void describe(Visitor& v, ExecInspect& e) {
  v("ID", e.id);
  v("Running", e.running);
  v("ExitCode", e.exit_code);
  v.nested("ProcessConfig", [&](auto& process) {
    process("tty", e.tty);
    process("entrypoint", e.entrypoint);
    process("arguments", e.arguments);
    process("privileged", e.privileged);
    process.omit_empty("user", e.user);
  });
  v("OpenStdin", e.open_stdin);
  v("OpenStderr", e.open_stderr);
  v("OpenStdout", e.open_stdout);
  v("CanRemove", e.can_remove);
  v("ContainerID", e.container_id);
  v("DetachKeys", e.detach_keys);
  v("Pid", e.pid);
}

std::string to_json(const ContainerInspect& inspect) {
  return json::encode(inspect);
}
ContainerInspect parse_container_inspect(std::string_view text) {
  return json::decode<ContainerInspect>(text, kAnswer);
}
std::string to_json(const std::vector<ContainerSummary>& containers) {
  return json::encode(containers);
}
std::vector<ContainerSummary> parse_container_list(std::string_view text) {
  return json::decode<std::vector<ContainerSummary>>(text, kAnswer);
}
std::string to_json(const ContainerCreated& created) {
  return json::encode(created);
}
ContainerCreated parse_container_created(std::string_view text) {
  return json::decode<ContainerCreated>(text, kAnswer);
}
std::string to_json(const WaitResult& result) {
  return json::encode(result);
}
WaitResult parse_wait_result(std::string_view text) {
  return json::decode<WaitResult>(text, kAnswer);
}
std::string to_json(const TopResult& result) {
  return json::encode(result);
}
TopResult parse_top_result(std::string_view text) {
  return json::decode<TopResult>(text, kAnswer);
}
std::string to_json(const std::vector<FilesystemChange>& changes) {
  return json::encode(changes);
}
std::vector<FilesystemChange> parse_changes(std::string_view text) {
  return json::decode<std::vector<FilesystemChange>>(text, kAnswer);
}
std::string to_json(const ExecInspect& inspect) {
  return json::encode(inspect);
}
ExecInspect parse_exec_inspect(std::string_view text) {
  return json::decode<ExecInspect>(text, kAnswer);
}
std::string to_json(const Health& health) {
  return json::encode(health);
}
Health parse_health(std::string_view text) {
  return json::decode<Health>(text, kAnswer);
}

}  // namespace rundlet::spec::docker_api
