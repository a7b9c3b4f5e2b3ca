#include <fmt/format.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  auto names = call.flags().parse(call.args, 2, 2);
  if (names[0].empty() || names[1].empty()) throw_invalid("Error: Neither old nor new names may be empty");
  try {
    session.engine().rename_container(names[0], names[1]);
  } catch (const orchestrate::EngineError& e) {
    throw ExitError(fmt::format("{}\nError: failed to rename container named {}", user_message(e), names[0]),
                    1);
  }
  return 0;
}

}  // namespace

const Command kRename{"rename", "container", "rename", "CONTAINER NEW_NAME", "Rename a container", run};

}  // namespace rundlet::cli
