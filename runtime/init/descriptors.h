// What a child inherits and must not keep.
#pragma once

#include <vector>

namespace rundlet::runtime {

// Closes every descriptor that is not listed.
void close_all_but(std::vector<int> keep);
// Default handlers, nothing blocked: a program expects no less.
void reset_signals();

}  // namespace rundlet::runtime
