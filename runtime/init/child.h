// The child's side. Both functions never return and let no exception out: a failure goes to the parent,
// whole.
#pragma once

#include "runtime/init/channel.h"
#include "runtime/init/plan.h"

namespace rundlet::runtime {

[[noreturn]] void run_init_child(const InitPlan& plan, Channel channel);
[[noreturn]] void run_exec_child(const ExecPlan& plan, Channel channel);

}  // namespace rundlet::runtime
