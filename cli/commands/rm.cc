#include <fmt/format.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  orchestrate::RemoveContainerOptions options;
  FlagSet flags = call.flags();
  flags.toggle(options.force, 'f', "force", "Force the removal of a running container (uses SIGKILL)");
  flags.toggle(options.link, 'l', "link", "Remove the specified link");
  flags.toggle(options.volumes, 'v', "volumes", "Remove anonymous volumes associated with the container");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  auto& engine = session.engine();
  return for_each_name(names, [&](const std::string& name) -> std::string {
    std::string plain = name.starts_with('/') ? name.substr(1) : name;
    if (plain.empty()) throw_invalid("container name cannot be empty");
    try {
      engine.remove_container(plain, options);
    } catch (const orchestrate::EngineError& e) {
      if (!options.force || e.code() != ErrorCode::not_found) throw;
      fmt::print(stderr, "{}\n", user_message(e));  // with --force gone is as good as removed
      return "";
    }
    return name;
  });
}

}  // namespace

const Command kRm{
    "rm", "container", "rm remove", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
    run};

}  // namespace rundlet::cli
