#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  auto names = call.flags().parse(call.args, 1, FlagSet::kAnyNumber);
  auto& engine = session.engine();
  return for_each_name(names, [&](const std::string& name) {
    auto result = engine.wait_container(name);
    if (!result.error.empty()) throw_error(ErrorCode::internal, result.error);
    return std::to_string(result.status_code);
  });
}

}  // namespace

const Command kWait{"wait",
                    "container",
                    "wait",
                    "CONTAINER [CONTAINER...]",
                    "Block until one or more containers stop, then print their exit codes",
                    run};

}  // namespace rundlet::cli
