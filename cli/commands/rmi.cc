#include <fmt/format.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  bool force = false;
  bool no_prune = false;
  FlagSet flags = call.flags();
  flags.toggle(force, 'f', "force", "Force removal of the image");
  flags.toggle(no_prune, 0, "no-prune", "Do not delete untagged parents");
  flags.unsupported(0, "platform", "strings");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  // One after the other: removing one name may be what lets the next image go.
  int exit_code = 0;
  for (const std::string& name : names) {
    try {
      for (const auto& item : session.engine().remove_image(name, force, no_prune))
        fmt::print("{}\n", item.deleted.empty() ? "Untagged: " + item.untagged : "Deleted: " + item.deleted);
    } catch (const Error& e) {
      fmt::print(stderr, "{}\n", user_message(e));
      if (!force || e.code() != ErrorCode::not_found) exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace

const Command kRmi{"rmi", "image", "rm remove", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images",
                   run};

}  // namespace rundlet::cli
