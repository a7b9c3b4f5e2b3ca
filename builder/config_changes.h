// Dockerfile instructions applied to an image's configuration without a build: `commit --change`, `import
// --change`.
#pragma once

#include <string>
#include <vector>

#include "spec/oci_image.h"

namespace rundlet::builder {

// CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR, one
// an element. Throws invalid_argument, "CMDD is not a valid change command" for others.
void apply_changes(spec::ImageRunConfig& config, const std::vector<std::string>& changes);

}  // namespace rundlet::builder
