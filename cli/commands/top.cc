#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/format/table.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

constexpr size_t kMinWidth = 20;
constexpr size_t kPadding = 3;

int run(Session& session, const Invocation& call) {
  FlagSet flags = call.flags();
  flags.stop_at_first_argument();
  auto args = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  auto result = session.engine().top(args[0], join({args.begin() + 1, args.end()}, " "));
  std::string text = join(result.titles, "\t") + "\n";
  for (const auto& process : result.processes) text += join(process, "\t") + "\n";
  fmt::print("{}", align_columns(text, kMinWidth, kPadding));
  return 0;
}

}  // namespace

const Command kTop{
    "top", "container", "top", "CONTAINER [ps OPTIONS]", "Display the running processes of a container", run};

}  // namespace rundlet::cli
