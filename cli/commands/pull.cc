#include "cli/pull_image.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

bool names_tag(const std::string& text) {
  size_t colon = text.rfind(':');
  return text.find('@') != text.npos || (colon != text.npos && text.find('/', colon) == text.npos);
}

int run(Session& session, const Invocation& call) {
  bool all_tags = false;
  bool quiet = false;
  std::string platform;
  FlagSet flags = call.flags();
  flags.toggle(all_tags, 'a', "all-tags", "Download all tagged images in the repository");
  flags.ignored_switch(0, "disable-content-trust");
  flags.text(platform, 0, "platform", "Platform of the image, such as linux/amd64");
  flags.toggle(quiet, 'q', "quiet", "Suppress verbose output");
  auto args = flags.parse(call.args, 1, 1);
  auto reference = spec::Reference::parse(args[0]);
  if (all_tags && names_tag(args[0])) throw_invalid("tag can't be used with --all-tags/-a");
  if (all_tags) reference.tag.clear();
  if (!all_tags && !names_tag(args[0]) && !quiet) fmt::print("Using default tag: {}\n", reference.tag);
  std::fflush(stdout);
  pull_image(session, reference, platform, quiet, STDOUT_FILENO);
  fmt::print("{}\n", reference.canonical());
  return 0;
}

}  // namespace

const Command kPull{
    "pull", "image", "pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Download an image from a registry", run};

}  // namespace rundlet::cli
