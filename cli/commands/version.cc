#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/format/go_template.h"
#include "cli/format/json.h"
#include "spec/platform.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::SystemVersion;

std::map<std::string, std::string> client_fields(const std::string& api_version) {
  auto host = spec::Platform::host();
  return {{"Version", RUNDLET_VERSION},
          {"ApiVersion", api_version},
          {"DefaultAPIVersion", spec::docker_api::kApiVersion},
          {"Os", host.os},
          {"Arch", host.architecture}};
}

void print_client(const std::string& api_version) {
  auto host = spec::Platform::host();
  fmt::print("Client: Rundlet\n {:<18} {}\n {:<18} {}\n {:<18} {}/{}\n", "Version:", RUNDLET_VERSION,
             "API version:", api_version, "OS/Arch:", host.os, host.architecture);
}

void print_line(const std::string& name, const std::string& value) {
  if (!value.empty()) fmt::print("  {:<17} {}\n", name + ":", value);
}

void print_server(const SystemVersion& v) {
  fmt::print("\nServer: {}\n Engine:\n", v.platform_name);
  print_line("Version", v.version);
  print_line("API version", fmt::format("{} (minimum version {})", v.api_version, v.min_api_version));
  print_line("Git commit", v.git_commit);
  print_line("Built", v.build_time);
  print_line("OS/Arch", v.os + "/" + v.arch);
  for (const auto& component : v.components) {
    if (component.name == "Engine") continue;
    fmt::print(" {}:\n", component.name);
    print_line("Version", component.version);
    for (const auto& [name, value] : component.details) print_line(name, value);
  }
}

int run(Session& session, const Invocation& call) {
  std::string format;
  FlagSet flags = call.flags();
  flags.text(format, 'f', "format", "Print with a template: 'json' or 'TEMPLATE'");
  flags.parse(call.args, 0, 0);
  std::optional<SystemVersion> server;
  std::string api_version = spec::docker_api::kApiVersion;
  std::optional<Error> failure;
  try {
    server = session.engine().version();
    api_version = session.engine().api_version();
  } catch (const Error& e) {
    failure.emplace(e.code(), user_message(e));
  }
  std::string document =
      fmt::format("{{\"Client\":{},\"Server\":{}}}", json_object(client_fields(api_version)),
                  server ? to_json(*server) : "null");
  if (format == "json") {
    fmt::print("{}\n", document);
  } else if (!format.empty()) {
    fmt::print("{}\n", GoTemplate(format).render(document));
  } else {
    print_client(api_version);
    if (server) print_server(*server);
  }
  if (failure) throw *failure;
  return 0;
}

}  // namespace

const Command kVersion{"version", "", "", "[OPTIONS]", "Show the Rundlet version information", run};

}  // namespace rundlet::cli
