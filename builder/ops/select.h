// What a source pattern of COPY, ADD or a bind mount names in a tree, and a digest of it.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/fs/rooted_path.h"

namespace rundlet::builder::ops {

struct Selected {
  std::string path;  // in the tree
  std::string name;  // its last component: what it is called where it is put
  Fd fd;             // O_PATH; a symlink has been followed, inside the tree
  struct stat info;

  bool is_directory() const { return S_ISDIR(info.st_mode); }
};

// Go's filepath.Match in every component, results sorted; without wildcards the one path. Empty when nothing
// is there. Throws invalid_argument for a malformed pattern.
std::vector<Selected> select(const fs::RootedPath& tree, const std::string& pattern);

// Over names, types, modes, contents, link targets and xattrs, and owners if asked; not over times.
std::string digest_of(const std::vector<Selected>& selected, bool with_owner);

}  // namespace rundlet::builder::ops
