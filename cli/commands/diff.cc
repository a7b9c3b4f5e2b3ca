#include <fmt/format.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  auto names = call.flags().parse(call.args, 1, 1);
  for (const auto& change : session.engine().changes(names[0])) {
    constexpr std::string_view kLetters = "CAD";
    if (change.kind < 0 || change.kind > 2)
      throw_invalid(fmt::format("unknown kind of change: {}", change.kind));
    fmt::print("{} {}\n", kLetters[static_cast<size_t>(change.kind)], change.path);
  }
  return 0;
}

}  // namespace

const Command kDiff{"diff",
                    "container",
                    "diff",
                    "CONTAINER",
                    "Inspect changes to files or directories on a container's filesystem",
                    run};

}  // namespace rundlet::cli
