// The directories of a layer that is being written, as open descriptors. Names are resolved by the kernel
// inside the layer's root, so that a symlink which the archive planted leads nowhere else.
#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include "base/fs/rooted_path.h"

namespace rundlet::image_store {

class LayerDirectories {
 public:
  explicit LayerDirectories(const std::string& root) : rooted_(root) {}

  // The directory at a clean relative path ("" is the root), made 0755 root when missing. The descriptor is
  // good until the next open() or remember().
  int open(const std::string& path);
  // The same, but nothing is made; empty when it is not there or no directory.
  Fd find(const std::string& path) const;
  // Makes `name` in `parent`, or finds the directory that is there. A whiteout gives way, and the new
  // directory hides what it hid. Throws invalid_argument when something else stands there.
  Fd make(int parent, const std::string& name, unsigned mode, bool& created);
  void remember(const std::string& path, Fd directory);
  // A directory or symlink was taken away: what was resolved through it no longer holds. Descriptors given
  // out stay good as open() says.
  void forget();

  // Those that open() had to make.
  std::set<std::string>& implied() { return implied_; }

 private:
  Fd resolve(const std::string& path);
  Fd make_missing(const std::string& path);

  fs::RootedPath rooted_;
  std::unordered_map<std::string, Fd> open_, retired_;
  std::set<std::string> implied_;
};

}  // namespace rundlet::image_store
