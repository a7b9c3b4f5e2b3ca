#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"
#include "base/random.h"
#include "cli/commands/commands.h"
#include "cli/stream/terminal.h"

namespace rundlet::cli {
namespace {

// The file appears under its name when it is whole.
void save_to_file(Session& session, const std::vector<std::string>& names, const std::string& path) {
  std::string temporary = fmt::format("{}.{}.tmp", path, random_hex(4));
  Fd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  try {
    session.engine().save_images(names, [&](std::string_view data) { write_all(file.get(), data); });
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("rename " + temporary);
}

int run(Session& session, const Invocation& call) {
  std::string output;
  FlagSet flags = call.flags();
  flags.text(output, 'o', "output", "Write to a file, instead of STDOUT");
  flags.unsupported(0, "platform");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  if (output.empty() && is_terminal(STDOUT_FILENO))
    throw_invalid("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  if (!output.empty()) {
    save_to_file(session, names, output);
  } else {
    session.engine().save_images(names, [](std::string_view data) { write_all(STDOUT_FILENO, data); });
  }
  return 0;
}

}  // namespace

const Command kSave{"save",
                    "image",
                    "save",
                    "[OPTIONS] IMAGE [IMAGE...]",
                    "Save one or more images to a tar archive (streamed to STDOUT by default)",
                    run};

}  // namespace rundlet::cli
