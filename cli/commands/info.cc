#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/format/go_template.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::SystemInfo;

void line(const char* name, const std::string& value, int indent = 1) {
  if (!value.empty()) fmt::print("{:{}}{}: {}\n", "", indent, name, value);
}

void list(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  fmt::print(" {}:\n", title);
  for (const std::string& item : items) fmt::print("  {}\n", item);
}

void print_containers(const SystemInfo& info) {
  line("Containers", std::to_string(info.containers));
  line("Running", std::to_string(info.containers_running), 2);
  line("Paused", std::to_string(info.containers_paused), 2);
  line("Stopped", std::to_string(info.containers_stopped), 2);
  line("Images", std::to_string(info.images));
  line("Server Version", info.server_version);
  line("Storage Driver", info.driver);
  for (const auto& pair : info.driver_status)
    if (pair.size() == 2) line(pair[0].c_str(), pair[1], 2);
}

void print_engine(const SystemInfo& info) {
  line("Logging Driver", info.logging_driver);
  line("Cgroup Driver", info.cgroup_driver);
  line("Cgroup Version", info.cgroup_version);
  fmt::print(" Plugins:\n");
  line("Volume", join(info.volume_plugins, " "), 2);
  line("Network", join(info.network_plugins, " "), 2);
  line("Log", join(info.log_plugins, " "), 2);
  std::vector<std::string> runtimes;
  for (const auto& [name, path] : info.runtimes) runtimes.push_back(name);
  line("Runtimes", join(runtimes, " "));
  line("Default Runtime", info.default_runtime);
  line("Init Binary", info.init_binary);
  list("Security Options", info.security_options);
}

void print_host(const SystemInfo& info) {
  line("Kernel Version", info.kernel_version);
  line("Operating System", info.operating_system);
  line("OSType", info.os_type);
  line("Architecture", info.architecture);
  line("CPUs", std::to_string(info.cpus));
  line("Total Memory", spec::binary_size(static_cast<double>(info.mem_total)));
  line("Name", info.name);
  line("ID", info.id);
  line("Docker Root Dir", info.docker_root_dir);
  line("Debug Mode", info.debug ? "true" : "false");
  list("Labels", info.labels);
  line("Experimental", "false");
  list("Insecure Registries", info.insecure_registries);
  list("Registry Mirrors", info.registry_mirrors);
  line("Live Restore Enabled", info.live_restore ? "true" : "false");
  if (!info.default_address_pools.empty()) fmt::print(" Default Address Pools:\n");
  for (const auto& pool : info.default_address_pools)
    fmt::print("   Base: {}, Size: {}\n", pool.base, pool.size);
}

int run(Session& session, const Invocation& call) {
  std::string format;
  FlagSet flags = call.flags();
  flags.text(format, 'f', "format", "Print with a template: 'json' or 'TEMPLATE'");
  flags.parse(call.args, 0, 0);
  auto info = session.engine().info();
  if (!format.empty()) {
    std::string document = to_json(info);
    fmt::print("{}\n", format == "json" ? document : GoTemplate(format).render(document));
    return 0;
  }
  fmt::print("Client: Rundlet\n Version:    {}\n\nServer:\n", RUNDLET_VERSION);
  print_containers(info);
  print_engine(info);
  print_host(info);
  for (const std::string& warning : info.warnings) fmt::print(stderr, "{}\n", warning);
  return 0;
}

}  // namespace

const Command kInfo{"info", "system", "info", "[OPTIONS]", "Display system-wide information", run};

}  // namespace rundlet::cli
