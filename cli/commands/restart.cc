#include "cli/commands/commands.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  orchestrate::StopOptions options;
  std::optional<int64_t> timeout;
  FlagSet flags = call.flags();
  flags.text(options.signal, 's', "signal", "Signal to send to the container");
  flags.integer(timeout, 't', "timeout", "Seconds to wait before killing the container");
  flags.integer(timeout, 0, "time", "");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  if (timeout) options.timeout_s = static_cast<int>(*timeout);
  auto& engine = session.engine();
  return for_each_name(names, [&](const std::string& name) {
    engine.restart_container(name, options);
    return name;
  });
}

}  // namespace

const Command kRestart{
    "restart", "container", "restart", "[OPTIONS] CONTAINER [CONTAINER...]", "Restart one or more containers",
    run};

}  // namespace rundlet::cli
