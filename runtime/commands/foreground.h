// Waiting for a container's process in the foreground, with our signals handed on to it.
#pragma once

#include <sys/types.h>

#include "base/fd.h"

namespace rundlet::runtime {

// The process is our child. Returns its exit code, 128 + signal when it was killed.
int wait_in_foreground(pid_t pid, const Fd& pidfd);

}  // namespace rundlet::runtime
