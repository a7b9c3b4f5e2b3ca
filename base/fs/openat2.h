// openat2(2), which glibc 2.36 does not wrap.
#pragma once

#include <linux/openat2.h>

#include <cstdint>

#include "base/fd.h"

namespace rundlet::fs {

// The descriptor is CLOEXEC. On failure it is empty and errno says why. EAGAIN (the tree was being renamed
// while ".." was resolved) is retried a bounded number of times.
Fd openat2(int directory, const char* path, int flags, unsigned mode, uint64_t resolve);

}  // namespace rundlet::fs
