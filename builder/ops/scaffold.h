// Mount points that an image lacks. A runtime would make them in the writable tree, and they would end up in
// the layer; so they are put into a tree of their own, which lies between the image and the layer while the
// step runs.
#pragma once

#include <string>
#include <vector>

#include "base/fs/rooted_path.h"

namespace rundlet::builder::ops {

struct MountPoint {
  std::string path;
  bool is_directory = true;
};

// Makes in `directory` (empty, exists) what `image` lacks of `points`; directories on the way that the image
// has get the image's attributes. Returns false when nothing is missing.
bool make_scaffold(const fs::RootedPath& image, const std::vector<MountPoint>& points,
                   const std::string& directory);

// Where in the tree a path that does not exist would come to lie, symlinks resolved; "" when it exists.
std::string missing_path(const fs::RootedPath& tree, const std::string& path);

}  // namespace rundlet::builder::ops
