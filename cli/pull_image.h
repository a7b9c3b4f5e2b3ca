// Pulling an image for the user, with progress: what pull, run and create share.
#pragma once

#include <string>

#include "cli/session.h"
#include "spec/reference.h"

namespace rundlet::cli {

// Progress goes to `fd` unless `quiet`. An empty tag and digest: every tag.
void pull_image(Session& session, const spec::Reference& reference, const std::string& platform, bool quiet,
                int fd);

}  // namespace rundlet::cli
