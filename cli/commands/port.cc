#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

std::string address(const spec::docker_api::PortBinding& binding) {
  bool v6 = binding.host_ip.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", binding.host_ip, binding.host_port)
            : fmt::format("{}:{}", binding.host_ip, binding.host_port);
}

int print_one(const spec::docker_api::ContainerInspect& container, const std::string& name,
              std::string port) {
  if (port.find('/') == port.npos) port += "/tcp";
  auto found = container.network_settings.ports.find(port);
  if (found == container.network_settings.ports.end() || !found->second || found->second->empty())
    throw_not_found(fmt::format("no public port '{}' published for {}", port, name));
  for (const auto& binding : *found->second) fmt::print("{}\n", address(binding));
  return 0;
}

int run(Session& session, const Invocation& call) {
  auto args = call.flags().parse(call.args, 1, 2);
  auto container = session.engine().inspect_container(args[0]);
  if (args.size() == 2) return print_one(container, args[0], args[1]);
  for (const auto& [port, bindings] : container.network_settings.ports)
    if (bindings)
      for (const auto& binding : *bindings) fmt::print("{} -> {}\n", port, address(binding));
  return 0;
}

}  // namespace

const Command kPort{"port",
                    "container",
                    "port",
                    "CONTAINER [PRIVATE_PORT[/PROTO]]",
                    "List port mappings or a specific mapping for the container",
                    run};

}  // namespace rundlet::cli
