#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/format/progress.h"
#include "spec/reference.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  bool all_tags = false;
  bool quiet = false;
  FlagSet flags = call.flags();
  flags.toggle(all_tags, 'a', "all-tags", "Push all tags of an image to the repository");
  flags.ignored_switch(0, "disable-content-trust");
  flags.unsupported(0, "platform");
  flags.toggle(quiet, 'q', "quiet", "Suppress verbose output");
  auto args = flags.parse(call.args, 1, 1);
  auto reference = spec::Reference::parse(args[0]);
  if (!reference.digest.empty()) throw_invalid("cannot push a digest reference");
  bool tagged = args[0].ends_with(":" + reference.tag);
  if (all_tags && tagged) throw_invalid("tag can't be used with --all-tags/-a");
  if (all_tags) reference.tag.clear();
  if (!all_tags && !tagged && !quiet) fmt::print("Using default tag: {}\n", reference.tag);
  std::fflush(stdout);
  ProgressPrinter printer(STDOUT_FILENO);
  session.engine().push_image(reference.familiar_name(), reference.tag,
                              session.credentials(reference.registry),
                              [&](const spec::docker_api::ProgressMessage& message) {
                                if (!quiet) printer.show(message);
                              });
  if (quiet) fmt::print("{}\n", reference.canonical());
  return 0;
}

}  // namespace

const Command kPush{"push", "image", "push", "[OPTIONS] NAME[:TAG]", "Upload an image to a registry", run};

}  // namespace rundlet::cli
