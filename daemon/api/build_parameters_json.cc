#include "base/codec/json.h"
#include "base/error.h"
#include "daemon/api/build_parameters.h"
#include "daemon/api/routes.h"
#include "spec/reference.h"

namespace rundlet::daemon {
namespace {

// Asked for by a value that asks for something; the client sends the rest as zeros.
constexpr std::string_view kUnsupported[] = {"memswap",    "cpusetcpus", "cpusetmems", "cpushares", "cpuquota", "cpuperiod",
                                             "squash",     "outputs",    "securityopt", "cgroupparent", "isolation"};
constexpr std::string_view kUnsupportedLists[] = {"ulimits", "cachefrom", "secrets", "ssh"};

template <class T>
T parameter(const Call& call, std::string_view name) {
  std::string text = call.text(name);
  if (text.empty() || text == "null") return {};
  T value{};
  json::Reader::get(json::parse_text(text), std::string(name), json::Unknown::refuse, value);
  return value;
}

void refuse_unsupported(const Call& call) {
  for (std::string_view name : kUnsupported) {
    std::string value = call.text(name);
    if (!value.empty() && value != "0" && value != "false" && value != "null" && value != "[]")
      throw_error(ErrorCode::unimplemented, "unsupported build parameter " + std::string(name));
  }
  for (std::string_view name : kUnsupportedLists) {
    std::string value = call.text(name);
    if (!value.empty() && value != "null" && value != "[]" && value != "{}")
      throw_error(ErrorCode::unimplemented, "unsupported build parameter " + std::string(name));
  }
  if (call.text("version") == "2") refuse_buildkit();
}

}  // namespace

builder::BuildRequest build_request(const Call& call) {
  refuse_unsupported(call);
  builder::BuildRequest request;
  if (std::string file = call.text("dockerfile"); !file.empty()) request.dockerfile = file;
  request.remote = call.text("remote");
  request.target = call.text("target");
  request.no_cache = call.flag("nocache");
  request.pull = call.flag("pull");
  request.network_mode = call.text("networkmode");
  request.memory = call.integer("memory").value_or(0);
  request.shm_size = call.integer("shmsize").value_or(0);
  request.build_args = parameter<std::map<std::string, std::optional<std::string>>>(call, "buildargs");
  request.labels = parameter<std::map<std::string, std::string>>(call, "labels");
  for (const std::string& host : call.request.url.parameters("extrahosts"))
    if (!host.empty()) request.extra_hosts.push_back(host);
  if (std::string platform = call.text("platform"); !platform.empty())
    request.platform = spec::Platform::parse(platform);
  for (const std::string& tag : call.request.url.parameters("t"))
    if (!tag.empty()) request.tags.push_back(spec::Reference::parse(tag).canonical());
  return request;
}

}  // namespace rundlet::daemon
