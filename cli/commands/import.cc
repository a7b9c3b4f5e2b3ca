#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/codec/compress.h"
#include "base/fd.h"
#include "cli/commands/commands.h"
#include "cli/format/progress.h"
#include "spec/reference.h"

namespace rundlet::cli {
namespace {

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

int run(Session& session, const Invocation& call) {
  orchestrate::ImportOptions options;
  FlagSet flags = call.flags();
  flags.list(options.changes, 'c', "change", "Apply Dockerfile instruction to the created image");
  flags.text(options.message, 'm', "message", "Set commit message for imported image");
  flags.text(options.platform, 0, "platform", "Platform of the image, such as linux/amd64");
  auto args = flags.parse(call.args, 1, 2);
  if (args.size() == 2 && !args[1].empty()) {
    auto reference = spec::Reference::parse(args[1]);
    if (!reference.digest.empty()) throw_invalid("cannot import digest reference");
    options.repository = reference.familiar_name();
    options.tag = reference.tag;
  }
  Fd file;
  orchestrate::BodySource body;
  std::unique_ptr<codec::Source> archive;
  if (is_url(args[0])) {
    options.source = args[0];
  } else {
    if (args[0] != "-") file = open_file(args[0], O_RDONLY);
    archive = codec::fd_source(args[0] == "-" ? STDIN_FILENO : file.get());
    body = [&](char* buffer, size_t size) { return archive->read(buffer, size); };
  }
  ProgressPrinter printer(STDOUT_FILENO);
  session.engine().import_image(
      options, body, [&](const spec::docker_api::ProgressMessage& message) { printer.show(message); });
  return 0;
}

}  // namespace

const Command kImport{"import",
                      "image",
                      "import",
                      "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
                      "Import the contents from a tarball to create a filesystem image",
                      run};

}  // namespace rundlet::cli
