#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  std::string signal;
  FlagSet flags = call.flags();
  flags.text(signal, 's', "signal", "Signal to send to the container");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  auto& engine = session.engine();
  return for_each_name(names, [&](const std::string& name) {
    engine.kill_container(name, signal);
    return name;
  });
}

}  // namespace

const Command kKill{
    "kill", "container", "kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers",
    run};

}  // namespace rundlet::cli
