#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "spec/reference.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  orchestrate::CommitOptions options;
  FlagSet flags = call.flags();
  flags.text(options.author, 'a', "author", "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")");
  flags.list(options.changes, 'c', "change", "Apply Dockerfile instruction to the created image");
  flags.text(options.comment, 'm', "message", "Commit message");
  flags.toggle(options.pause, 'p', "pause", "Pause container during commit");
  auto args = flags.parse(call.args, 1, 2);
  options.container = args[0];
  if (args.size() == 2 && !args[1].empty()) {
    auto reference = spec::Reference::parse(args[1]);
    if (!reference.digest.empty()) throw_invalid("cannot commit to a digest reference");
    options.repository = reference.name();
    options.tag = reference.tag;
  }
  fmt::print("{}\n", session.engine().commit(options));
  return 0;
}

}  // namespace

const Command kCommit{"commit",
                      "container",
                      "commit",
                      "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
                      "Create a new image from a container's changes",
                      run};

}  // namespace rundlet::cli
