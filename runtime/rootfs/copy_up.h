// "tmpcopyup": a tmpfs that starts with a copy of the directory it covers.
#pragma once

#include "base/fd.h"

namespace rundlet::runtime {

// Both are directories opened O_PATH. Directories, regular files and symlinks are copied with owner and mode;
// other files are left out. Never crosses into another file system and never follows a symlink.
void copy_up(const Fd& from, const Fd& to);

}  // namespace rundlet::runtime
