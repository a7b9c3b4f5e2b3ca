#include "cli/pull_image.h"

#include "cli/format/progress.h"

namespace rundlet::cli {

void pull_image(Session& session, const spec::Reference& reference, const std::string& platform, bool quiet,
                int fd) {
  ProgressPrinter printer(fd);
  auto show = [&](const spec::docker_api::ProgressMessage& message) {
    if (!quiet) printer.show(message);
  };
  session.engine().pull_image(reference.familiar(), platform, session.credentials(reference.registry), show);
}

}  // namespace rundlet::cli
