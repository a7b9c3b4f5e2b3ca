// The tree behind a result, opened for reading.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/fs/rooted_path.h"
#include "builder/solve/result.h"
#include "image-store/mounted_tree.h"
#include "image-store/snapshotter.h"

namespace rundlet::builder::ops {

class Tree {
 public:
  // `empty_directory` stands for the empty tree.
  Tree(const solve::Result& result, const image_store::Snapshotter& snapshots,
       const std::string& empty_directory);

  const fs::RootedPath& root() const { return mounted_ ? mounted_->root() : *plain_; }

 private:
  std::optional<image_store::MountedTree> mounted_;
  std::optional<fs::RootedPath> plain_;
};

// A snapshot being made; dropped unless it is committed.
class WorkingSnapshot {
 public:
  WorkingSnapshot(image_store::Snapshotter& snapshots, const std::string& parent, const std::string& label);
  ~WorkingSnapshot();
  WorkingSnapshot(const WorkingSnapshot&) = delete;

  const image_store::SnapshotId& id() const { return id_; }
  // Returns the committed snapshot, or the parent when nothing was added to it.
  image_store::SnapshotId commit();

 private:
  bool is_empty() const;

  image_store::Snapshotter& snapshots_;
  image_store::SnapshotId parent_, id_;
  bool done_ = false;
};

}  // namespace rundlet::builder::ops
