#include "builder/ops/tree.h"

#include <dirent.h>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"

namespace rundlet::builder::ops {

Tree::Tree(const solve::Result& result, const image_store::Snapshotter& snapshots,
           const std::string& empty_directory) {
  if (!result.directory.empty()) {
    plain_.emplace(result.directory);
  } else if (result.snapshot.empty()) {
    plain_.emplace(empty_directory);
  } else {
    mounted_.emplace(snapshots.mounts(result.snapshot));
  }
}

WorkingSnapshot::WorkingSnapshot(image_store::Snapshotter& snapshots, const std::string& parent,
                                 const std::string& label)
    : snapshots_(snapshots), parent_(parent), id_(snapshots.prepare(parent, label)) {
  crash_point("build.after_prepare");
}

WorkingSnapshot::~WorkingSnapshot() {
  if (done_) return;
  try {
    snapshots_.remove(id_);
  } catch (const std::exception& e) {  // recover() removes it at the next start
    log::error("build snapshot {} cannot be removed: {}", id_, e.what());
  }
}

bool WorkingSnapshot::is_empty() const {
  std::string directory = snapshots_.own_directory(id_);
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) throw_errno("read " + directory);
  int entries = 0;
  while (const dirent* entry = ::readdir(stream)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") ++entries;
  }
  ::closedir(stream);
  return entries == 0;
}

image_store::SnapshotId WorkingSnapshot::commit() {
  if (is_empty()) return parent_;
  crash_point("build.before_commit");
  snapshots_.commit(id_);
  done_ = true;
  crash_point("build.after_commit");
  return id_;
}

}  // namespace rundlet::builder::ops
