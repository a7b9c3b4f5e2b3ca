// Resource limits and the OOM score of a container process (OCI config.md, process.rlimits, oomScoreAdj).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// Throws invalid_argument for an unknown type and what the kernel says (raising a hard limit needs
// CAP_SYS_RESOURCE).
void set_rlimits(const std::vector<spec::OciRlimit>& limits);
// Nothing is written when the score already is what is asked for.
void set_oom_score(std::optional<int> score);

}  // namespace rundlet::runtime
