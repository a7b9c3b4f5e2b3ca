// "--filter name=value".
#pragma once

#include "cli/flags.h"
#include "spec/docker_api/system.h"

namespace rundlet::cli {

// Defines -f/--filter on `flags`, collecting into `filters`. Refuses what is not name=value.
void add_filter_flag(FlagSet& flags, spec::docker_api::Filters& filters);

}  // namespace rundlet::cli
