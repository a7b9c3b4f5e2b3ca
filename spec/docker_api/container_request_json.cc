// Requests about containers, which are also the stored state: refused by name where they ask for the
// unsupported.
#include "spec/docker_api/host_config_describe.h"

namespace rundlet::spec::docker_api {
namespace {

constexpr auto kRequest = json::Unknown::refuse_non_empty;

// The docker CLI always sends -1, which says "not set".
void normalise(HostConfig& config) {
  if (config.memory_swappiness == -1) config.memory_swappiness.reset();
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, NetworkingConfig& c) {
  v("EndpointsConfig", c.endpoints_config);
}

template <class Visitor>
void describe(Visitor& v, CreateContainerRequest& r) {
  describe(v, r.config);
  v("HostConfig", r.host_config);
  v("NetworkingConfig", r.networking_config);
}

template <class Visitor>
void describe(Visitor& v, ExecConfig& c) {
  v("User", c.user);
  v("Privileged", c.privileged);
  v("Tty", c.tty);
  v.omit_empty("ConsoleSize", c.console_size);
  v("AttachStdin", c.attach_stdin);
  v("AttachStderr", c.attach_stderr);
  v("AttachStdout", c.attach_stdout);
  v.skip("Detach");     // exec start says it again, and that counts
  v.skip("Container");  // python3-docker repeats what the path says
  v("DetachKeys", c.detach_keys);
  v.null_if_empty("Env", c.env);
  v("WorkingDir", c.working_dir);
  v("Cmd", c.cmd);
}

template <class Visitor>
void describe(Visitor& v, ExecStart& s) {
  v("Detach", s.detach);
  v("Tty", s.tty);
  v.omit_empty("ConsoleSize", s.console_size);
}

CreateContainerRequest parse_create_container(std::string_view text) {
  auto request = json::decode<CreateContainerRequest>(text, kRequest);
  normalise(request.host_config);
  return request;
}

HostConfig parse_host_config(std::string_view text) {
  auto config = json::decode<HostConfig>(text, kRequest);
  normalise(config);
  return config;
}

std::string to_json(const CreateContainerRequest& request) {
  return json::encode(request);
}
std::string to_json(const ContainerConfig& config) {
  return json::encode(config);
}
std::string to_json(const HostConfig& config) {
  return json::encode(config);
}
ContainerConfig parse_container_config(std::string_view text) {
  return json::decode<ContainerConfig>(text, kRequest);
}
std::string to_json(const ExecConfig& config) {
  return json::encode(config);
}
ExecConfig parse_exec_config(std::string_view text) {
  return json::decode<ExecConfig>(text, kRequest);
}
std::string to_json(const ExecStart& start) {
  return json::encode(start);
}
ExecStart parse_exec_start(std::string_view text) {
  return json::decode<ExecStart>(text, kRequest);
}

}  // namespace rundlet::spec::docker_api
