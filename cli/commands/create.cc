#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/options/create_options.h"

namespace rundlet::cli {
namespace {

constexpr int kUsageCode = 125;

int run(Session& session, const Invocation& call) {
  ContainerOptions options;
  PullOptions pull;
  FlagSet flags = call.flags();
  add_container_flags(flags, options);
  add_pull_flags(flags, pull);
  auto args = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  spec::docker_api::CreateContainerRequest request;
  try {
    check_pull_options(pull);
    request = make_create_request(options, args);
  } catch (const Error& e) {
    throw ExitError(
        fmt::format("rundlet: {}\n\nRun 'rundlet {} --help' for more information", e.message(), call.path),
        kUsageCode);
  }
  fmt::print("{}\n", create_container(session, request, options, pull));
  return 0;
}

}  // namespace

const Command kCreate{
    "create", "container", "create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container", run};

}  // namespace rundlet::cli
