#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/codec/compress.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/format/progress.h"
#include "cli/stream/terminal.h"

namespace rundlet::cli {
namespace {

int run(Session& session, const Invocation& call) {
  std::string input;
  bool quiet = false;
  FlagSet flags = call.flags();
  flags.text(input, 'i', "input", "Read from tar archive file, instead of STDIN");
  flags.unsupported(0, "platform");
  flags.toggle(quiet, 'q', "quiet", "Suppress the load output");
  flags.parse(call.args, 0, 0);
  Fd file;
  if (!input.empty()) file = open_file(input, O_RDONLY);
  if (input.empty() && is_terminal(STDIN_FILENO))
    throw_invalid("requested load from stdin, but stdin is empty");
  auto archive = codec::fd_source(input.empty() ? STDIN_FILENO : file.get());
  ProgressPrinter printer(STDOUT_FILENO);
  session.engine().load_images(
      [&](char* buffer, size_t size) { return archive->read(buffer, size); },
      quiet || !is_terminal(STDOUT_FILENO),
      [&](const spec::docker_api::ProgressMessage& message) { printer.show(message); });
  return 0;
}

}  // namespace

const Command kLoad{"load", "image", "load", "[OPTIONS]", "Load an image from a tar archive or STDIN", run};

}  // namespace rundlet::cli
