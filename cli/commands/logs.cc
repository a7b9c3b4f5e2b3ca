#include <unistd.h>

#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/options/timestamps.h"
#include "orchestrate/engine/frames.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  orchestrate::LogsOptions options;
  options.tail = "all";
  FlagSet flags = call.flags();
  flags.toggle(options.details, 0, "details", "Show extra details provided to logs");
  flags.toggle(options.follow, 'f', "follow", "Follow log output");
  flags.text(
      options.since, 0, "since",
      "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)");
  flags.text(options.tail, 'n', "tail", "Number of lines to show from the end of the logs");
  flags.toggle(options.timestamps, 't', "timestamps", "Show timestamps");
  flags.text(options.until, 0, "until",
             "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 "
             "minutes)");
  auto args = flags.parse(call.args, 1, 1);
  options.since = to_unix_timestamp("since", options.since, now());
  options.until = to_unix_timestamp("until", options.until, now());
  auto container = session.engine().inspect_container(args[0]);
  orchestrate::FrameDecoder frames([](orchestrate::OutputStream which, std::string_view data) {
    write_all(which == orchestrate::OutputStream::stderr_stream ? STDERR_FILENO : STDOUT_FILENO, data);
  });
  session.engine().logs(container.id, options, [&](std::string_view data) {
    if (container.config.tty) {
      write_all(STDOUT_FILENO, data);
    } else {
      frames.feed(data);
    }
  });
  return 0;
}

}  // namespace

const Command kLogs{"logs", "container", "logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container", run};

}  // namespace rundlet::cli
