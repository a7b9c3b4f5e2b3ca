#include "daemon/engine/changes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/codec/compress.h"
#include "base/error.h"
#include "daemon/engine/container_tree.h"
#include "image-store/layer.h"

namespace rundlet::daemon {
namespace {

enum Kind { kModified = 0, kAdded = 1, kDeleted = 2 };

bool is_whiteout(const struct stat& info) { return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0); }

std::vector<std::string> sorted_entries(int directory) {
  int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) throw_errno("read writable layer");
  std::vector<std::string> names;
  while (dirent* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ChangeWalk {
 public:
  ChangeWalk(const fs::RootedPath* lower, std::vector<docker_api::FilesystemChange>& changes)
      : lower_(lower), changes_(changes) {}

  void walk(int directory, const std::string& path) {
    for (const std::string& name : sorted_entries(directory)) visit(directory, name, path + "/" + name);
  }

 private:
  void visit(int directory, const std::string& name, const std::string& path) {
    struct stat info;
    if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) throw_errno("stat " + path);
    if (is_whiteout(info)) return changes_.push_back({path, kDeleted});
    changes_.push_back({path, existed(path) ? kModified : kAdded});
    if (!S_ISDIR(info.st_mode)) return;
    Fd child(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!child) throw_errno("open " + path);
    walk(child.get(), path);
  }

  bool existed(const std::string& path) const { return lower_ != nullptr && lower_->exists(path); }

  const fs::RootedPath* lower_;
  std::vector<docker_api::FilesystemChange>& changes_;
};

class CallbackSink : public codec::Sink {
 public:
  explicit CallbackSink(const std::function<void(std::string_view)>& write) : write_(write) {}
  void write(std::string_view data) override { write_(data); }

 private:
  const std::function<void(std::string_view)>& write_;
};

}  // namespace

std::vector<docker_api::FilesystemChange> changes(Engine& engine, const ContainerPtr& container) {
  ContainerRecord record = container->record();
  auto& snapshots = engine.images.snapshots();
  auto info = snapshots.info(record.snapshot);
  if (!info) throw_not_found("the writable layer of container " + record.id + " is missing");
  std::optional<image_store::MountedTree> lower;
  if (!info->parent.empty()) lower.emplace(snapshots.mounts(info->parent));
  std::vector<docker_api::FilesystemChange> found;
  Fd upper = open_file(snapshots.own_directory(record.snapshot), O_RDONLY | O_DIRECTORY);
  ChangeWalk(lower ? &lower->root() : nullptr, found).walk(upper.get(), "");
  return found;
}

void export_container(Engine& engine, const ContainerPtr& container,
                      const std::function<void(std::string_view)>& write) {
  image_store::MountedTree tree = container_tree(engine, container->record());
  CallbackSink sink(write);
  image_store::diff_layer(fs::fd_path(tree.root().root()), sink);
}

}  // namespace rundlet::daemon
