// Dockerfile → plan. Goes from the target stage backwards, so that base images of stages nobody needs are not
// even looked at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/convert/plan.h"
#include "builder/dockerfile/instruction.h"
#include "spec/platform.h"

namespace rundlet::builder::convert {

struct Options {
  std::map<std::string, std::optional<std::string>> build_args;
  std::map<std::string, std::string> labels;
  std::string target;
  spec::Platform platform = spec::Platform::host();
  std::string network = "default";  // "default", "none", "host"
  std::vector<std::string> extra_hosts;
  int64_t memory = 0, shm_size = 0;
};

// Throws invalid_argument, "Dockerfile:LINE: …", and what `images` throws.
Plan convert(const dockerfile::Dockerfile& file, const Options& options, BaseResolver& images);

}  // namespace rundlet::builder::convert
