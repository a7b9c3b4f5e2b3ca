#include "cli/options/ports.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

struct Range {
  unsigned first = 0, last = 0;
  unsigned size() const { return last - first; }
};

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 65535)
    return std::nullopt;
  return value;
}

std::optional<Range> parse_range(std::string_view text) {
  auto ends = cut(text, '-');
  auto first = parse_port(ends ? ends->first : text);
  auto last = ends ? parse_port(ends->second) : first;
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

struct Parts {
  std::string ip, host, container, protocol = "tcp";
};

// The address may hold colons itself: the last two fields are the ports.
Parts split_spec(std::string_view spec) {
  std::vector<std::string> fields = split(spec, ':');
  Parts parts;
  parts.container = fields.back();
  fields.pop_back();
  if (!fields.empty()) {
    parts.host = fields.back();
    fields.pop_back();
  }
  parts.ip = join(fields, ":");
  if (auto protocol = cut(parts.container, '/')) {
    parts.container = protocol->first;
    parts.protocol = protocol->second.empty() ? "tcp" : lower(protocol->second);
  }
  return parts;
}

std::string plain_address(const std::string& ip) {
  std::string address = ip;
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') address = ip.substr(1, ip.size() - 2);
  if (!address.empty() && !is_ip_address(address)) throw_invalid("invalid IP address: " + address);
  return address;
}

void check_protocol(const std::string& protocol) {
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    throw_invalid("invalid proto: " + protocol);
}

// "target=80,published=8080,protocol=udp" in the short notation.
std::string short_notation(std::string_view spec) {
  std::string target, published, protocol = "tcp";
  for (const std::string& field : split(spec, ',')) {
    auto pair = cut(field, '=');
    if (!pair) throw_invalid(fmt::format("invalid field {}", field));
    if (pair->first == "target") {
      target = pair->second;
    } else if (pair->first == "published") {
      published = pair->second;
    } else if (pair->first == "protocol") {
      protocol = pair->second;
    } else if (pair->first != "mode" || pair->second != "host") {
      throw_invalid(fmt::format("invalid publish opts format (should be name=value but got '{}')", field));
    }
  }
  return fmt::format("{}:{}/{}", published, target, protocol);
}

}  // namespace

void add_published(std::string_view spec, spec::docker_api::PortMap& bindings,
                   std::map<std::string, spec::Empty>& exposed) {
  if (spec.find('=') != spec.npos) return add_published(short_notation(spec), bindings, exposed);
  Parts parts = split_spec(spec);
  std::string ip = plain_address(parts.ip);
  if (parts.container.empty()) throw_invalid(fmt::format("no port specified: {}<empty>", spec));
  auto container = parse_range(parts.container);
  if (!container) throw_invalid("invalid containerPort: " + parts.container);
  std::optional<Range> host;
  if (!parts.host.empty()) host = parse_range(parts.host);
  if (!host && !parts.host.empty()) throw_invalid("invalid hostPort: " + parts.host);
  // One container port may take any port of a host range.
  bool any_of_range = host && container->size() == 0 && host->size() > 0;
  if (host && !any_of_range && host->size() != container->size())
    throw_invalid(fmt::format("invalid ranges specified for container and host Ports: {} and {}",
                              parts.container, parts.host));
  check_protocol(parts.protocol);
  for (unsigned i = 0; i <= container->size(); ++i) {
    std::string port = fmt::format("{}/{}", container->first + i, parts.protocol);
    std::string host_port = any_of_range ? parts.host : host ? std::to_string(host->first + i) : "";
    exposed[port] = {};
    bindings[port].push_back({ip, host_port});
  }
}

void add_exposed(std::string_view spec, std::map<std::string, spec::Empty>& exposed) {
  if (spec.find(':') != spec.npos) throw_invalid(fmt::format("invalid port format for --expose: {}", spec));
  Parts parts = split_spec(spec);
  auto range = parse_range(parts.container);
  if (!range)
    throw_invalid(fmt::format(
        "invalid range format for --expose: {}, error: strconv.ParseUint: parsing \"{}\": invalid "
        "syntax",
        spec, parts.container));
  check_protocol(parts.protocol);
  for (unsigned port = range->first; port <= range->last; ++port)
    exposed[fmt::format("{}/{}", port, parts.protocol)] = {};
}

}  // namespace rundlet::cli
