// The stages in which a container's file tree is built and entered.
#pragma once

#include "runtime/init/plan.h"
#include "runtime/rootfs/console.h"

namespace rundlet::runtime {

// Mounts, devices, masks, kernel parameters, terminal: all but the pivot, so that host paths still have a
// meaning.
Console build_rootfs(const InitPlan& plan);
// Pivots, and sets names and the mode of the root.
void enter_rootfs(const InitPlan& plan);

}  // namespace rundlet::runtime
