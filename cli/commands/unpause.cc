#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  auto names = call.flags().parse(call.args, 1, FlagSet::kAnyNumber);
  auto& engine = session.engine();
  return for_each_name(names, [&](const std::string& name) {
    engine.unpause_container(name);
    return name;
  });
}

}  // namespace

const Command kUnpause{"unpause",
                       "container",
                       "unpause",
                       "CONTAINER [CONTAINER...]",
                       "Unpause all processes within one or more containers",
                       run};

}  // namespace rundlet::cli
