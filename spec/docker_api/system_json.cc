#include "base/codec/json.h"
#include "spec/docker_api/system.h"

namespace rundlet::spec::docker_api {
namespace {

constexpr auto kAnswer = json::Unknown::ignore;
constexpr char kEmptyText[] = "\"\"";

struct Runtime {
  std::string path;
};

template <class Visitor>
void describe(Visitor& v, Runtime& r) {
  v("path", r.path);
}

struct ErrorBody {
  std::string message;
};

template <class Visitor>
void describe(Visitor& v, ErrorBody& b) {
  v("message", b.message);
}

template <class Visitor>
void describe_runtimes(Visitor& v, std::map<std::string, std::string>& paths) {
  std::map<std::string, Runtime> runtimes;
  for (const auto& [name, path] : paths) runtimes[name] = {path};
  v("Runtimes", runtimes);
  for (const auto& [name, runtime] : runtimes) paths[name] = runtime.path;
}

template <class Visitor>
void describe_limits(Visitor& v, SystemInfo& i) {
  v("MemoryLimit", i.memory_limit);
  v("SwapLimit", i.swap_limit);
  v("CpuCfsPeriod", i.cpu_cfs_period);
  v("CpuCfsQuota", i.cpu_cfs_quota);
  v("CPUShares", i.cpu_shares);
  v("CPUSet", i.cpu_set);
  v("PidsLimit", i.pids_limit);
  v("IPv4Forwarding", i.ipv4_forwarding);
  v("Debug", i.debug);
  v("NFd", i.fds);
  v("OomKillDisable", i.oom_kill_disable);
  v("NGoroutines", i.threads);
}

template <class Visitor>
void describe_registries(Visitor& v, SystemInfo& i) {
  v.fixed("IndexServerAddress", "\"https://index.docker.io/v1/\"");
  v.nested("RegistryConfig", [&](auto& registry) {
    registry.fixed("IndexConfigs", "{}");
    registry("InsecureRegistryCIDRs", i.insecure_registries);
    registry("Mirrors", i.registry_mirrors);
  });
}

// "from" of container events: the image, as old clients read it.
std::string event_origin(const Event& event) {
  auto image = event.attributes.find("image");
  return event.type == "container" && image != event.attributes.end() ? image->second : "";
}

std::vector<std::string> filter_values(const std::string& name, const json::Value& values) {
  std::vector<std::string> out;
  if (values.is_object()) {
    for (const auto& [value, wanted] : values.items())
      if (wanted == json::Value(true)) out.push_back(value);
  } else {
    json::Reader::get(values, name, json::Unknown::refuse, out);
  }
  return out;
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ComponentVersion& c) {
  v("Name", c.name);
  v("Version", c.version);
  v("Details", c.details);
}

template <class Visitor>
void describe(Visitor& v, SystemVersion& s) {
  v.nested("Platform", [&](auto& platform) { platform("Name", s.platform_name); });
  v("Components", s.components);
  v("Version", s.version);
  v("ApiVersion", s.api_version);
  v("MinAPIVersion", s.min_api_version);
  v("GitCommit", s.git_commit);
  v.fixed("GoVersion", kEmptyText);
  v("Os", s.os);
  v("Arch", s.arch);
  v("KernelVersion", s.kernel_version);
  v("BuildTime", s.build_time);
}

template <class Visitor>
void describe(Visitor& v, SystemInfo::AddressPool& p) {
  v("Base", p.base);
  v("Size", p.size);
}

template <class Visitor>
void describe(Visitor& v, SystemInfo& i) {
  v("ID", i.id);
  v("Containers", i.containers);
  v("ContainersRunning", i.containers_running);
  v("ContainersPaused", i.containers_paused);
  v("ContainersStopped", i.containers_stopped);
  v("Images", i.images);
  v("Driver", i.driver);
  v("DriverStatus", i.driver_status);
  v.nested("Plugins", [&](auto& plugins) {
    plugins("Volume", i.volume_plugins);
    plugins("Network", i.network_plugins);
    plugins.fixed("Authorization", "null");
    plugins("Log", i.log_plugins);
  });
  describe_limits(v, i);
  v("SystemTime", i.system_time);
  v("LoggingDriver", i.logging_driver);
  v("CgroupDriver", i.cgroup_driver);
  v("CgroupVersion", i.cgroup_version);
  v("NEventsListener", i.events_listeners);
  v("KernelVersion", i.kernel_version);
  v("OperatingSystem", i.operating_system);
  v("OSVersion", i.os_version);
  v("OSType", i.os_type);
  v("Architecture", i.architecture);
  describe_registries(v, i);
  v("NCPU", i.cpus);
  v("MemTotal", i.mem_total);
  v.fixed("GenericResources", "null");
  v("DockerRootDir", i.docker_root_dir);
  for (const char* name : {"HttpProxy", "HttpsProxy", "NoProxy"}) v.fixed(name, kEmptyText);
  v("Name", i.name);
  v("Labels", i.labels);
  v.fixed("ExperimentalBuild", "false");
  v("ServerVersion", i.server_version);
  describe_runtimes(v, i.runtimes);
  v("DefaultRuntime", i.default_runtime);
  v.fixed("Swarm",
          R"({"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":false,"Error":"",)"
          R"("RemoteManagers":null})");
  v("LiveRestoreEnabled", i.live_restore);
  v.fixed("Isolation", kEmptyText);
  v("InitBinary", i.init_binary);
  for (const char* name : {"ContainerdCommit", "RuncCommit", "InitCommit"}) v.fixed(name, R"({"ID":""})");
  v("SecurityOptions", i.security_options);
  v.omit_empty("DefaultAddressPools", i.default_address_pools);
  v.null_if_empty("Warnings", i.warnings);
}

template <class Visitor>
void describe(Visitor& v, Event& e) {
  v("Type", e.type);
  v("Action", e.action);
  v.nested("Actor", [&](auto& actor) {
    actor("ID", e.id);
    actor("Attributes", e.attributes);
  });
  v.fixed("scope", "\"local\"");
  int64_t seconds = unix_seconds(e.time);
  int64_t nanos = unix_nanos(e.time);
  v("time", seconds);
  v("timeNano", nanos);
  e.time = from_unix_nanos(nanos);
}

std::string to_json(const SystemVersion& version) {
  return json::encode(version);
}
SystemVersion parse_system_version(std::string_view text) {
  return json::decode<SystemVersion>(text, kAnswer);
}
std::string to_json(const SystemInfo& info) {
  return json::encode(SystemInfo(info));
}
SystemInfo parse_system_info(std::string_view text) {
  return json::decode<SystemInfo>(text, kAnswer);
}

std::string to_json(const Event& event) {
  std::string text = json::encode(Event(event));
  text.pop_back();
  text += ",\"status\":";
  json::append_quoted(text, event.action);
  text += ",\"id\":";
  json::append_quoted(text, event.id);
  if (std::string from = event_origin(event); !from.empty()) {
    text += ",\"from\":";
    json::append_quoted(text, from);
  }
  return text + '}';
}

Event parse_event(std::string_view text) {
  return json::decode<Event>(text, kAnswer);
}

std::string error_body(std::string_view message) {
  return json::encode(ErrorBody{std::string(message)});
}

std::string parse_error_body(std::string_view text) {
  return json::decode<ErrorBody>(text, kAnswer).message;
}

Filters parse_filters(std::string_view text) {
  Filters filters;
  if (text.empty()) return filters;
  json::Value document = json::parse_text(text);
  if (!document.is_object()) json::wrong_type("filters", "an object", document);
  for (const auto& [name, values] : document.items()) filters[name] = filter_values(name, values);
  return filters;
}

// The map form, which is what every version of the API reads.
std::string to_json(const Filters& filters) {
  std::map<std::string, std::map<std::string, bool>> shown;
  for (const auto& [name, values] : filters)
    for (const std::string& value : values) shown[name][value] = true;
  return json::encode(shown);
}

}  // namespace rundlet::spec::docker_api
