#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "spec/reference.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  auto names = call.flags().parse(call.args, 2, 2);
  spec::Reference target;
  try {
    target = spec::Reference::parse(names[1]);
  } catch (const Error& e) {
    throw e.with_context(
        fmt::format("Error parsing reference: \"{}\" is not a valid repository/tag", names[1]));
  }
  if (!target.digest.empty()) throw_invalid("refusing to create a tag with a digest reference");
  session.engine().tag_image(names[0], target.name(), target.tag);
  return 0;
}

}  // namespace

const Command kTag{"tag",
                   "image",
                   "tag",
                   "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
                   "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
                   run};

}  // namespace rundlet::cli
