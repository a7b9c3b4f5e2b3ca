// RUN: a program in a container of its own, on a snapshot of its own.
#pragma once

#include <vector>

#include "base/cancel.h"
#include "builder/ops/services.h"
#include "builder/solve/runner.h"

namespace rundlet::builder::ops {

// Returns the snapshot with what the program left (the input's when it left nothing). Throws
// failed_precondition, "The command '…' returned a non-zero code: N"; cancelled, when the program has been
// killed for it.
image_store::SnapshotId run_exec(Services& services, const graph::Vertex& vertex,
                                 const std::vector<solve::Result>& inputs, solve::Observer& observer,
                                 const Cancel& cancel);

}  // namespace rundlet::builder::ops
