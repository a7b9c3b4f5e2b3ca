// Hidden and write-protected paths (OCI config-linux.md, Masked Paths, Readonly Paths). A path that is not
// there is none.
#pragma once

#include <string>
#include <vector>

#include "base/fs/rooted_path.h"

namespace rundlet::runtime {

// Files are covered by /dev/null, directories by an empty read-only tmpfs.
void mask_paths(const fs::RootedPath& root, const std::vector<std::string>& paths);
void protect_paths(const fs::RootedPath& root, const std::vector<std::string>& paths);

}  // namespace rundlet::runtime
