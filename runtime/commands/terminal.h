// The terminal of a container in the foreground.
#pragma once

#include "base/fd.h"

namespace rundlet::runtime {

// Between our stdio and the container's terminal until the process ends; then what it wrote last.
void relay_terminal(const Fd& master, const Fd& pidfd);

}  // namespace rundlet::runtime
