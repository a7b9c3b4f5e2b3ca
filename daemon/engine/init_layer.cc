#include "daemon/engine/init_layer.h"

#include <fcntl.h>

#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "image-store/mounted_tree.h"

namespace rundlet::daemon {
namespace {

constexpr const char* kDirectories[] = {"/dev", "/proc", "/sys", "/etc"};
constexpr const char* kFiles[] = {"/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"};

void make_mount_points(const fs::RootedPath& root) {
  for (const char* directory : kDirectories)
    if (!root.exists(directory)) root.make_directories(directory);
  // Through a symlink of the image's too: what it points to is what gets mounted over.
  for (const char* file : kFiles)
    if (!root.exists(file)) root.open(file, O_WRONLY | O_CREAT, 0755);
}

spec::Digest key_of(const image_store::SnapshotId& image_snapshot) {
  return spec::Digest::sha256(codec::sha256_hex("container base 1 " + image_snapshot));
}

}  // namespace

image_store::SnapshotId container_base(Engine& engine, const image_store::SnapshotId& image_snapshot,
                                       image_store::Lease& lease) {
  auto& snapshots = engine.images.snapshots();
  spec::Digest key = key_of(image_snapshot);
  if (auto existing = snapshots.find_chain(key)) {
    lease.add_snapshot(*existing);
    if (snapshots.info(*existing)) return *existing;
  }
  auto id = snapshots.prepare(image_snapshot, "init/" + image_snapshot);
  lease.add_snapshot(id);
  make_mount_points(image_store::MountedTree(snapshots.mounts(id)).root());
  crash_point("init_layer.before_commit");
  snapshots.commit(id);
  id = snapshots.set_chain(id, key);
  lease.add_snapshot(id);
  return id;
}

}  // namespace rundlet::daemon
