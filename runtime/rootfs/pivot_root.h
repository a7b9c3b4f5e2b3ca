// The change of root, after which nothing of the host's tree can be named.
#pragma once

#include <string>

namespace rundlet::runtime {

// `root` is a mount point. The host's tree is detached from the namespace; the working directory is the new
// "/".
void pivot_into(const std::string& root);
// Makes the mount at "/" read-only; the mounts below keep their own mode.
void make_root_readonly();

}  // namespace rundlet::runtime
