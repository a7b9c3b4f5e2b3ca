// Hooks (OCI config.md, POSIX-platform Hooks): programs that get the container's state on stdin.
#pragma once

#include <string>
#include <vector>

#include "runtime/init/plan.h"

namespace rundlet::runtime {

// What hooks are told; the status is filled in when they run.
spec::OciState hook_state(const InitPlan& plan, int pid);
// In order; throws for the first that fails, with what it wrote to stderr. Without hooks nothing is done.
void run_hooks(const std::vector<spec::OciHook>& hooks, const spec::OciState& state,
               const std::string& status);

}  // namespace rundlet::runtime
