#include <charconv>

#include "base/error.h"
#include "daemon/engine/host_config.h"

namespace rundlet::daemon {
namespace {

struct Range {
  uint16_t first = 0, last = 0;
};

uint16_t parse_port(std::string_view text, const std::string& whole) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65535)
    throw_invalid("invalid port specification: \"" + whole + "\"");
  return static_cast<uint16_t>(value);
}

Range parse_range(const std::string& text) {
  size_t dash = text.find('-');
  if (dash == text.npos) return {parse_port(text, text), parse_port(text, text)};
  Range range{parse_port(std::string_view(text).substr(0, dash), text),
              parse_port(std::string_view(text).substr(dash + 1), text)};
  if (range.last < range.first) throw_invalid("invalid port range: \"" + text + "\"");
  return range;
}

// "80/tcp" → 80 and "tcp"
PortRequest parse_container_port(const std::string& text) {
  size_t slash = text.find('/');
  PortRequest request;
  request.container_port = parse_port(std::string_view(text).substr(0, slash), text);
  request.protocol = slash == text.npos ? "tcp" : text.substr(slash + 1);
  if (request.protocol == "sctp") throw_error(ErrorCode::unimplemented, "unsupported protocol sctp of port " + text);
  if (request.container_port == 0 || (request.protocol != "tcp" && request.protocol != "udp"))
    throw_invalid("invalid port specification: \"" + text + "\"");
  return request;
}

}  // namespace

std::vector<PortRequest> port_requests(const docker_api::ContainerConfig& config,
                                       const docker_api::HostConfig& host) {
  std::vector<PortRequest> requests;
  for (const auto& [port, bindings] : host.port_bindings) {
    PortRequest request = parse_container_port(port);
    if (bindings.empty()) requests.push_back(request);
    for (const auto& binding : bindings) {
      Range range = binding.host_port.empty() ? Range{} : parse_range(binding.host_port);
      request.host_ip = binding.host_ip;
      request.host_port_first = range.first;
      request.host_port_last = range.last;
      requests.push_back(request);
    }
  }
  if (!host.publish_all_ports) return requests;
  for (const auto& [port, unused] : config.exposed_ports)
    if (!host.port_bindings.contains(port)) requests.push_back(parse_container_port(port));
  return requests;
}

}  // namespace rundlet::daemon
