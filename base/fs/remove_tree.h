// Removal of a directory tree by descriptors: never follows a symlink and never crosses a mount point.
#pragma once

#include <string>

namespace rundlet::fs {

// A tree that is not there is no error. Throws failed_precondition when something is mounted inside.
void remove_tree(const std::string& path);

// Bytes of file content below path, hard links counted once (what `docker system df` calls size). What is mounted
// inside does not count; a tree that is not there has none.
long long tree_size(const std::string& path);

}  // namespace rundlet::fs
