#include "daemon/api/router.h"

#include <charconv>
#include <optional>

#include "base/error.h"
#include "spec/docker_api/system.h"

namespace rundlet::daemon {
namespace {

constexpr size_t kMostBody = 16u << 20;

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    size_t start = path.find_first_not_of('/');
    if (start == path.npos) break;
    size_t end = std::min(path.find('/', start), path.size());
    segments.emplace_back(path.substr(start, end - start));
    path.remove_prefix(end);
  }
  return segments;
}

// "v1.41" → {1, 41}
std::optional<ApiVersion> parse_version(std::string_view text) {
  if (!text.starts_with('v')) return std::nullopt;
  ApiVersion version;
  const char* end = text.data() + text.size();
  auto [dot, error] = std::from_chars(text.data() + 1, end, version.major);
  if (error != std::errc() || dot == end || *dot != '.') return std::nullopt;
  auto [rest, minor_error] = std::from_chars(dot + 1, end, version.minor);
  if (minor_error != std::errc() || rest != end) return std::nullopt;
  return version;
}

ApiVersion known_version(std::string_view text) { return *parse_version("v" + std::string(text)); }

void check_version(ApiVersion version) {
  using namespace spec::docker_api;
  std::string asked = std::to_string(version.major) + "." + std::to_string(version.minor);
  if (version > known_version(kApiVersion))
    throw_invalid("client version " + asked + " is too new. Maximum supported API version is " + kApiVersion);
  if (version < known_version(kMinApiVersion))
    throw_invalid("client version " + asked + " is too old. Minimum supported API version is " + kMinApiVersion +
                  ", please upgrade your client to a newer version");
}

bool is_variable(const std::string& segment) { return segment.starts_with('{'); }
bool takes_rest(const std::string& segment) { return segment.ends_with(":*}"); }

// Matches pattern[p..] with path[s..]; a {name:*} takes as little as lets the rest match.
bool match(const std::vector<std::string>& pattern, size_t p, const std::vector<std::string>& path, size_t s,
           std::map<std::string, std::string>& values) {
  if (p == pattern.size()) return s == path.size();
  if (s == path.size()) return false;
  const std::string& segment = pattern[p];
  if (!is_variable(segment)) return segment == path[s] && match(pattern, p + 1, path, s + 1, values);
  if (!takes_rest(segment)) {
    values[segment.substr(1, segment.size() - 2)] = path[s];
    return match(pattern, p + 1, path, s + 1, values);
  }
  std::string name = segment.substr(1, segment.size() - 4), value;
  for (size_t end = s; end < path.size(); ++end) {
    value += (value.empty() ? "" : "/") + path[end];
    values[name] = value;
    if (match(pattern, p + 1, path, end + 1, values)) return true;
  }
  return false;
}

}  // namespace

std::string Call::text(std::string_view name) const { return request.url.parameter(name).value_or(""); }
bool Call::has(std::string_view name) const { return request.url.parameter(name).has_value(); }

bool Call::flag(std::string_view name, bool fallback) const {
  auto value = request.url.parameter(name);
  if (!value) return fallback;
  return !(value->empty() || *value == "0" || *value == "no" || *value == "false" || *value == "False" ||
           *value == "none");
}

std::optional<int64_t> Call::integer(std::string_view name) const {
  std::string value = text(name);
  if (value.empty()) return std::nullopt;
  int64_t number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    throw_invalid("invalid value for " + std::string(name) + ": \"" + value + "\" is not a number");
  return number;
}

std::string Call::body() const { return request.body->read_all(kMostBody); }

void Router::add(const std::string& method, const std::string& pattern, Function function) {
  routes_.push_back({method, segments_of(pattern), std::move(function)});
}

void Router::handle(http::Request& request, http::ResponseWriter& response) const {
  using namespace spec::docker_api;
  response.headers().set("Api-Version", kApiVersion);
  response.headers().set("Docker-Experimental", "false");
  response.headers().set("Ostype", "linux");
  response.headers().set("Server", "Rundlet/" RUNDLET_VERSION " (linux)");
  std::vector<std::string> path = segments_of(request.url.path);
  ApiVersion version = known_version(kApiVersion);
  if (auto asked = path.empty() ? std::nullopt : parse_version(path[0])) {
    check_version(*asked);
    version = *asked;
    path.erase(path.begin());
  }
  for (const Route& route : routes_) {
    Call call{request, response, version, {}};
    if (route.method == request.method && match(route.segments, 0, path, 0, call.path)) return route.function(call);
  }
  throw_not_found("page not found");
}

}  // namespace rundlet::daemon
